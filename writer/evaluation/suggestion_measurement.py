"""The measurement of a model's suggestions: passages are replayed, a general text's for some seconds.

First what the model's probabilities are worth is learned from the first words that it offers, then it is
counted at each level of the setting how many ghosts begin right with that.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator, Sequence

from writer.engine.protocol import Engine, Parameters
from writer.evaluation.cached_suggester import MAX_TOKENS, CachedSuggester
from writer.evaluation.calibration_fit import Claim, fitted
from writer.evaluation.documents import Passage
from writer.evaluation.simulated_typist import ReplayStep, replay
from writer.models.calibrations import MeasuredSuggestions
from writer.suggestions.builder import BuilderRules
from writer.suggestions.calibration import Calibration, place_behind
from writer.suggestions.gate import LEVELS, GateLevel

STRETCH = 120
"""Characters of a stretch; the time is looked at behind each."""

SECONDS = 25.0
"""Seconds of the processor for a language, where a model is made ready."""

MOST_CHARACTERS = 720
"""Characters that are replayed at most there."""

_CLAIMED_GHOSTS = 20
"""Ghosts as which the calibrated claims count, so that few ghosts change a share little."""


class SuggestionMeasurement:
    """Replays `passages`, of texts in one language, with the suggestions of `engine`.

    `known` is the calibration that the measured one stays near. Of each answer only the first word is asked
    for, or as much as in the window where it is `whole`, which takes longer.
    """

    def __init__(
        self,
        engine: Engine,
        passages: Iterable[Passage],
        known: Calibration | None = None,
        whole: bool = False,
    ) -> None:
        tokens = MAX_TOKENS if whole else 1
        self._suggester = CachedSuggester(engine, Parameters(max_tokens=tokens, by_words=True))
        self._passages = passages
        self._known = known

    def measured(self, seconds: float = SECONDS) -> MeasuredSuggestions:
        """What the passages show in about `seconds` of the processor; nothing where there are none."""
        end = time.process_time() + seconds
        done: list[Passage] = []
        claims: list[Claim] = []
        for passage in self._passages:
            if done and time.process_time() > end:
                break
            done.append(passage)
            claims += self._claims(passage)
        calibration = fitted(claims, self._known)
        return MeasuredSuggestions(calibration, self._shares(done, calibration) if done else {})

    def with_known(self) -> MeasuredSuggestions:
        """The known calibration with the shares that all passages show with it, which takes less long."""
        calibration = self._known or Calibration()
        return MeasuredSuggestions(calibration, self._shares(list(self._passages), calibration))

    def _shares(self, passages: Sequence[Passage], calibration: Calibration) -> dict[str, float]:
        return {level.name: self._right(level, passages, calibration) for level in LEVELS}

    def _claims(self, passage: Passage) -> Iterator[Claim]:
        """The first words that appear in a stretch at any level, one for each place."""
        found: dict[int, ReplayStep] = {}
        for level in reversed(LEVELS):  # the answers for the last one hold for all
            for step in self._ghosts(level, passage, Calibration()):
                if step.confidence > 0:
                    found.setdefault(step.cursor, step)
        for cursor, step in found.items():
            place = place_behind(passage.text[:cursor], step.typed_letters > 0)
            yield Claim(place, step.confidence, step.correct)

    def _right(self, level: GateLevel, passages: Sequence[Passage], calibration: Calibration) -> float:
        """The share of ghosts that begin right; few are drawn to what they claim, none have the usual one."""
        ghosts = [step for one in passages for step in self._ghosts(level, one, calibration)]
        if not ghosts:
            return level.precision
        claimed = sum(step.confidence for step in ghosts) / len(ghosts)
        right = sum(step.correct for step in ghosts)
        return (right + _CLAIMED_GHOSTS * claimed) / (len(ghosts) + _CLAIMED_GHOSTS)

    def _ghosts(self, level: GateLevel, passage: Passage, calibration: Calibration) -> list[ReplayStep]:
        rules = BuilderRules(level.gate, calibration=calibration)
        return [step for step in replay(passage, self._suggester, rules) if step.fresh and step.shown]


def stretches(texts: Sequence[str]) -> Iterator[Passage]:
    """MOST_CHARACTERS of the texts in parts, the first part of each first, so that all are soon read."""
    longest = max(map(len, texts), default=0)
    found = (
        Passage(f"general {number}", "", text, start, min(len(text), start + STRETCH))
        for start in range(0, longest, STRETCH)
        for number, text in enumerate(texts)
        if start < len(text)
    )
    return itertools.islice(found, MOST_CHARACTERS // STRETCH)
