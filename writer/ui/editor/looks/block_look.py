"""What the layout asks of those who know how a block looks."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Protocol

from PySide6.QtGui import QTextBlock, QTextLayout


class MarkPlace(Enum):
    """The place of the marks that a block begins with."""

    INLINE = auto()
    """In the line, as they are written."""

    MARGIN = auto()
    """In the margin, where there is room."""

    HANGING = auto()
    """At the start of the line, with the block's other lines under the text behind them."""


@dataclass(frozen=True, slots=True)
class BlockLook:
    """The look of a block.

    `marks`: the UTF-16 units of the marks that it begins with; `level`: 1 to 6 for a heading, else 0;
    `is_tight`: no room below it, as it is no paragraph of its own; `has_below`: whether something is painted
    below its lines.
    """

    formats: list[QTextLayout.FormatRange] = field(default_factory=list)
    marks: int = 0
    place: MarkPlace = MarkPlace.INLINE
    level: int = 0
    is_tight: bool = False
    has_below: bool = False


class BlockLooks(Protocol):
    """The looks of a document's blocks."""

    def state(self, block: QTextBlock) -> int:
        """A number that changes, and never to an earlier one, when the block looks different by now.

        Apart from changes of its own text. Called some hundred times a keystroke.
        """

    def look(self, block: QTextBlock) -> BlockLook:
        """The look of a block, by its text."""

    def height_below(self, block: QTextBlock) -> float:
        """The pixels of what is painted below the lines of a block whose look `has_below`."""


class PlainLooks:
    """The looks of blocks that are nothing but text."""

    def state(self, _block: QTextBlock) -> int:
        """See `BlockLooks`."""
        return 0

    def look(self, _block: QTextBlock) -> BlockLook:
        """See `BlockLooks`."""
        return BlockLook()

    def height_below(self, _block: QTextBlock) -> float:
        """See `BlockLooks`."""
        return 0.0
