"""What the writer's answers to suggestions say about the next ones.

A word that was read and typed past is not offered again for the same word. Many refusals in a row mean
that suggestions disturb: then the model must be surer, until one is accepted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from writer.text.refusals import Refused, refuse, typed_past
from writer.text.suggestion import Suggestion

READ_AFTER = 0.4
"""Seconds that a suggestion must have stood to count as read."""

_FREE = 4
_STEP = 0.05
_MOST = 0.25


@dataclass(frozen=True, slots=True)
class Patience:
    """Words refused for the word being written, and how many suggestions were refused in a row."""

    refused: Refused = frozenset()
    in_a_row: int = 0

    def typed(self, text: str, shown: Suggestion, seconds: float) -> Patience:
        """After the writer typed `text` over `shown`, which had stood for `seconds`."""
        if not shown.text or shown.text.startswith(text) or seconds < READ_AFTER:
            return replace(self, refused=typed_past(self.refused, text))
        return Patience(typed_past(refuse(self.refused, shown), text), self.in_a_row + 1)

    def elsewhere(self) -> Patience:
        """After the cursor went to another word."""
        return replace(self, refused=frozenset())

    def floor(self, floor: float) -> float:
        """The least probability of a first word, raised by what was refused beyond the first few times."""
        return floor + min(_MOST, _STEP * max(0, self.in_a_row - _FREE))


def after_accepting() -> Patience:
    """A suggestion was accepted: everything is forgiven."""
    return Patience()
