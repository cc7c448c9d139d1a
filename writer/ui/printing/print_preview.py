"""A print preview: pages below each other."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QDialog,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from writer.ui.common.translation import Retranslated
from writer.ui.common.widgets import Label, resize_within_screen
from writer.ui.printing.page_layout import PrintPages, paint_page

_GAP = 20
_SIZE = QSize(760, 860)


class PrintPageView(QAbstractScrollArea):
    """A scrollable view of the pages, fitted to the width; only visible ones are painted."""

    def __init__(self, pages: PrintPages) -> None:
        super().__init__()
        self._pages = pages
        self.setFrameShape(self.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Window)

    @property
    def current(self) -> int:
        """The index of the page in the middle."""
        middle = self.verticalScrollBar().value() + self.viewport().height() // 2
        return min(self._pages.count - 1, max(0, int(middle // self._step)))

    @property
    def _scale(self) -> float:
        return min(1.4, (self.viewport().width() - 2 * _GAP) / self._pages.paper.width())

    @property
    def _step(self) -> float:
        return self._pages.paper.height() * self._scale + _GAP

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Update the scroll range."""
        super().resizeEvent(event)
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, round(self._step * self._pages.count + _GAP - self.viewport().height())))
        bar.setPageStep(round(self._step))
        bar.setSingleStep(60)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Scroll to the first or last page on Home or End."""
        bar = self.verticalScrollBar()
        if event.key() in (Qt.Key.Key_Home, Qt.Key.Key_End):
            bar.setValue(bar.minimum() if event.key() == Qt.Key.Key_Home else bar.maximum())
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the visible pages."""
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = self.verticalScrollBar().value()
        width = self._pages.paper.width() * self._scale
        for index in range(int(top // self._step), self._pages.count):
            y = _GAP + index * self._step - top
            if y > event.rect().bottom():
                break
            left = (self.viewport().width() - width) / 2
            sheet = QRectF(left, y, width, self._step - _GAP)
            painter.fillRect(sheet, Qt.GlobalColor.white)
            painter.setPen(self.palette().color(QPalette.ColorRole.Dark))
            painter.drawRect(sheet)
            painter.save()
            painter.translate(sheet.topLeft())
            painter.scale(self._scale, self._scale)
            paint_page(painter, self._pages, index)
            painter.restore()


class PrintPreview(Retranslated, QDialog):
    """A dialog with the pages and a button to print them."""

    print_requested = Signal()
    """The button was pressed."""

    def __init__(self, pages: PrintPages, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("preview")
        self._pages = pages
        self.view = PrintPageView(pages)
        self._number = Label()
        self._number.setProperty("tone", "muted")
        self.print_button, self._close = QPushButton(), QPushButton()
        self.print_button.setDefault(True)
        self.print_button.clicked.connect(self._print)
        self._close.clicked.connect(self.reject)
        self.view.verticalScrollBar().valueChanged.connect(lambda _value: self.retranslate())
        row = QHBoxLayout()
        row.setContentsMargins(16, 8, 16, 10)
        row.setSpacing(10)
        row.addWidget(self._number, 1)
        row.addWidget(self._close)
        row.addWidget(self.print_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.view, 1)
        column.addLayout(row)
        resize_within_screen(self, _SIZE)
        self.retranslate()
        self.view.setFocus()

    def retranslate(self) -> None:
        """See `Retranslated`."""
        self.setWindowTitle(self.tr("Print Preview"))
        self.view.setAccessibleName(self.tr("Pages"))
        text = self.tr("Page {number} of {count}")
        self._number.setText(text.format(number=self.view.current + 1, count=self._pages.count))
        self.print_button.setText(self.tr("Print…"))
        self._close.setText(self.tr("Close"))

    def _print(self) -> None:
        self.accept()
        self.print_requested.emit()
