"""The rules of the suggestion builder, from the settings."""

from __future__ import annotations

from functools import cached_property

from writer.base.word_lists import withheld_words
from writer.settings.schema import SUGGESTIONS_LEVEL, SUGGESTIONS_SAFETY
from writer.settings.store import SettingsStore
from writer.suggestions.builder import BuilderRules
from writer.suggestions.gate import level_named
from writer.suggestions.safety import SafetyFilter


class SuggestionRules:
    """Says which rules hold now. The word lists are read when they are first needed."""

    def __init__(self, settings: SettingsStore) -> None:
        self._settings = settings

    def rules(self) -> BuilderRules:
        """What the settings say at this moment."""
        safety = self._safety if self._settings.get(SUGGESTIONS_SAFETY) else None
        return BuilderRules(level_named(self._settings.get(SUGGESTIONS_LEVEL)).gate, safety)

    @cached_property
    def _safety(self) -> SafetyFilter:
        return SafetyFilter(withheld_words())
