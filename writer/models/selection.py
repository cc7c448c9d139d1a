"""Which model writes: one for English text, one for Chinese, told by what is being written.

A rule without a memory of its own, which imports nothing that the program's start would wait for. Loading
another model takes a second, so the language changes only when it is plain that another one is being
written, not for a name or a quotation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from writer.text.language import LANGUAGES, Language, language_of

DEFAULT_MODEL = "smollm2-135m-instruct"
"""The starter, which is there from the first start on."""

TAIL_CHARACTERS = 80
"""Characters before the cursor that tell the language."""

RECENT_CHARACTERS = 24
"""Those of them that must be in the new language, too."""

MIN_LETTERS = 12
"""Letters from which on a line tells its language alone, whatever stands above it."""


@dataclass(frozen=True, slots=True)
class ModelPreferences:
    """What the settings say: a model's name or folder for each language, "" for the default.

    `language` is "en" or "zh" where the language is fixed, "auto" where the text decides.
    """

    english: str = ""
    chinese: str = ""
    language: Literal["auto"] | Language = "auto"


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A model that is here, and the languages that it knows, none where nobody said.

    `masked` models find words for a gap; only the others write.
    """

    id: str
    languages: tuple[str, ...] = ()
    masked: bool = False


def detect_language(before: str, current: Language, preferences: ModelPreferences) -> Language:
    """The language of the text that ends at the cursor; `current` until another is plain."""
    if preferences.language != "auto":
        return preferences.language
    tail = before[-TAIL_CHARACTERS:]
    line = tail.rpartition("\n")[2]
    if sum(c.isalpha() for c in line) >= MIN_LETTERS:
        tail = line
    seen, recent = language_of(tail), tail[-RECENT_CHARACTERS:]
    is_plain = any(c.isalpha() for c in recent) and language_of(recent) == seen
    return seen if is_plain else current


def model_for(language: Language, preferences: ModelPreferences, installed: Sequence[InstalledModel]) -> str:
    """The name or folder of the model that writes this language.

    Where none is chosen and none is installed for it, the other language's model writes as well as it can.
    """
    wanted, other = preferences.english, preferences.chinese
    if language == "zh":
        wanted, other = other, wanted
    if wanted:
        return wanted
    ids = [model.id for model in installed if language in model.languages and not model.masked]
    if language == "en" and (DEFAULT_MODEL in ids or not ids):
        return DEFAULT_MODEL
    return ids[0] if ids else other or DEFAULT_MODEL


def masked_for(language: Language, installed: Sequence[InstalledModel]) -> str:
    """The model that finds words for gaps in this language, "" where there is none.

    One that was made for this language goes before one that knows others, and before one that says nothing.
    """
    fitting = [one for one in installed if one.masked and (language in one.languages or not one.languages)]
    fitting.sort(key=lambda one: len(one.languages) or len(LANGUAGES) + 1)
    return fitting[0].id if fitting else ""
