"""Focus mode, which dims all but the current sentence or paragraph, and typewriter mode."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRectF, QTextBoundaryFinder
from PySide6.QtGui import QColor, QGuiApplication, QPainter, QPalette, QTextBlock

from writer.text.utf16 import utf16_length
from writer.ui.editor.editor import Editor
from writer.ui.editor.text_geometry import line_rects

OFF, SENTENCE, PARAGRAPH = "off", "sentence", "paragraph"

_DIM_OPACITY = 0.62
"""The opacity of the page colour over the dimmed text."""


class FocusMode:
    """An overlay of `editor` that dims all but the cursor's sentence or paragraph."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self.mode = OFF
        self._last_focus = (False, 0, 0)
        editor.overlays.append(self)
        editor.cursorPositionChanged.connect(self._update)

    def set_mode(self, mode: str) -> None:
        """Set the mode: `OFF`, `SENTENCE` or `PARAGRAPH`."""
        self.mode = mode
        self._editor.viewport().update()

    def is_active(self) -> bool:
        """See `Decoration`. A selection turns dimming off."""
        return self.mode != OFF and not self._editor.textCursor().hasSelection()

    def paint(self, painter: QPainter, block: QTextBlock, area: QRectF, pitch: float) -> None:
        """See `Decoration`."""
        dimming = QColor(self._editor.palette().color(QPalette.ColorRole.Base))
        dimming.setAlphaF(_DIM_OPACITY)
        cursor = self._editor.textCursor()
        if block != cursor.block():
            painter.fillRect(area, dimming)
        elif self.mode == SENTENCE:
            start, end = sentence_around(block.text(), cursor.positionInBlock())
            for begin, stop in ((0, start), (end, block.length() - 1)):
                for band in line_rects(block, begin, stop, pitch):
                    painter.fillRect(band.translated(area.topLeft()), dimming)

    def _update(self) -> None:
        """Repaint where the focus changed; the editor repaints typed text itself."""
        if self.mode == OFF:
            return
        cursor = self._editor.textCursor()
        start = 0
        if self.mode == SENTENCE:
            start, _ = sentence_around(cursor.block().text(), cursor.positionInBlock())
        focus = (cursor.hasSelection(), cursor.blockNumber(), start)
        if focus != self._last_focus:
            self._last_focus = focus
            self._editor.viewport().update()


class TypewriterMode(QObject):
    """Keeps the cursor's line in the middle of `editor` while it is on."""

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self._editor = editor
        editor.textChanged.connect(self._centre)
        editor.moved.connect(self._centre)

    def switch(self, on: bool) -> None:
        """Turn the mode on or off."""
        self._editor.setCenterOnScroll(on)
        self._centre()

    def _centre(self) -> None:
        if self._editor.centerOnScroll() and not QGuiApplication.mouseButtons():
            self._editor.centre_line()


def sentence_around(text: str, position: int) -> tuple[int, int]:
    """The start and end of the sentence around `position`, in UTF-16 units.

    A position behind a sentence's final mark is in that sentence; one behind the following space, in the
    next.
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
