"""A document layout for plain text with line spacing and looks, which QPlainTextDocumentLayout lacks.

Only visible blocks are laid out, as in Qt's own layout, but here: with their formats, with marks that hang in
the margin, and with indents. None of it is in the document, so that there is nothing to undo.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

from PySide6.QtCore import QPointF, QRectF, Qt, SignalInstance
from PySide6.QtGui import QTextBlock, QTextDocument, QTextLayout, QTextLine
from PySide6.QtWidgets import QPlainTextDocumentLayout

from writer.text.utf16 import utf16_length
from writer.ui.editor.ghost_text import shifted
from writer.ui.editor.looks.block_look import BlockLook, BlockLooks, MarkPlace, PlainLooks
from writer.ui.editor.text_geometry import left_of

_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute

_PITCHES = (1.0, 1.35, 1.2, 1.1, 1.0, 1.0, 1.0, 1.0, 1.0)
"""The distance of lines by the level of a heading, as a multiple of the text's."""

_LEVELS = len(_PITCHES)
_TIGHT, _BELOW = 7, 8
"""What stands for a level in the user state of a line that is no paragraph, and of one with an image."""

_EDGE = 6.0
"""Pixels kept free beside marks in the margin."""

_LEAST_ROOM = 2.0
"""The least margin, in lines, in which marks hang: in less only those of some headings had room."""

_MOST_INDENT = 0.5
"""The most of the column that an indent takes."""

_UNLIMITED = float(1 << 20)
_EVERYTHING = 1e9


@dataclass(frozen=True, slots=True)
class Spacing:
    """The distance of lines as a multiple of the font size, and the room below paragraphs in lines."""

    lines: float = 1.55
    paragraphs: float = 0.0


