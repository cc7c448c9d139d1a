"""How fast the writer types and the engine answers, and what follows for the moment of showing.

A ghost that appears just before the next key is only a flicker. While the engine is quick enough, a ghost
shows at once; where it would come so late that nobody could read it, it waits for a pause instead.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

FLICKER = 0.06
"""Seconds before the next key in which a ghost cannot be read."""

_PAUSE = 2.0
_MEMORY = 0.85


@dataclass(frozen=True, slots=True)
class TypingPace:
    """Running means in seconds: `gap` from key to key, `latency` from key to first word."""

    gap: float = 0.2
    latency: float = 0.0

    def key(self, gap: float) -> TypingPace:
        """After a key that came `gap` seconds behind the one before. Pauses do not count."""
        return self if gap > _PAUSE else replace(self, gap=_mean(self.gap, gap))

    def answer(self, latency: float) -> TypingPace:
        """After an answer whose first word took `latency` seconds."""
        return replace(self, latency=_mean(self.latency, latency))

    def delay(self) -> float:
        """Seconds from the key before which a ghost should not show."""
        if self.gap - self.latency >= FLICKER:
            return 0.0
        return self.gap + FLICKER


def _mean(old: float, new: float) -> float:
    return _MEMORY * old + (1 - _MEMORY) * new
