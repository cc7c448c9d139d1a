"""Guesses what comes next from what stood there before ("prompt lookup decoding").

Names, terms and turns of phrase come back within a text. Where the last three tokens stood earlier, what
followed them is computed in the same pass as the last token: four tokens cost less than twice one. The
guess changes no result: rows that nobody asks for are forgotten.

Source: A. Saxena, Prompt Lookup Decoding (2023).
"""

from __future__ import annotations

from collections.abc import Sequence

MATCH = 3
"""Tokens that must have stood together earlier."""

LENGTH = 3
"""Tokens guessed at once."""

_ENOUGH = 0.6
"""Guessed rows that must have been asked for, per guess, for guessing to pay."""

_MEMORY = 0.9
_RETRY = 24


class PromptLookup:
    """Proposes tokens, and stops while too few of them are used."""

    def __init__(self) -> None:
        self._used = 1.0
        self._skipped = 0

    def propose(self, ids: Sequence[int]) -> list[int]:
        """What followed the latest earlier place where the last tokens of `ids` stood; often nothing."""
        found = _after_match(ids)
        if not found:
            return []
        if self._used < _ENOUGH:
            self._skipped += 1
            if self._skipped % _RETRY:
                return []
        self._used *= _MEMORY
        return found

    def note_used(self) -> None:
        """A guessed row was asked for."""
        self._used += 1 - _MEMORY


def _after_match(ids: Sequence[int]) -> list[int]:
    if len(ids) <= MATCH:
        return []
    last = tuple(ids[-MATCH:])
    final = last[-1]
    for end in range(len(ids) - 2, MATCH - 2, -1):
        if ids[end] == final and tuple(ids[end - MATCH + 1 : end + 1]) == last:
            return list(ids[end + 1 : end + 1 + LENGTH])
    return []