class SpacedLayout(QPlainTextDocumentLayout):
    """A plain text layout whose lines are `pitch` pixels apart, or more where glyphs need it.

    `paragraph_space` is empty space in pixels below each paragraph, `bottom_space` below the last line, which
    allows to scroll further. A block's user state says for which look it was laid out.
    """

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self.pitch = 0.0
        self.paragraph_space = 0.0
        self.bottom_space = 0.0
        self.left = 0.0
        """The left edge of the column, and with it what the margins have room for."""
        self.width = _UNLIMITED
        """The width of the column."""
        self._looks: BlockLooks = PlainLooks()
        self._version = 0
        self._count = document.blockCount()
        self._settled = document.revision()
        """The document's revision behind the last change that is over; another one within an edit block."""
        self._is_silent = False
        self._is_resizing = False
        document.contentsChange.connect(self._settle)

    @classmethod
    def of(cls, document: QTextDocument) -> SpacedLayout:
        """The layout of a document that was made with one. Raises TypeError for other documents."""
        layout = document.documentLayout()
        if not isinstance(layout, cls):
            raise TypeError("the document was made without a spaced layout")
        return layout

    def set_spacing(self, spacing: Spacing, size: int) -> None:
        """Space lines and paragraphs for a font of `size` pixels; the text stays as it is."""
        before = self.pitch, self.paragraph_space
        self.pitch = round(size * spacing.lines)
        self.paragraph_space = round(self.pitch * spacing.paragraphs)
        if before != (self.pitch, self.paragraph_space):
            self.documentChanged(0, 0, self.document().characterCount())  # drops the lines of all blocks
            self.documentSizeChanged.emit(self.documentSize())

    def set_looks(self, looks: BlockLooks) -> None:
        """Set what knows how blocks look."""
        self._version += 1 + self._looks.state(self.document().firstBlock())
        self._looks = looks

    def set_column(self, left: float, width: float) -> None:
        """Set the column in which the text stands, in pixels of the page."""
        if (left, width) != (self.left, self.width):
            self.left, self.width = left, width
            self._version += 1

    def pitch_of(self, block: QTextBlock) -> float:
        """The distance of the lines of a block that is laid out."""
        return self._pitch(_level(block))

    def settle(self) -> None:
        """Note that no edit is under way, as when something is painted; an empty edit block tells nothing."""
        if not self._is_settled():
            self._settle()
            self._forget_change(0)

    def emit_all_changed(self) -> None:
        """Have everything painted again, and the scroll bar set, after blocks were shown or hidden."""
        self.documentSizeChanged.emit(self.documentSize())
        self._emit_update()

    def documentChanged(self, start: int, removed: int, added: int) -> None:
        """Lay out the block of a change, or forget the lines of all its blocks."""
        if self._is_silent:
            return
        document = self.document()
        block = document.findBlock(start)
        last = document.findBlock(max(start, start + added - 1))
        if block.isValid() and block == last and document.blockCount() == self._count:
            if block.isVisible():
                self._change(block, has_changed=bool(removed or added))
        else:
            self._count = document.blockCount()
            super().documentChanged(start, removed, added)

    def blockBoundingRect(self, block: QTextBlock) -> QRectF:
        """The block's rectangle; lays it out where that is due. Called some hundred times a keystroke."""
        if not block.isValid() or not block.isVisible():  # Qt asks for blocks behind the end, too
            return QRectF()
        layout = block.layout()
        if not layout.lineCount():
            lines = block.lineCount()
            self._lay_out(block)
            self._emit_size(lines, block)
        elif self._is_settled() and not self._is_current(block):
            self._change(block, has_changed=True)
        bottom = self.height_of(block)
        margin = self.document().documentMargin()
        if not block.next().isValid():
            bottom += margin + self.bottom_space
        elif _level(block) != _TIGHT:
            bottom += self.paragraph_space
        return QRectF(0, 0, layout.boundingRect().right() + margin, bottom)

    def _is_current(self, block: QTextBlock) -> bool:
        return block.userState() // _LEVELS == self._state(block)

    def _state(self, block: QTextBlock) -> int:
        return self._version + self._looks.state(block)

    def _pitch(self, level: int) -> float:
        return round(self.pitch * _PITCHES[level])

    def height_of(self, block: QTextBlock) -> float:
        """The height of a block that is laid out, with what is painted below its lines."""
        below = self._looks.height_below(block) if _level(block) == _BELOW else 0.0
        return self.lines_height(block) + below

    def lines_height(self, block: QTextBlock) -> float:
        """The bottom of the last line of a block that is laid out."""
        layout = block.layout()
        lines = layout.lineCount()
        if not lines:
            return 0.0
        line = layout.lineAt(lines - 1)
        pitch, height = self.pitch_of(block), line.height()
        return line.y() - _leading(pitch, height) + max(pitch, height)

    def _change(self, block: QTextBlock, has_changed: bool) -> None:
        """Lay out a block again, and have painted what moves by it."""
        lines, height = block.layout().lineCount(), self.height_of(block)
        self._lay_out(block, has_changed or not self._is_current(block))
        self._emit_size(lines, block)
        if self.height_of(block) == height:
            self.updateBlock.emit(block)
        else:
            self._emit_update()

    def _emit_update(self) -> None:
        margin = self.document().documentMargin()
        moved = cast("SignalInstance", self.update[QRectF])  # type: ignore[index]
        moved.emit(QRectF(0, -margin, _EVERYTHING, _EVERYTHING))

    def _emit_size(self, lines: int, block: QTextBlock) -> None:
        """Tell the scroll bar that a block had another number of lines; it may lay out others meanwhile."""
        if block.lineCount() != lines and not self._is_resizing:
            self._is_resizing = True
            self.documentSizeChanged.emit(self.documentSize())
            self._is_resizing = False

    # Formats

    def _settle(self, *_change: int) -> None:
        self._settled = self.document().revision()

    def _is_settled(self) -> bool:
        return self._settled == self.document().revision()

    def _forget_change(self, position: int) -> None:
        """Keep Qt from adding what was formatted to the next change of the text."""
        self._is_silent = True
        self.document().markContentsDirty(position, 0)
        self._is_silent = False

    def _format(self, block: QTextBlock, formats: list[QTextLayout.FormatRange]) -> bool:
        """Set the formats of a block; those of ghost text or a composition stay.

        False within an edit block, of whose changes Qt would forget to tell.
        """
        if not self._is_settled():
            return False
        layout = block.layout()
        others, preedit = layout.formats(), layout.preeditAreaPosition()
        if not formats and not others:
            return True
        if preedit >= 0 and layout.preeditAreaText():
            end = preedit + utf16_length(layout.preeditAreaText())
            formats = shifted(formats, preedit, end - preedit)
            formats += [f for f in others if preedit <= f.start and f.start + f.length <= end]
        layout.setFormats(formats)
        self._forget_change(block.position())
        return True

    # Lines

    def _lay_out(self, block: QTextBlock, has_changed: bool = True) -> None:
        """Lay out the lines of a block; formats it where it has changed."""
        look = self._looks.look(block)
        formatted = not has_changed or self._format(block, look.formats)
        level = _TIGHT if look.is_tight else _BELOW if look.has_below else look.level
        layout, option = block.layout(), self.document().defaultTextOption()
        if block.textDirection() == Qt.LayoutDirection.RightToLeft:
            option.setAlignment(_RIGHT)
        layout.setTextOption(option)
        block.setUserState(self._state(block) * _LEVELS + level if formatted else -1)
        pitch, y, indent = self._pitch(level), 0.0, 0.0
        layout.beginLayout()
        line = layout.createLine()
        is_first = True
        while line.isValid():
            line.setLeadingIncluded(True)
            if is_first:
                outdent, indent = self._place_marks(block, line, look)
                left, is_first = -outdent, False
            else:
                left = indent
                line.setLineWidth(max(1.0, self.width - indent))
            x = self.left if option.alignment() == _RIGHT else self.left + left
            height = line.height()
            line.setPosition(QPointF(x, y + _leading(pitch, height)))
            y += max(pitch, height)
            line = layout.createLine()
        layout.endLayout()
        block.setLineCount(max(1, layout.lineCount()))

    def _place_marks(self, block: QTextBlock, line: QTextLine, look: BlockLook) -> tuple[float, float]:
        """Set the width of the first line; how far it begins in the margin, and the indent of the others."""
        line.setLineWidth(max(1.0, self.width))
        if look.place is MarkPlace.INLINE or not look.marks:
            return 0.0, 0.0
        layout = block.layout()
        end = look.marks
        if 0 <= layout.preeditAreaPosition() < end:
            end += utf16_length(layout.preeditAreaText())
        size = abs(left_of(line, end) - left_of(line, 0))
        if look.place is MarkPlace.HANGING:
            return 0.0, min(size, self.width * _MOST_INDENT)
        if size > self.left - _EDGE or self.left < _LEAST_ROOM * self.pitch:
            return 0.0, 0.0
        line.setLineWidth(self.width + size)
        return size, 0.0


def _level(block: QTextBlock) -> int:
    """The level with which a block was laid out; 0 for one without formats yet."""
    return max(0, block.userState()) % _LEVELS


def _leading(pitch: float, height: float) -> float:
    """The space above a line of this height."""
    return math.floor((max(pitch, height) - height) / 2)
