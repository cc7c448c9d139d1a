"""The calibration of a model's probabilities: how often a word is right of which the model claims so much.

There is a curve for each kind of place. At the beginning of a word models claim too much; within a word they
claim too little, the more so the less they claim: behind letters that they hardly expected, much of their
probability is spread over what nobody writes.
"""

from __future__ import annotations

import itertools
import math
import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from writer.text.words import splits_word

_LEAST = 1e-6
"""The distance from 0 and 1 that probabilities keep for their logits."""

_TYPED = re.compile(r"\w{1,4}\Z")


class Place(StrEnum):
    """A kind of place, by what stands before the cursor: a space or nothing, a mark, a word, letters of one.

    Behind a whole word the next one is suggested, as always in Chinese; `LETTERS` are four and more.
    """

    SPACE = "space"
    MARK = "mark"
    WORD = "word"
    LETTER = "letter"
    TWO_LETTERS = "two letters"
    THREE_LETTERS = "three letters"
    LETTERS = "letters"


_BY_LETTERS = (Place.LETTER, Place.TWO_LETTERS, Place.THREE_LETTERS, Place.LETTERS)


def place_behind(before: str, within_word: bool) -> Place:
    """The kind of place behind the text `before`; `within_word`: what is suggested there continues a word."""
    last = before[-1:]
    if not last.strip():
        return Place.SPACE
    if not within_word:
        return Place.WORD if last.isalnum() else Place.MARK
    typed = _TYPED.search(before[-len(_BY_LETTERS) :])
    return _BY_LETTERS[len(typed.group()) - 1] if typed else Place.MARK


@dataclass(frozen=True, slots=True)
class Curve:
    """A rising curve through `points`: claimed probabilities, and how often such words are right.

    Logits are interpolated; beyond the first and the last point they are moved as there. Without points
    claims are taken as they are.
    """

    points: tuple[tuple[float, float], ...] = ()

    def right(self, claimed: float) -> float:
        """The probability that a word is right of which `claimed` is claimed."""
        return _along(self.points, claimed)

    def claim(self, right: float) -> float:
        """The claim from which on a word is right with the probability `right`; 0 for 0."""
        return _along([(y, x) for x, y in self.points], right) if right > 0 else 0.0

    @property
    def rises(self) -> bool:
        """Whether both numbers grow from each point to the next, as they must."""
        return all(a < c and b < d for (a, b), (c, d) in itertools.pairwise(self.points))


UNCHANGED = Curve()
"""The curve that takes claims as they are."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """The curves of a model in a language; where there is none for a place, claims are taken as they are."""

    curves: Mapping[Place, Curve] = field(default_factory=dict)

    def right(self, before: str, text: str, claimed: float) -> float:
        """The probability that the word `text` is right behind `before`, of which `claimed` is claimed."""
        return self._curve(before, splits_word(before, text)).right(claimed)

    def claim(self, before: str, right: float) -> float:
        """The claim from which on a word behind `before` may be right with the probability `right`."""
        return min(self._curve(before, within).claim(right) for within in (False, True))

    def _curve(self, before: str, within_word: bool) -> Curve:
        return self.curves.get(place_behind(before, within_word), UNCHANGED)


def _along(points: list[tuple[float, float]] | tuple[tuple[float, float], ...], value: float) -> float:
    """The second number where the first is `value`."""
    if not points:
        return value
    at = logit(value)
    firsts, seconds = [logit(x) for x, _ in points], [logit(y) for _, y in points]
    index = bisect_right(firsts, at)
    if index in (0, len(points)):
        end = min(index, len(points) - 1)
        return logistic(seconds[end] + at - firsts[end])
    share = (at - firsts[index - 1]) / (firsts[index] - firsts[index - 1])
    return logistic(seconds[index - 1] + share * (seconds[index] - seconds[index - 1]))


def logit(probability: float) -> float:
    """The logit of a probability; those of 0 and 1 are finite."""
    inside = min(1 - _LEAST, max(_LEAST, probability))
    return math.log(inside / (1 - inside))


def logistic(value: float) -> float:
    """The probability whose logit is `value`."""
    return 1 / (1 + math.exp(-max(-700.0, min(700.0, value))))
