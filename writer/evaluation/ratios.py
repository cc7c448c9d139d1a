"""The metrics of a replay that are ratios of sums over its steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from writer.evaluation.simulated_typist import ReplayStep


@dataclass(frozen=True, slots=True)
class Ratio:
    """A metric that is a ratio of sums: what each step adds to the numerator and to the denominator."""

    numerator: Callable[[ReplayStep], float]
    denominator: Callable[[ReplayStep], float]


def _proportion(of: Callable[[ReplayStep], bool], among: Callable[[ReplayStep], bool]) -> Ratio:
    return Ratio(lambda s: float(among(s) and of(s)), lambda s: float(among(s)))


def _matched(count: int) -> Ratio:
    return _proportion(lambda s: s.matched >= count, lambda s: s.fresh and s.shown and s.offered >= count)


RATIOS: dict[str, Ratio] = {
    "keystrokes_saved": Ratio(lambda s: s.manual_keystrokes - s.keystrokes, lambda s: s.manual_keystrokes),
    "precision": _proportion(lambda s: s.correct, lambda s: s.shown),
    "coverage": _proportion(lambda s: s.shown, lambda s: True),  # noqa: ARG005 - every place counts
    "characters_per_acceptance": Ratio(lambda s: s.accepted, lambda s: float(s.accepted > 0)),
    "exact_match_1": _matched(1),
    "exact_match_2": _matched(2),
    "exact_match_3": _matched(3),
    "exact_match_within_words": _proportion(
        lambda s: s.matched >= 1, lambda s: s.fresh and s.shown and s.within_word
    ),
}
