"""Smart quotes: typographic quotation marks in place of the straight ones of the keyboard."""

from __future__ import annotations

from writer.text.characters import OPENING_PUNCTUATION, is_han

_DOUBLE, _SINGLE = ("“", "”"), ("‘", "’")


def smart_quote(before: str, typed: str) -> str:
    """The character to insert for the key `typed` after the line's text `before`.

    `typed` itself where it is no quote or stands in inline code. A quote opens at the start of a line, after
    a space and after opening punctuation; after a Han character it opens where none is open.
    """
    if typed not in ('"', "'") or before.count("`") % 2:
        return typed
    opening, closing = _DOUBLE if typed == '"' else _SINGLE
    last = before[-1:]
    if last and is_han(last):
        return closing if before.count(opening) > before.count(closing) else opening
    if not last or last.isspace() or last in OPENING_PUNCTUATION + "-—–/" + "“‘":
        return opening
    return closing
