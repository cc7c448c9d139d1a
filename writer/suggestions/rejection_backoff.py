"""A back-off on rejected suggestions: after several in a row, the gate is stricter.

A suggestion counts as rejected when the user read it and typed something else. Accepting one resets it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from writer.suggestions.gate import ConfidenceGate
from writer.suggestions.suggestion import Suggestion

MIN_READ_SECONDS = 0.4
"""Seconds that a suggestion must have been shown to count as read."""

_FREE_REJECTIONS = 4
_STEPS = 5
_FLOOR_STEP = 0.05
_COST_STEP = 0.5
"""What each rejection beyond the first few adds to the keys that a wrong suggestion costs."""


@dataclass(frozen=True, slots=True)
class RejectionBackoff:
    """The state of the back-off: the number of suggestions rejected in a row."""

    rejections: int = 0

    def after_typing(self, text: str, shown: Suggestion, seconds: float) -> RejectionBackoff:
        """The state after the user typed `text` while `shown` had been shown for `seconds`."""
        if not shown.text or shown.text.startswith(text) or seconds < MIN_READ_SECONDS:
            return self
        return RejectionBackoff(self.rejections + 1)

    @property
    def steps(self) -> int:
        """By how many steps the gate is stricter."""
        return min(_STEPS, max(0, self.rejections - _FREE_REJECTIONS))

    def applied(self, gate: ConfidenceGate) -> ConfidenceGate:
        """`gate`, stricter by a step for each rejection beyond the first few."""
        floor, wrong = gate.floor + _FLOOR_STEP * self.steps, gate.wrong + _COST_STEP * self.steps
        return replace(gate, floor=floor, wrong=wrong)
