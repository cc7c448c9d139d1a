"""A bar below the text with the shares of its origins, in the colours that they have in the text."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from writer.documents.authorship.origin import Origin
from writer.ui.common.translation import Retranslated
from writer.ui.common.widgets import Label

LINES = {Origin.TAKEN: Qt.PenStyle.SolidLine, Origin.PASTED: Qt.PenStyle.DashLine}
"""How the text of some origins is underlined, so that colours are not all that tells them apart."""

_SIDE = 14


class Swatch(QWidget):
    """A small area that looks like the text of an origin."""

    def __init__(self, origin: Origin) -> None:
        super().__init__()
        self._origin = origin
        self._fill = self._line = QColor(Qt.GlobalColor.transparent)
        self.setFixedSize(QSize(_SIDE + 8, _SIDE))

    def set_colours(self, fill: QColor, line: QColor) -> None:
        """Set the colours of area and line."""
        self._fill, self._line = fill, line
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint it."""
        paint_origin(QPainter(self), QRectF(self.rect()), self._origin, self._fill, self._line)


class AuthorshipBar(Retranslated, QWidget):
    """A bar with a swatch and a share for each origin; hidden at first."""

    export_requested = Signal()
    dismissed = Signal()
    """It was closed by a key or its button."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("noticeBar")
        self.hide()
        self._counts: Mapping[Origin, int] | None = None
        self.swatches = {origin: Swatch(origin) for origin in Origin}
        self.labels = {origin: Label() for origin in Origin}
        self.text = Label(wordWrap=True)
        self.export, self.close_button = QPushButton(autoDefault=False), QPushButton(autoDefault=False)
        self.export.clicked.connect(self.export_requested)
        self.close_button.clicked.connect(self.dismissed)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 5, 12, 5)
        row.setSpacing(8)
        for origin in Origin:
            row.addWidget(self.swatches[origin])
            row.addWidget(self.labels[origin])
            row.addSpacing(8)
        row.addWidget(self.text, 1)
        row.addWidget(self.export)
        row.addWidget(self.close_button)
        self.retranslate()

    def names(self) -> dict[Origin, str]:
        """What the origins are called."""
        return {
            Origin.TYPED: self.tr("Typed"),
            Origin.TAKEN: self.tr("From suggestions"),
            Origin.PASTED: self.tr("Pasted"),
            Origin.IMPORTED: self.tr("Imported"),
        }

    def show_counts(self, counts: Mapping[Origin, int] | None) -> None:
        """Show the shares of these numbers of characters; None where they are not known."""
        self._counts = counts
        self.retranslate()

    def retranslate(self) -> None:
        """See `Retranslated`."""
        counts = self._counts
        total = sum(counts.values()) if counts is not None else 0
        for origin, name in self.names().items():
            share = 100 * counts[origin] / total if counts is not None and total else 0.0
            self.labels[origin].setText(f"{name} {self.locale().toString(share, 'f', 0)} %")
            self.labels[origin].setVisible(counts is not None)
            self.swatches[origin].setVisible(counts is not None)
        off = self.tr("Nothing is remembered; Settings, Editor switches that on.")
        self.text.setText("" if counts is not None else off)
        self.export.setText(self.tr("Export…"))
        self.export.setEnabled(counts is not None)
        self.close_button.setText(self.tr("Close"))
        words = [label.text() for label in self.labels.values()] if counts is not None else [off]
        self.setAccessibleName(", ".join(words))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close on Esc."""
        if event.key() == Qt.Key.Key_Escape:
            self.dismissed.emit()
        else:
            super().keyPressEvent(event)


def paint_origin(painter: QPainter, area: QRectF, origin: Origin, fill: QColor, line: QColor) -> None:
    """Paint an area behind text of an origin, and the line below it."""
    painter.fillRect(area, fill)
    if origin in LINES:
        painter.setPen(QPen(line, 2, LINES[origin]))
        painter.drawLine(area.bottomLeft(), area.bottomRight())


def mixed(colour: str, page: str, share: float) -> QColor:
    """A colour on that of the page, by its share."""
    one, other = QColor(colour), QColor(page)
    return QColor.fromRgbF(
        share * one.redF() + (1 - share) * other.redF(),
        share * one.greenF() + (1 - share) * other.greenF(),
        share * one.blueF() + (1 - share) * other.blueF(),
    )
