"""Focus mode and typewriter mode: all but the current sentence is dimmed; its line keeps its height."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRectF, QTextBoundaryFinder
from PySide6.QtGui import QColor, QGuiApplication, QPainter, QPalette, QTextBlock

from writer.text.utf16 import utf16_length
from writer.ui.editor.editor import Editor
from writer.ui.editor.text_geometry import line_rects

OFF, SENTENCE, PARAGRAPH = "off", "sentence", "paragraph"

_VEIL = 0.62
"""How much of the page lies over what is not in focus."""


class FocusMode:
    """An overlay for `editor`: veils all but the sentence or the paragraph of the cursor."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self.mode = OFF
        self._seen = (False, 0, 0)
        editor.overlays.append(self)
        editor.cursorPositionChanged.connect(self._follow)

    def set_mode(self, mode: str) -> None:
        """`OFF`, `SENTENCE` or `PARAGRAPH`."""
        self.mode = mode
        self._editor.viewport().update()

    def wanted(self) -> bool:
        """See `Decoration`. While something is selected, all of it is to be seen."""
        return self.mode != OFF and not self._editor.textCursor().hasSelection()

    def paint(self, painter: QPainter, block: QTextBlock, area: QRectF, pitch: float) -> None:
        """See `Decoration`."""
        veil = QColor(self._editor.palette().color(QPalette.ColorRole.Base))
        veil.setAlphaF(_VEIL)
        cursor = self._editor.textCursor()
        if block != cursor.block():
            painter.fillRect(area, veil)
        elif self.mode == SENTENCE:
            start, end = sentence_around(block.text(), cursor.positionInBlock())
            for begin, stop in ((0, start), (end, block.length() - 1)):
                for band in line_rects(block, begin, stop, pitch):
                    painter.fillRect(band.translated(area.topLeft()), veil)

    def _follow(self) -> None:
        """Paint all anew where something else is in focus now; the editor itself paints what is typed."""
        if self.mode == OFF:
            return
        cursor = self._editor.textCursor()
        start = 0
        if self.mode == SENTENCE:
            start, _ = sentence_around(cursor.block().text(), cursor.positionInBlock())
        seen = (cursor.hasSelection(), cursor.blockNumber(), start)
        if seen != self._seen:
            self._seen = seen
            self._editor.viewport().update()


class TypewriterMode(QObject):
    """Keeps the line that is being written in the middle of `editor`, while it is switched on."""

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self._editor = editor
        editor.textChanged.connect(self._centre)
        editor.moved.connect(self._centre)

    def switch(self, on: bool) -> None:
        """Begin or end."""
        self._editor.setCenterOnScroll(on)
        self._centre()

    def _centre(self) -> None:
        if self._editor.centerOnScroll() and not QGuiApplication.mouseButtons():
            self._editor.centre_line()


def sentence_around(text: str, position: int) -> tuple[int, int]:
    """Where the sentence around `position` begins and ends, in UTF-16 units.

    Behind the last mark of a sentence one is still in it; behind the space that follows, in the next.
    """
    finder = QTextBoundaryFinder(QTextBoundaryFinder.BoundaryType.Sentence, text)
    finder.setPosition(position)
    if position and not finder.isAtBoundary():
        finder.toPreviousBoundary()
    start = max(0, finder.position())
    finder.setPosition(start)
    finder.toNextBoundary()
    length = utf16_length(text)
    end = finder.position() if finder.position() > 0 else length
    if position == start == length and position:
        finder.setPosition(position)
        finder.toPreviousBoundary()
        start, end = max(0, finder.position()), length
    return start, end
