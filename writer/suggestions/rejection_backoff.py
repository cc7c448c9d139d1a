"""What the writer's answers to suggestions say about the next ones.

Many suggestions in a row that were read and typed past mean that suggestions disturb: then the model must be
surer, until one is accepted.
"""

from __future__ import annotations

from dataclasses import dataclass

from writer.suggestions.suggestion import Suggestion

READ_AFTER = 0.4
"""Seconds that a suggestion must have stood to count as read."""

_FREE = 4
_STEP = 0.05
_MOST = 0.25


@dataclass(frozen=True, slots=True)
class RejectionBackoff:
    """How many suggestions were refused in a row."""

    in_a_row: int = 0

    def typed(self, text: str, shown: Suggestion, seconds: float) -> RejectionBackoff:
        """After the writer typed `text` over `shown`, which had stood for `seconds`."""
        if not shown.text or shown.text.startswith(text) or seconds < READ_AFTER:
            return self
        return RejectionBackoff(self.in_a_row + 1)

    def floor(self, floor: float) -> float:
        """The least probability of a first word, raised by what was refused beyond the first few times."""
        return floor + min(_MOST, _STEP * max(0, self.in_a_row - _FREE))
