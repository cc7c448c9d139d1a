"""A plot of training and held-out losses."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from writer.app.training.training_state import LossPoint, TrainingState
from writer.ui.common.translation import Retranslated

_TOP, _BOTTOM, _LEFT = 22.0, 20.0, 40.0
_DOT = 3.0


class LossPlot(Retranslated, QWidget):
    """A plot of losses in nats per token over optimizer steps."""

    def __init__(self) -> None:
        super().__init__()
        self._state = TrainingState()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.retranslate()

    def show_training(self, state: TrainingState) -> None:
        """Show the losses of a training."""
        if (state.training_losses, state.held_out_losses) != (
            self._state.training_losses,
            self._state.held_out_losses,
        ):
            self._state = state
            self.retranslate()

    def retranslate(self) -> None:
        """See `Retranslated`."""
        learned, held_out = (
            [p.loss for p in points] for points in (self._state.training_losses, self._state.held_out_losses)
        )
        text = self.tr(
            "How far it is off while it learns: {learned}; on texts that were kept aside: "
            "{held_out} (low is good)"
        )
        self.setAccessibleName(
            text.format(learned=_first_and_last(learned), held_out=_first_and_last(held_out))
        )
        self.update()

    def sizeHint(self) -> QSize:
        """A wide rectangle."""
        return QSize(400, 150)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint axes, legend, and the lines."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        muted, accent = palette.color(QPalette.ColorRole.Mid), palette.color(QPalette.ColorRole.Accent)
        area = QRectF(self.rect()).adjusted(_LEFT, _TOP, -_DOT, -_BOTTOM)
        painter.setPen(palette.color(QPalette.ColorRole.Dark))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        self._draw_legend(painter, ((self.tr("learned"), muted), (self.tr("kept aside"), accent)))
        points = (*self._state.training_losses, *self._state.held_out_losses)
        if not points:
            return
        scale = _Scale(area, points, self._state.total)
        self._draw_numbers(painter, scale)
        _draw_line(painter, [scale.point_of(p) for p in self._state.training_losses], muted, dots=False)
        _draw_line(painter, [scale.point_of(p) for p in self._state.held_out_losses], accent, dots=True)

    def _draw_legend(self, painter: QPainter, entries: Sequence[tuple[str, QColor]]) -> None:
        x, metrics = _LEFT, self.fontMetrics()
        for text, colour in entries:
            painter.setPen(QPen(colour, 2))
            painter.drawLine(QPointF(x, _TOP / 2 - 2), QPointF(x + 16, _TOP / 2 - 2))
            painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
            width = metrics.horizontalAdvance(text) + 4
            painter.drawText(QRectF(x + 22, 0, width, _TOP - 4), Qt.AlignmentFlag.AlignVCenter, text)
            x += 22 + width + 20

    def _draw_numbers(self, painter: QPainter, scale: _Scale) -> None:
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        area, locale = scale.area, self.locale()
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for value, y in ((scale.maximum, area.top()), (scale.minimum, area.bottom())):
            box = QRectF(0, y - 10, _LEFT - 6, 20)
            painter.drawText(box, right, locale.toString(value, "f", 2))
        box = QRectF(area.left(), area.bottom() + 2, area.width(), _BOTTOM - 2)
        painter.drawText(box, Qt.AlignmentFlag.AlignRight, self.tr("step {step}").format(step=scale.steps))


class _Scale:
    """The mapping of losses and steps to points in `area`, with a margin of 5 % above and below."""

    def __init__(self, area: QRectF, points: Sequence[LossPoint], steps: int) -> None:
        self.area = area
        losses = [point.loss for point in points]
        margin = 0.05 * (max(losses) - min(losses)) or 0.05
        self.minimum, self.maximum = min(losses) - margin, max(losses) + margin
        self.steps = max(1, steps, *(point.step for point in points))

    def point_of(self, point: LossPoint) -> QPointF:
        across = self.area.width() * point.step / self.steps
        up = self.area.height() * (point.loss - self.minimum) / (self.maximum - self.minimum)
        return QPointF(self.area.left() + across, self.area.bottom() - up)


def _draw_line(painter: QPainter, points: list[QPointF], colour: QColor, dots: bool) -> None:
    painter.setPen(QPen(colour, 2))
    painter.drawPolyline(points)
    if dots or len(points) == 1:
        painter.setBrush(colour)
        for point in points:
            painter.drawEllipse(point, _DOT, _DOT)


def _first_and_last(losses: list[float]) -> str:
    return f"{losses[0]:.2f} → {losses[-1]:.2f}" if losses else "–"
