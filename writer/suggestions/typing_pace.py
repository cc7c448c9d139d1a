"""The pace of typing and of the engine's answers, which decides when ghost text is shown.

Ghost text that appears just before the next key only flickers. Where the engine answers early enough, ghost
text is shown at once; otherwise only in a pause.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

MIN_READABLE_SECONDS = 0.06
"""Seconds that ghost text must be visible before the next key to be readable."""

_MAX_INTERVAL = 2.0
_SMOOTHING = 0.85


@dataclass(frozen=True, slots=True)
class TypingPace:
    """Exponential moving averages in seconds: `interval` between keys, `latency` from key to first word."""

    interval: float = 0.2
    latency: float = 0.0

    def after_key(self, interval: float) -> TypingPace:
        """The averages after a key that came `interval` seconds after the one before; pauses do not count."""
        return self if interval > _MAX_INTERVAL else replace(self, interval=_mean(self.interval, interval))

    def after_answer(self, latency: float) -> TypingPace:
        """The averages after an answer whose first word took `latency` seconds."""
        return replace(self, latency=_mean(self.latency, latency))

    def delay(self) -> float:
        """Seconds after a key before which ghost text is not shown."""
        if self.interval - self.latency >= MIN_READABLE_SECONDS:
            return 0.0
        return self.interval + MIN_READABLE_SECONDS


def _mean(old: float, new: float) -> float:
    return _SMOOTHING * old + (1 - _SMOOTHING) * new
