"""Words that were offered and typed past: they are not offered again for the same word.

A refusal is kept as what would still have to be typed, so it gets shorter with every character, and ends
with the first one that belongs to another word.
"""

from __future__ import annotations

from writer.text.suggestion import Suggestion

Refused = frozenset[str]


def typed_past(refused: Refused, typed: str) -> Refused:
    """What is still refused after `typed`."""
    length = len(typed)
    return frozenset(word[length:] for word in refused if len(word) > length and word.startswith(typed))


def refuse(refused: Refused, shown: Suggestion) -> Refused:
    """`refused` with the first word of what was shown, and read, when the writer typed on."""
    return refused | {shown.first_word()} if shown.text else refused
