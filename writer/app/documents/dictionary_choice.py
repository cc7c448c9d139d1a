"""The choice of a dictionary for a text: by hand, or by the language that the text itself tells."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from PySide6.QtCore import QLocale

from writer.app.documents.spelling_service import OFF
from writer.base.word_lists import function_words
from writer.documents.dictionaries import (
    Dictionary,
    choose_dictionary,
    find_dictionaries,
    shipped_dictionary,
    system_folders,
)
from writer.settings.editor_schema import EDITOR_SPELLING
from writer.settings.store import SettingsStore
from writer.text.languages.identification import LanguageIdentifier

SAMPLE = 12_000
"""The number of characters, from the start of a text, that tell its language."""

_PARAGRAPH = 600
"""The number of characters that tell the language of a paragraph."""


@dataclass(frozen=True, slots=True)
class DictionaryChoice:
    """What a text is checked with; `dictionary` is None where nothing is.

    `language` is the code of the language that the text tells, "" for one that is not known, and None where
    it does not tell any, or was not asked.
    """

    dictionary: Dictionary | None
    language: str | None = None


class DictionaryChooser:
    """Chooses dictionaries by `settings`: of the program, of the folder `own`, and of the system."""

    def __init__(self, settings: SettingsStore, own: Path) -> None:
        self._settings = settings
        self.own = own
        """The folder of the user's dictionaries."""
        self._found: Mapping[str, Dictionary] | None = None

    @property
    def dictionaries(self) -> Mapping[str, Dictionary]:
        """All dictionaries by name, as they were when they were last looked for."""
        if self._found is None:
            self._found = find_dictionaries((self.own, *system_folders(os.environ)))
        return self._found

    def look_again(self) -> Mapping[str, Dictionary]:
        """All dictionaries by name, as they are now."""
        self._found = None
        return self.dictionaries

    def choose(self, text: str, by_hand: str = "") -> DictionaryChoice:
        """The choice for the start of a text; `by_hand` is a dictionary's name, `OFF`, or "" for neither."""
        if by_hand and (by_hand == OFF or self._named(by_hand)):
            return DictionaryChoice(self._named(by_hand))
        setting = self._settings.get(EDITOR_SPELLING)
        if setting == OFF:
            return DictionaryChoice(None)
        usual = self._named(setting)
        language = self._identifier.identify(text)
        if language is None:
            return DictionaryChoice(usual)
        if usual is not None and usual.language == language:
            return DictionaryChoice(usual, language)
        return DictionaryChoice(
            choose_dictionary(language, (QLocale.system().name(),), self.dictionaries), language
        )

    def is_foreign(self, paragraph: str, dictionary: Dictionary) -> bool:
        """Whether a paragraph is clearly in another language than the dictionary's."""
        return self._identifier.differs(paragraph[:_PARAGRAPH], dictionary.language)

    def _named(self, name: str) -> Dictionary | None:
        if name == OFF:
            return None
        return shipped_dictionary(name) or self.dictionaries.get(name)

    @cached_property
    def _identifier(self) -> LanguageIdentifier:
        """Made at the first use, so that the start does not wait for its table."""
        return LanguageIdentifier(function_words())
