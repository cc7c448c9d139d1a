"""Focus mode, which dims all but the current sentence or paragraph, and typewriter mode."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTextBoundaryFinder
from PySide6.QtGui import QColor, QGuiApplication, QPainter, QPalette, QTextCursor

from writer.text.utf16 import utf16_length
from writer.ui.editor.editor import Editor
from writer.ui.editor.text_document import text_near
from writer.ui.editor.text_geometry import ShownBlock

OFF, SENTENCE, PARAGRAPH = "off", "sentence", "paragraph"

_DIM_OPACITY = 0.62
"""The opacity of the page colour over the dimmed text."""

_LONGEST_SENTENCE = 5_000
"""The characters before and behind the cursor among which the ends of its sentence are looked for."""


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

    def paint(self, painter: QPainter, shown: ShownBlock) -> None:
        """See `Decoration`."""
        dimming = QColor(self._editor.palette().color(QPalette.ColorRole.Base))
        dimming.setAlphaF(_DIM_OPACITY)
        cursor = self._editor.textCursor()
        if shown.block != cursor.block():
            painter.fillRect(shown.area, dimming)
        elif self.mode == SENTENCE:
            start, end = _sentence_of(cursor)
            for begin, stop in ((0, start), (end, shown.block.length() - 1)):
                for band in shown.bands(begin, stop):
                    painter.fillRect(band, dimming)

    def _update(self) -> None:
        """Repaint where the focus changed; the editor repaints typed text itself."""
        if self.mode == OFF:
            return
        cursor = self._editor.textCursor()
        start = 0
        if self.mode == SENTENCE:
            start, _ = _sentence_of(cursor)
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


def _sentence_of(cursor: QTextCursor) -> tuple[int, int]:
    """The start and end of the cursor's sentence in its block; it is not looked for in all of a long one."""
    place = cursor.positionInBlock()
    text, offset = text_near(cursor.block(), place, place, _LONGEST_SENTENCE)
    start, end = sentence_around(text, place - offset)
    return offset + start, offset + end


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
