"""The page Statistics: usage numbers, and a plot of the keystrokes saved a day."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from writer.app.suggestions.usage_statistics import Day, UsageStatistics
from writer.ui.common.translation import Retranslated
from writer.ui.common.widgets import Label

DAYS = 30
ROWS = 5
_BAR_RADIUS = 2


class StatisticsBox(Retranslated, QWidget):
    """A view of `statistics`, with a button to clear them."""

    def __init__(self, statistics: UsageStatistics) -> None:
        super().__init__()
        self._statistics = statistics
        self.plot = Plot()
        self.clear = QPushButton(autoDefault=False)
        self.clear.clicked.connect(statistics.clear)
        self._heads = [Label() for _ in range(3)]
        self._names = [Label() for _ in range(ROWS + 1)]
        self.numbers = [[Label(), Label()] for _ in range(ROWS)]
        self._lay_out()
        statistics.changed.connect(self.refresh)
        self.retranslate()

    def refresh(self) -> None:
        """Update the numbers."""
        days = (self._statistics.day(), self._statistics.total())
        for column, day in enumerate(days):
            for row, text in enumerate(self._texts(day)):
                self.numbers[row][column].setText(text)
        self.plot.show_values([self._statistics.day(back).saved for back in reversed(range(DAYS))])
        self.clear.setEnabled(bool(self._statistics.days))
        summary = self.tr("Keystrokes saved: {today} today, {total} in all")
        self.plot.setAccessibleName(summary.format(today=days[0].saved, total=days[1].saved))

    def retranslate(self) -> None:
        """See `Retranslated`."""
        for label, text in zip(self._heads, ("", self.tr("Today"), self.tr("In all")), strict=True):
            label.setText(text)
        names = (
            self.tr("Keystrokes saved"),
            self.tr("Suggestions accepted"),
            self.tr("Mean wait for a suggestion"),
            self.tr("Of what was taken, still there when saved"),
            self.tr("Of that, still there a day later"),
            self.tr("Keystrokes saved on the last {days} days").format(days=DAYS),
        )
        for label, text in zip(self._names, names, strict=True):
            label.setText(text)
        self.clear.setText(self.tr("Clear statistics"))
        self.refresh()

    def _texts(self, day: Day) -> tuple[str, ...]:
        locale = self.locale()
        rate = self._percent(day.rate)
        accepted = self.tr("{accepted} of {shown} ({rate})").format(
            accepted=locale.toString(day.accepted), shown=locale.toString(day.shown), rate=rate
        )
        wait = "–" if day.latency is None else self.tr("{ms} ms").format(ms=round(day.latency))
        kept, later = self._percent(day.kept_share), self._percent(day.kept_later_share)
        return locale.toString(day.saved), accepted if day.shown else "–", wait, kept, later

    def _percent(self, share: float | None) -> str:
        return "–" if share is None else f"{self.locale().toString(100 * share, 'f', 0)} %"

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(28)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(0, 1)
        for number, label in enumerate(self._heads):
            label.setProperty("tone", "muted")
            grid.addWidget(label, 0, number, Qt.AlignmentFlag.AlignRight)
        for row in range(ROWS):
            grid.addWidget(self._names[row], row + 1, 0)
            for number, label in enumerate(self.numbers[row], start=1):
                grid.addWidget(label, row + 1, number, Qt.AlignmentFlag.AlignRight)
        self._names[ROWS].setProperty("tone", "muted")
        buttons = QHBoxLayout()
        buttons.addWidget(self.clear)
        buttons.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 10)
        column.setSpacing(10)
        column.addLayout(grid)
        column.addSpacing(8)
        column.addWidget(self._names[ROWS])
        column.addWidget(self.plot)
        column.addLayout(buttons)


class Plot(QWidget):
    """A bar chart of one value a day; the maximum fills the height and is shown at the left."""

    def __init__(self) -> None:
        super().__init__()
        self._values: list[int] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_values(self, values: list[int]) -> None:
        """Set the values, oldest first."""
        self._values = values
        self.update()

    def sizeHint(self) -> QSize:
        """A wide rectangle."""
        return QSize(400, 110)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the bars and the base line."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        highest = max(self._values, default=0)
        area = QRectF(self.rect()).adjusted(0, 18, 0, -1)
        painter.setPen(palette.color(QPalette.ColorRole.Dark))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        if not highest:
            return
        painter.setPen(palette.color(QPalette.ColorRole.WindowText))
        painter.drawText(
            QRectF(0, 0, area.width(), 16), Qt.AlignmentFlag.AlignLeft, self.locale().toString(highest)
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.color(QPalette.ColorRole.Accent))
        step = area.width() / len(self._values)
        for index, value in enumerate(self._values):
            height = area.height() * value / highest
            if value:
                bar = QRectF(area.left() + index * step + 1, area.bottom() - height, step - 3, height)
                painter.drawRoundedRect(bar, _BAR_RADIUS, _BAR_RADIUS)
