"""The fit of a calibration: curves through the words that were offered, near those that were known before.

The logit of what is right is linear between knots over the logit of what is claimed: a logistic regression on
hat functions, with a normal prior at the known curve, in which neighbouring knots move together. So few words
change little.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from writer.suggestions.calibration import UNCHANGED, Calibration, Curve, Place, logistic, logit

KNOTS = (0.03, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.97)
"""The claims at which a curve may bend."""

_OFFSET_DEVIATION = 0.6
_BEND_DEVIATION = 0.25
"""The standard deviations of the prior: of all knots together, and of a knot from the one before."""

_LEAST_RISE = 0.05
"""The least rise of a curve from knot to knot, as a logit."""

_MOST_LOGIT = 8.0
"""The greatest logit of a knot; beyond it rounding could make two knots equal."""

_STEPS = 30

_Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Claim:
    """A word that was offered: the place, the probability that was claimed, and whether it was right."""

    place: Place
    claimed: float
    right: bool


def fitted(claims: Iterable[Claim], known: Calibration | None = None) -> Calibration:
    """The calibration of these words, near that which was known before."""
    curves = dict((known or Calibration()).curves)
    by_place: dict[Place, list[Claim]] = {}
    for claim in claims:
        by_place.setdefault(claim.place, []).append(claim)
    return Calibration(
        curves
        | {place: _fitted_curve(found, curves.get(place, UNCHANGED)) for place, found in by_place.items()}
    )


def _fitted_curve(claims: Sequence[Claim], known: Curve) -> Curve:
    """The curve of the greatest posterior probability, by Newton's method."""
    prior = np.array([logit(known.right(knot)) for knot in KNOTS])
    hats = np.array([_hats(claim.claimed) for claim in claims])
    beyond = np.array([_beyond(claim.claimed) for claim in claims])
    right = np.array([claim.right for claim in claims], np.float64)
    precision, moved = _precision(), np.zeros(len(KNOTS))
    for _ in range(_STEPS):
        expected = 1 / (1 + np.exp(-(hats @ (prior + moved) + beyond)))
        slope = hats.T @ (right - expected) - precision @ moved
        bend = (hats * (expected * (1 - expected))[:, None]).T @ hats + precision
        moved += np.clip(np.linalg.solve(bend, slope), -1.0, 1.0)
    logits = np.clip(prior + moved, -_MOST_LOGIT, _MOST_LOGIT)
    for index in range(1, len(logits)):
        logits[index] = max(logits[index], logits[index - 1] + _LEAST_RISE)
    return Curve(tuple((knot, round(logistic(float(y)), 6)) for knot, y in zip(KNOTS, logits, strict=True)))


def _precision() -> _Vector:
    """The inverse of the prior's covariance."""
    count = len(KNOTS)
    bends = np.diff(np.eye(count), axis=0)
    common = np.full((1, count), 1 / count)
    found: _Vector = bends.T @ bends / _BEND_DEVIATION**2 + common.T @ common / _OFFSET_DEVIATION**2
    return found


def _hats(claimed: float) -> _Vector:
    """The weights of the knots at a claim."""
    places = [logit(knot) for knot in KNOTS]
    return np.array([np.interp(logit(claimed), places, row) for row in np.eye(len(KNOTS))])


def _beyond(claimed: float) -> float:
    """How far a claim lies beyond the first or the last knot, where a curve goes on with a slope of 1."""
    at = logit(claimed)
    return at - min(max(at, logit(KNOTS[0])), logit(KNOTS[-1]))
