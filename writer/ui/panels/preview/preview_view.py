"""The view of a preview: Qt's rich text, which loads nothing and follows no link by itself."""

from __future__ import annotations

from bisect import bisect_right

from PySide6.QtCore import QEvent, QMargins, QRectF, Qt, QUrl, Signal
from PySide6.QtGui import QImage, QKeyEvent, QKeySequence, QMouseEvent, QPalette, QResizeEvent, QTextDocument
from PySide6.QtWidgets import QFrame, QTextEdit

from writer.ui.panels.preview.rendering import MARGIN, Rendered

_CHARACTERS = 72
"""The widest that lines get, in average characters."""

_OWN_KEYS = (
    QKeySequence.StandardKey.Copy,
    QKeySequence.StandardKey.SelectAll,
    QKeySequence.StandardKey.Cut,
    QKeySequence.StandardKey.Paste,
)


class PreviewView(QTextEdit):
    """Shows rendered text, read-only."""

    link_chosen = Signal(str)
    """The address of a link that was clicked."""

    dismissed = Signal()
    """Esc was pressed."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("preview")
        self.setReadOnly(True)
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
            | Qt.TextInteractionFlag.LinksAccessibleByMouse
        )
        self.viewport().setMouseTracking(True)
        self._shown: QTextDocument | None = None
        self._places: tuple[tuple[int, int], ...] = ()
        self._pressed = ""

    def show_rendered(self, rendered: Rendered) -> None:
        """Show a document in place of the last one, at the same place."""
        last, top = self._shown, self.verticalScrollBar().value()
        self._shown = rendered.document
        self._shown.setParent(self)
        self.setDocument(self._shown)
        self.setCursorWidth(0)  # which each document brings anew
        self._places = rendered.places
        if last is not None:  # Qt's own first document is deleted by Qt
            last.deleteLater()
        self.verticalScrollBar().setValue(top)

    def follow(self, block: int) -> None:
        """Scroll to what the text's block with this number became, unless it is in view."""
        index = bisect_right(self._places, (block, 1 << 60)) - 1
        if index < 0:
            self.verticalScrollBar().setValue(0)
            return
        area = self._area(self._places[index][1])
        bar, height = self.verticalScrollBar(), self.viewport().height()
        if area.top() < bar.value() or min(area.bottom(), area.top() + height / 2) > bar.value() + height:
            bar.setValue(round(area.top() - height / 4))

    def _area(self, position: int) -> QRectF:
        block = self.document().findBlock(position)
        return self.document().documentLayout().blockBoundingRect(block)

    def loadResource(self, _kind: int, _name: QUrl | str) -> QImage:
        """An empty picture: what may be shown is in the document, and Qt would open any file."""
        image = QImage(1, 1, QImage.Format.Format_ARGB32)
        image.fill(Qt.GlobalColor.transparent)
        return image

    def event(self, event: QEvent) -> bool:
        """Keep the keys that copy and select from the text's actions, and those that would change it."""
        override = event if event.type() == QEvent.Type.ShortcutOverride else None
        if isinstance(override, QKeyEvent) and any(override.matches(key) for key in _OWN_KEYS):
            event.accept()
            return True
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the lines readable, in the middle of the view."""
        super().resizeEvent(event)
        self.fit()

    def fit(self) -> None:
        """Set the margins for the width of the view and the font of the document."""
        document: QTextDocument = self.document()
        widest = _CHARACTERS * self.fontMetrics().averageCharWidth()
        if document.defaultFont() != self.font():
            self.setFont(document.defaultFont())
        side = max(0, (self.width() - round(widest)) // 2 - MARGIN)
        margins = QMargins(side, 0, side, 0)
        if margins != self.viewportMargins():
            self.setViewportMargins(margins)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember the link under the pointer."""
        left = event.button() == Qt.MouseButton.LeftButton
        self._pressed = self.anchorAt(event.position().toPoint()) if left else ""
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Emit a link that was pressed and released; nothing is followed here."""
        pressed, self._pressed = self._pressed, ""
        super().mouseReleaseEvent(event)
        if pressed and pressed == self.anchorAt(event.position().toPoint()):
            self.link_chosen.emit(pressed)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show where a link is."""
        super().mouseMoveEvent(event)
        over = self.anchorAt(event.position().toPoint())
        shape = Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.IBeamCursor
        self.viewport().setCursor(shape)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Emit `dismissed` on Esc."""
        if event.key() == Qt.Key.Key_Escape and not event.modifiers():
            self.dismissed.emit()
        else:
            super().keyPressEvent(event)
