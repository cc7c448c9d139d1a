"""The part of a text that is previewed: all of it, or of a long one what stands around the cursor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QTextBlock, QTextDocument

from writer.text.markdown import heading

MAX_CHARACTERS = 24_000
"""The longest text that is previewed at once: a chapter, which is put into the window in about 10 ms."""

_BEFORE = MAX_CHARACTERS // 3
"""The most of it that stands before the cursor's paragraph."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A part of a text: the blocks from `first` to `end`, the latter excluded; `whole` where it is all."""

    text: str
    first: int
    end: int
    whole: bool

    def holds(self, block: int) -> bool:
        """Whether the block with this number is a part of it."""
        return self.first <= block < self.end


def excerpt_around(document: QTextDocument, number: int, is_code: Callable[[int], bool]) -> Excerpt | None:
    """The excerpt around the block with this number; None where that block alone is too long.

    `is_code` tells whether a block belongs to a code block. The time depends on the excerpt alone.
    """
    if document.characterCount() <= MAX_CHARACTERS:
        return _between(document.begin(), document.blockCount(), True)
    block = document.findBlockByNumber(number)
    if block.length() > MAX_CHARACTERS:
        return None
    first, room = _start(block, is_code), MAX_CHARACTERS
    end = first
    while end.isValid() and end.length() <= room:
        room -= end.length()
        end = end.next()
    return _between(first, end.blockNumber() if end.isValid() else document.blockCount(), False)


def _start(block: QTextBlock, is_code: Callable[[int], bool]) -> QTextBlock:
    """Where the excerpt of a block begins: the farthest heading before it that there is room for.

    Without a heading it is the farthest paragraph, or that behind the code block that it belongs to.
    """
    room = min(_BEFORE, MAX_CHARACTERS - block.length())
    farthest, start, above = block, None, block
    while above.isValid() and (above == block or above.length() <= room):
        room -= 0 if above == block else above.length()
        farthest = above
        if heading(above.text()) and not is_code(above.blockNumber()):
            start = above
        above = above.previous()
    while start is None and farthest != block and is_code(farthest.blockNumber()):
        farthest = farthest.next()
    return start or farthest


def _between(block: QTextBlock, end: int, whole: bool) -> Excerpt:
    first, lines = block.blockNumber(), []
    while block.isValid() and block.blockNumber() < end:
        lines.append(block.text())
        block = block.next()
    return Excerpt("\n".join(lines), first, end, whole)
