"""A preview of the appearance: a page of sample text, as large as the real one and painted smaller."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen, QRegion, QTextCursor
from PySide6.QtWidgets import QSizePolicy, QWidget

from writer.settings.store import SettingsStore
from writer.suggestions.suggestion import Suggestion
from writer.text.language import is_cjk
from writer.ui.common.translation import Retranslated
from writer.ui.editor.editor import Editor
from writer.ui.window.appearance import apply_appearance

_HEIGHT = 170
_LEAST_SIZE = QSize(600, 300)
_REPAINTS = (QEvent.Type.PaletteChange, QEvent.Type.StyleChange, QEvent.Type.FontChange)


class AppearancePreview(Retranslated, QWidget):
    """A picture of an editor with a sample, which follows `settings`. `size` is that of the real editor."""

    def __init__(self, settings: SettingsStore, size: Callable[[], QSize]) -> None:
        super().__init__()
        self._size = size
        self._settings = settings
        self._editor = Editor(self)
        self._editor.hide()
        self._editor.setReadOnly(True)
        self._editor.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._editor.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedHeight(_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.destroyed.connect(settings.subscribe("", self._apply))
        self._apply("")
        self.retranslate()

    def retranslate(self) -> None:
        """See `Retranslated`."""
        self.setAccessibleName(self.tr("Preview"))
        first = self.tr(
            "It had rained all night, and in the morning the streets of the old town shone. The gutters "
            "still ran, and a pale sky lay in the puddles."
        )
        second = self.tr("Nobody was about. Only the baker had lit his lamp, and the smell of bread lay over")
        self._editor.set_text(f"{first}\n{second}" + ("" if is_cjk(second[-1]) else " "))
        self._editor.moveCursor(QTextCursor.MoveOperation.End)
        self._suggest()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the page at a scale at which it is as wide as this widget."""
        whole = self._size().expandedTo(_LEAST_SIZE)
        scale = self.width() / whole.width()
        height = round(_HEIGHT / scale)
        if self._editor.size() != QSize(whole.width(), height):
            self._editor.resize(whole.width(), height)
            self._suggest()
        painter = QPainter(self)
        painter.save()
        painter.scale(scale, scale)
        self._editor.render(painter, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)
        painter.restore()
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Dark), 1))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def changeEvent(self, event: QEvent) -> None:
        """Paint again in other colours."""
        super().changeEvent(event)
        if event.type() in _REPAINTS:
            self._suggest()

    def _apply(self, key: str) -> None:
        apply_appearance(self._editor, self._settings, key)
        self._suggest()

    def _suggest(self) -> None:
        """Show the sample's suggestion in the current colour."""
        ghost = self.tr("the square.")
        self._editor.show_suggestion(Suggestion(ghost, self._editor.revision))
        self._editor.verticalScrollBar().setValue(0)
        self.update()
