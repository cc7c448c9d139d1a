"""The rules of the suggestion builder, from the settings and the measurement of the model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property

from writer.base.word_lists import withheld_words
from writer.settings.schema import SUGGESTIONS_LEVEL, SUGGESTIONS_SAFETY
from writer.settings.store import SettingsStore
from writer.settings.typography import typography_of
from writer.suggestions.builder import BuilderRules
from writer.suggestions.calibration import Calibration
from writer.suggestions.gate import level_named
from writer.suggestions.safety import SafetyFilter
from writer.suggestions.taking_model import Leaning


class SuggestionRules:
    """The builder's rules as the settings say. The word lists are read at the first use.

    `calibration` returns that of the model which answers, `leaning` what the writer asks of suggestions.
    """

    def __init__(
        self,
        settings: SettingsStore,
        calibration: Callable[[], Calibration] = Calibration,
        leaning: Callable[[], Leaning] = Leaning,
    ) -> None:
        self._settings = settings
        self._calibration = calibration
        self._leaning = leaning

    def rules(self) -> BuilderRules:
        """The rules of the current settings."""
        safety = self._safety if self._settings.get(SUGGESTIONS_SAFETY) else None
        level = level_named(self._settings.get(SUGGESTIONS_LEVEL))
        gate = replace(level.gate, leaning=self._leaning())
        return BuilderRules(gate, safety, typography_of(self._settings), self._calibration())

    def prepare(self) -> None:
        """Make what the first request would wait for; may be called in any thread."""
        _ = self._safety

    @cached_property
    def _safety(self) -> SafetyFilter:
        return SafetyFilter(withheld_words())
