"""The front matter of a document: the lines between `---` at its start, in which a text has its title."""

from __future__ import annotations

from PySide6.QtGui import QTextBlock

from writer.text.front_matter import FENCE, MAX_LINES, closes_front_matter


def is_front_matter(block: QTextBlock) -> bool:
    """Whether a block belongs to the front matter of its document."""
    number = block.blockNumber()
    if number >= MAX_LINES or block.document().firstBlock().text().rstrip() != FENCE:
        return False
    before = block.document().firstBlock().next()
    while before.isValid() and before.blockNumber() < number:
        if closes_front_matter(before.text()):
            return False
        before = before.next()
    return True
