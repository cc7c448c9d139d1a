"""The metrics of a replay that are ratios of sums over its steps.

The net time saved is that of the keys not pressed, less the time to read each suggestion that appears. It
depends on the speed of typing and on how long reading takes, so it is given for several of both.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from writer.evaluation.simulated_typist import ReplayStep

WORDS_PER_MINUTE = (40, 60, 80)
KEYS_PER_WORD = 5
"""The keys of a word, its space among them, as speeds of typing are counted."""

READING_SECONDS = (0.3, 0.5, 0.7)
"""Seconds that it takes to read a suggestion which has just appeared."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """A metric that is a ratio of sums: what each step adds to the numerator and to the denominator.

    `bounds` are the least and the greatest value that it can have.
    """

    numerator: Callable[[ReplayStep], float]
    denominator: Callable[[ReplayStep], float]
    bounds: tuple[float, float] = (0.0, math.inf)


def net_seconds_name(words_per_minute: int, reading_seconds: float) -> str:
    """The name of the net seconds saved for each 1,000 characters at this speed of typing and reading."""
    return f"net_seconds_{words_per_minute}_{reading_seconds}"


def net_seconds_of(name: str) -> tuple[int, float]:
    """The words a minute and the seconds to read of the net seconds with this name."""
    _, _, speed, reading = name.split("_")
    return int(speed), float(reading)


def _proportion(of: Callable[[ReplayStep], bool], among: Callable[[ReplayStep], bool]) -> Ratio:
    return Ratio(lambda s: float(among(s) and of(s)), lambda s: float(among(s)), (0.0, 1.0))


def _matched(count: int) -> Ratio:
    return _proportion(lambda s: s.matched >= count, lambda s: s.fresh and s.shown and s.offered >= count)


def _per_1000_characters(of: Callable[[ReplayStep], float], least: float = 0.0) -> Ratio:
    return Ratio(of, lambda s: s.written / 1_000, (least, math.inf))


def _net_seconds(words_per_minute: int, reading_seconds: float) -> Ratio:
    key = 60 / (words_per_minute * KEYS_PER_WORD)
    return _per_1000_characters(
        lambda s: (s.manual_keystrokes - s.keystrokes) * key - reading_seconds * (s.fresh and s.shown),
        -math.inf,
    )


RATIOS: dict[str, Ratio] = {
    "keystrokes_saved": Ratio(
        lambda s: s.manual_keystrokes - s.keystrokes, lambda s: s.manual_keystrokes, (-math.inf, 1.0)
    ),
    "precision": _proportion(lambda s: s.correct, lambda s: s.shown),
    "exact_match_1": _matched(1),
    "exact_match_2": _matched(2),
    "exact_match_3": _matched(3),
    "exact_match_within_words": _proportion(
        lambda s: s.matched >= 1, lambda s: s.fresh and s.shown and s.within_word
    ),
    "coverage": _proportion(lambda s: s.shown, lambda s: True),  # noqa: ARG005 - every place counts
    "characters_per_acceptance": Ratio(lambda s: s.accepted, lambda s: float(s.accepted > 0)),
    "refused": _per_1000_characters(lambda s: float(s.refused)),
}
CPU_SECONDS = _per_1000_characters(lambda s: s.cpu_seconds)
"""The time of all cores; it holds for a replay whose answers were not cached."""

NET_SECONDS: dict[str, Ratio] = {
    net_seconds_name(speed, reading): _net_seconds(speed, reading)
    for speed in WORDS_PER_MINUTE
    for reading in READING_SECONDS
}
RATIOS |= NET_SECONDS
