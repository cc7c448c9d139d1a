"""What a new line begins with: the next item of a list, the marks of a quotation; and how these end."""

from __future__ import annotations

import re

from writer.text.markdown_lists import list_item

_QUOTE = re.compile(r" {0,3}>(?:[ \t]?>)*[ \t]?")


def line_prefix(line: str) -> str:
    """The marks of quotation and list that a line begins with, ASCII all of them."""
    quote = quote_prefix(line)
    item = list_item(line[len(quote) :])
    return quote + (item.prefix if item else "")


def quote_prefix(line: str) -> str:
    """The marks of quotation that a line begins with."""
    found = _QUOTE.match(line)
    return found.group() if found else ""


def next_prefix(line: str, column: int) -> str:
    """What the line behind a break at `column` of this one begins with; "" where a break is a break alone."""
    prefix = line_prefix(line)
    if not prefix or column < len(prefix):
        return ""
    quote = quote_prefix(line)
    item = list_item(line[len(quote) :])
    if quote and not quote[-1].isspace():
        quote += " "
    return quote + (item.following() if item else "")


def ended_line(line: str) -> str | None:
    """What is left of a line that has marks and no text, so that a break ends list or quotation; else None.

    Of nested quotations one ends at a time.
    """
    prefix = line_prefix(line)
    if not prefix or line[len(prefix) :].strip():
        return None
    quote = quote_prefix(line)
    if list_item(line[len(quote) :]):
        return quote
    outer = quote.rstrip()[:-1].rstrip()
    return outer + " " if outer else ""
