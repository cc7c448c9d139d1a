"""A list of tokens with their probabilities and runners-up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from writer.engine.introspection import TokenStep
from writer.ui.common.widgets import plain_tooltip

_EDGE = 8
_BAR = 3
_PERCENT_WIDTH = 52
"""Pixels at the right for the percentage."""

_Index = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()
_ROW = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token with its probability, None where unknown; `others` is the text about its runners-up."""

    text: str
    probability: float | None
    others: str


def rows_of(steps: Sequence[TokenStep], alternatives: str, nothing: str) -> list[TokenRow]:
    """The rows of `steps`.

    `alternatives` is the template "or {others}", `nothing` the name of the end of text.
    """
    rows = []
    for step in steps:
        others = " · ".join(f"{_piece(text, nothing)} {percent(math.exp(p))}" for text, p in step.runners_up)
        said = alternatives.format(others=others) if others else ""
        probability = None if step.logprob is None else math.exp(step.logprob)
        rows.append(TokenRow(_piece(step.text, nothing), probability, said))
    return rows


def percent(probability: float | None) -> str:
    """A probability as a percentage, with a decimal place where it is small; "?" where it is unknown."""
    if probability is None:
        return "?"
    if 0 < probability < 0.001:
        return "<0.1%"
    return f"{probability:.0%}" if probability >= 0.0995 else f"{probability:.1%}"


def _piece(text: bytes, nothing: str) -> str:
    """The text of a token, or the hex bytes of a partial character."""
    if not text:
        return nothing
    try:
        shown = text.decode()
    except UnicodeDecodeError:
        return f"‹{text.hex(' ')}›"
    return "".join("⏎" if c == "\n" else c if c.isprintable() else "·" for c in shown).strip(" ") or "␣"


class TokenModel(QAbstractListModel):
    """A list model of an explanation's tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[TokenRow] = []

    def show(self, rows: list[TokenRow]) -> None:
        """Set the rows."""
        if rows != self.rows:
            self.beginResetModel()
            self.rows = rows
            self.endResetModel()

    def rowCount(self, parent: _Index = _NO_PARENT) -> int:
        """The number of tokens."""
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The text, accessible text, tooltip or row of a token."""
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{row.text}, {percent(row.probability)}; {row.others}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(row.others)
        return row if role == _ROW else None


class TokenDelegate(QStyledItemDelegate):
    """A delegate that paints a token, its percentage, a bar of that length, and its runners-up."""

    def sizeHint(self, option: QStyleOptionViewItem, _index: _Index) -> QSize:
        """The height of two lines and the bar."""
        return QSize(0, 2 * option.fontMetrics.height() + _BAR + 16)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Paint a row."""
        row: TokenRow = index.data(_ROW)
        palette, height = option.palette, option.fontMetrics.height()
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(palette.color(QPalette.ColorRole.Highlight))
            painter.drawRoundedRect(QRectF(option.rect.adjusted(0, 1, 0, -1)), 6, 6)
        ink = palette.color(QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text)
        muted = ink if selected else palette.color(QPalette.ColorRole.PlaceholderText)
        line = QRect(option.rect).adjusted(_EDGE, 5, -_EDGE, 0)
        line.setHeight(height)
        painter.setPen(ink)
        _write(painter, line.adjusted(0, 0, -_PERCENT_WIDTH, 0), row.text)
        painter.drawText(line, Qt.AlignmentFlag.AlignRight, percent(row.probability))
        self._bar(painter, QRectF(line.left(), line.bottom() + 2, line.width(), _BAR), row, palette)
        painter.setPen(muted)
        _write(painter, line.translated(0, height + _BAR + 3), row.others)
        painter.restore()

    def _bar(self, painter: QPainter, track: QRectF, row: TokenRow, palette: QPalette) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        rest = QColor(palette.color(QPalette.ColorRole.Mid))
        rest.setAlphaF(0.25)
        for colour, width in (
            (rest, track.width()),
            (palette.color(QPalette.ColorRole.Accent), self._length(track, row)),
        ):
            painter.setBrush(colour)
            painter.drawRoundedRect(QRectF(track.topLeft(), QSize(int(width), _BAR)), 1.5, 1.5)

    def _length(self, track: QRectF, row: TokenRow) -> float:
        return max(2.0, track.width() * row.probability) if row.probability is not None else 0.0


def _write(painter: QPainter, line: QRect, text: str) -> None:
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, line.width())
    painter.drawText(line, Qt.AlignmentFlag.AlignLeft, shown)


class TokenList(QListView):
    """The list of tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("insightList")
        self.steps = TokenModel()
        self.setModel(self.steps)
        self.setItemDelegate(TokenDelegate(self))
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)

    def whole_height(self) -> int:
        """The height of all rows in pixels."""
        return sum(self.sizeHintForRow(row) for row in range(len(self.steps.rows))) + 2

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ignore letters, which QListView would search for."""
        if event.text().isprintable() and event.text():
            event.ignore()
        else:
            super().keyPressEvent(event)
