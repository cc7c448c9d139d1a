"""What one person takes of suggestions, learned from what became of those that were read.

The probability that a suggestion is taken and kept is the logistic function of the logit of its word's
probability and of a sum of weighted features, whose weights begin at 0: then everything right is taken. Each
outcome moves them a little (AdaGrad: J. Duchi, E. Hazan and Y. Singer 2011). They are a handful of numbers,
and hold nothing of any text.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from writer.suggestions.calibration import logistic, logit

ENOUGH = 150
"""Outcomes from which the model is used."""

MOST_SHIFT = 2.0
"""How far the model may move the logit of a threshold, so that it does little harm whatever it learned."""

FEATURES = 6
"""The number of weights."""

_RATE = 0.25
_USUAL_KEYS = 5
_USUAL_INTERVAL = 0.2
_LATELY = 0.1
"""The weight of the latest outcome in what was taken lately."""


@dataclass(frozen=True, slots=True)
class TypingSituation:
    """Where a suggestion is wanted: at a key every `interval` seconds, behind `letters` of its word.

    `refused`: the suggestion before it, within the same word, was refused.
    """

    interval: float = _USUAL_INTERVAL
    letters: int = 0
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Leaning:
    """By how much a person takes less, or more, than is right: the logit of what pays rises so far.

    `by_missing_key` is added for each key that a word saves less than a usual one.
    """

    offset: float = 0.0
    by_missing_key: float = 0.0

    def moved(self, threshold: float, keys: int) -> float:
        """The threshold from which a word that saves `keys` keys pays; "always" and "never" stay."""
        shift = self.offset + self.by_missing_key * max(0, _USUAL_KEYS - keys)
        if not shift or not 0 < threshold < 1:
            return threshold
        return logistic(logit(threshold) + max(-MOST_SHIFT, min(MOST_SHIFT, shift)))


UNLEARNED = Leaning()
"""The leaning of a person of whom nothing is known."""


@dataclass(frozen=True, slots=True)
class TakingModel:
    """The weights of the features, the sums of their squared gradients, and the number of outcomes.

    `lately` is the share of the latest suggestions that were taken, less what was expected of them.
    """

    weights: tuple[float, ...] = (0.0,) * FEATURES
    squares: tuple[float, ...] = (1.0,) * FEATURES
    outcomes: int = 0
    lately: float = 0.0

    def leaning(self, situation: TypingSituation) -> Leaning:
        """What this person asks of a suggestion there; nothing more or less until there is enough."""
        if self.outcomes < ENOUGH:
            return UNLEARNED
        usual = self._sum(situation, _USUAL_KEYS)
        return Leaning(-usual, usual - self._sum(situation, _USUAL_KEYS - 1))

    def learned(self, situation: TypingSituation, keys: int, probability: float, kept: float) -> TakingModel:
        """The model after a suggestion of which the share `kept` was taken and kept, 0 if it was refused."""
        features = self._features(situation, keys)
        error = kept - logistic(logit(probability) + self._sum(situation, keys))
        gradients = [error * feature for feature in features]
        squares = tuple(old + new * new for old, new in zip(self.squares, gradients, strict=True))
        weights = tuple(
            old + _RATE * gradient / math.sqrt(square)
            for old, gradient, square in zip(self.weights, gradients, squares, strict=True)
        )
        lately = self.lately + _LATELY * (kept - probability - self.lately)
        return replace(self, weights=weights, squares=squares, outcomes=self.outcomes + 1, lately=lately)

    def _sum(self, situation: TypingSituation, keys: int) -> float:
        features = self._features(situation, keys)
        return sum(weight * feature for weight, feature in zip(self.weights, features, strict=True))

    def _features(self, situation: TypingSituation, keys: int) -> tuple[float, ...]:
        return (
            1.0,
            max(0, _USUAL_KEYS - keys) / _USUAL_KEYS,
            float(situation.letters == 0),
            math.log(max(0.02, min(2.0, situation.interval)) / _USUAL_INTERVAL),
            float(situation.refused),
            self.lately,
        )
