"""The measurement of a model's suggestions: a general text is replayed for some seconds.

First what the model's probabilities are worth is learned from the first words that it offers, then it is
counted at each level of the setting how many ghosts begin right with that. Only first words are asked for.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from writer.engine.protocol import Engine, Parameters
from writer.evaluation.cached_suggester import CachedSuggester
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
"""Seconds of the processor for a language."""

MOST_CHARACTERS = 720
"""Characters of the texts that are replayed at most."""

_CLAIMED_GHOSTS = 20
"""Ghosts as which the calibrated claims count, so that few ghosts change a share little."""


class SuggestionMeasurement:
    """Replays `texts`, of one language, with the first words of `engine`.

    `known` is the calibration that the measured one stays near.
    """

    def __init__(self, engine: Engine, texts: Sequence[str], known: Calibration | None = None) -> None:
        self._suggester = CachedSuggester(engine, Parameters(max_tokens=1, by_words=True))
        self._texts = texts
        self._known = known

    def measured(self, seconds: float = SECONDS) -> MeasuredSuggestions:
        """What the texts show in about `seconds` of the processor; nothing where they are empty."""
        end = time.process_time() + seconds
        done: list[Passage] = []
        claims: list[Claim] = []
        for passage in _stretches(self._texts):
            if done and (time.process_time() > end or len(done) * STRETCH >= MOST_CHARACTERS):
                break
            done.append(passage)
            claims += self._claims(passage)
        calibration = fitted(claims, self._known)
        right = {level.name: self._right(level, done, calibration) for level in LEVELS}
        return MeasuredSuggestions(calibration, right if done else {})

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


def _stretches(texts: Sequence[str]) -> Iterator[Passage]:
    """The texts in parts, the first part of each first, so that a short time reads of all of them."""
    longest = max(map(len, texts), default=0)
    for start in range(0, longest, STRETCH):
        for number, text in enumerate(texts):
            if start < len(text):
                yield Passage(f"general {number}", "", text, start, min(len(text), start + STRETCH))
