"""A back-off on rejected suggestions: after several in a row, the floor of the gate is raised.

A suggestion counts as rejected when the user read it and typed something else. Accepting one resets it.
"""

from __future__ import annotations

from dataclasses import dataclass

from writer.suggestions.suggestion import Suggestion

MIN_READ_SECONDS = 0.4
"""Seconds that a suggestion must have been shown to count as read."""

_FREE_REJECTIONS = 4
_RAISE_STEP = 0.05
_MAX_RAISE = 0.25


@dataclass(frozen=True, slots=True)
class RejectionBackoff:
    """The state of the back-off: the number of suggestions rejected in a row."""

    rejections: int = 0

    def after_typing(self, text: str, shown: Suggestion, seconds: float) -> RejectionBackoff:
        """The state after the user typed `text` while `shown` had been shown for `seconds`."""
        if not shown.text or shown.text.startswith(text) or seconds < MIN_READ_SECONDS:
            return self
        return RejectionBackoff(self.rejections + 1)

    def raised_floor(self, floor: float) -> float:
        """`floor`, raised for each rejection beyond the first few, by `_MAX_RAISE` at most."""
        return floor + min(_MAX_RAISE, _RAISE_STEP * max(0, self.rejections - _FREE_REJECTIONS))
