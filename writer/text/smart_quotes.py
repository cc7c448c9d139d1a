"""The quotation marks that printers use, in place of the straight ones of the keyboard."""

from __future__ import annotations

from writer.text.characters import OPENING, is_han

_DOUBLE, _SINGLE = ("“", "”"), ("‘", "’")


def typographic(before: str, typed: str) -> str:
    """What to write for the key `typed`, with the line `before` it; `typed` itself where it is right.

    Within `code` nothing changes. A quotation mark opens at the beginning, behind spaces and behind what
    opens itself; between Han characters it opens when none is open.
    """
    if typed not in ('"', "'") or before.count("`") % 2:
        return typed
    opening, closing = _DOUBLE if typed == '"' else _SINGLE
    last = before[-1:]
    if last and is_han(last):
        return closing if before.count(opening) > before.count(closing) else opening
    if not last or last.isspace() or last in OPENING + "-—–/" + "“‘":
        return opening
    return closing
