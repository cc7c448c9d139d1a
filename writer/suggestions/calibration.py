"""The calibration of a model's probabilities: how often a word is right of which the model claims so much.

The logit of what is right is a line over the logit of what is claimed (J. Platt 1999), one line for each kind
of place, because models claim too much at the beginning of a word above all. A line is fitted with a normal
prior at the line that changes nothing, so that few observations change little.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

_LEAST = 1e-6
"""The distance from 0 and 1 that probabilities keep for their logits."""

_OFFSET_DEVIATION = 1.0
_SLOPE_DEVIATION = 0.3
"""The standard deviations of the prior."""

_LEAST_SLOPE = 0.2
_STEPS = 25
_MOST_MOVE = 1.0
"""The steps of the fit, and how far one of them goes."""


class Place(StrEnum):
    """A kind of place, by what stands before the cursor: letters or Chinese, a space or nothing, a mark."""

    LETTERS = "letters"
    SPACE = "space"
    MARK = "mark"


def place_behind(before: str) -> Place:
    """The kind of place behind the text `before`."""
    last = before[-1:]
    if not last.strip():
        return Place.SPACE
    return Place.LETTERS if last.isalnum() else Place.MARK


@dataclass(frozen=True, slots=True)
class Line:
    """A line over logits."""

    offset: float = 0.0
    slope: float = 1.0

    def right(self, claimed: float) -> float:
        """The probability that a word is right of which `claimed` is claimed."""
        return logistic(self.offset + self.slope * logit(claimed))

    def claim(self, right: float) -> float:
        """The claim from which on a word is right with the probability `right`; 0 for 0."""
        return logistic((logit(right) - self.offset) / self.slope) if right > 0 else 0.0


UNCHANGED = Line()
"""The line that takes claims as they are."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """The lines of a model in a language; where there is none for a place, claims are taken as they are."""

    lines: Mapping[Place, Line] = field(default_factory=dict)

    def behind(self, before: str) -> Line:
        """The line for the place behind the text `before`."""
        return self.lines.get(place_behind(before), UNCHANGED)


@dataclass(frozen=True, slots=True)
class Claim:
    """A word that was offered: the place, the probability that was claimed, and whether it was right."""

    place: Place
    claimed: float
    right: bool


def fitted(claims: Iterable[Claim]) -> Calibration:
    """The calibration of these words."""
    by_place: dict[Place, list[Claim]] = {}
    for claim in claims:
        by_place.setdefault(claim.place, []).append(claim)
    return Calibration({place: _fitted_line(found) for place, found in by_place.items()})


def _fitted_line(claims: Sequence[Claim]) -> Line:
    """The line of the greatest posterior probability, by Newton's method with short steps."""
    offset, slope = 0.0, 1.0
    points = [(logit(claim.claimed), float(claim.right)) for claim in claims]
    for _ in range(_STEPS):
        pull, turn = -offset / _OFFSET_DEVIATION**2, (1 - slope) / _SLOPE_DEVIATION**2
        stiff, steep, both = 1 / _OFFSET_DEVIATION**2, 1 / _SLOPE_DEVIATION**2, 0.0
        for x, right in points:
            expected = logistic(offset + slope * x)
            weight = expected * (1 - expected)
            pull += right - expected
            turn += (right - expected) * x
            stiff, steep, both = stiff + weight, steep + weight * x * x, both + weight * x
        determinant = stiff * steep - both * both
        offset += _short((steep * pull - both * turn) / determinant)
        slope = max(_LEAST_SLOPE, slope + _short((stiff * turn - both * pull) / determinant))
    return Line(offset, slope)


def _short(step: float) -> float:
    return max(-_MOST_MOVE, min(_MOST_MOVE, step))


def logit(probability: float) -> float:
    """The logit of a probability; those of 0 and 1 are finite."""
    inside = min(1 - _LEAST, max(_LEAST, probability))
    return math.log(inside / (1 - inside))


def logistic(value: float) -> float:
    """The probability whose logit is `value`."""
    return 1 / (1 + math.exp(-max(-700.0, min(700.0, value))))
