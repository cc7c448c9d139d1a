"""A precision/coverage plot of suggestions as SVG, drawn without a plotting library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from writer.evaluation.figure_names import NAMES
from writer.evaluation.simulated_typist import ReplayStep

_WIDTH, _HEIGHT, _LEFT, _TOP, _RIGHT, _BOTTOM = 640, 420, 64, 40, 24, 56
_BINS = 40


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """A named point of the plot; coverage and precision are between 0 and 1."""

    name: str
    coverage: float
    precision: float


def precision_coverage_curve(steps: Sequence[ReplayStep], bins: int = _BINS) -> list[CurvePoint]:
    """Precision and coverage at `bins` thresholds of confidence; the replay had no gate."""
    shown = sorted((s for s in steps if s.shown), key=lambda s: -s.confidence)
    points, correct = [], 0
    marks = {round(len(shown) * (i + 1) / bins) for i in range(bins)} - {0}
    for count, step in enumerate(shown, 1):
        correct += step.correct
        if count in marks:
            points.append(CurvePoint(f"{step.confidence:.2f}", count / len(steps), correct / count))
    return points


def draw_curve(curve: Sequence[CurvePoint], levels: Sequence[CurvePoint], title: str) -> str:
    """The plot as SVG: the curve, and the points of `levels` with their names."""
    line = " ".join(f"{_x(p.coverage):.1f},{_y(p.precision):.1f}" for p in curve)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}" '
            f'viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" font-size="12">',
            f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
            f'<text x="{_LEFT}" y="24" font-size="14">{escape(title)}</text>',
            *_grid(),
            f'<polyline points="{line}" fill="none" stroke="#1f6feb" stroke-width="2"/>',
            *[mark for point in levels for mark in _marker(point)],
            "</svg>\n",
        ]
    )


def _grid() -> list[str]:
    parts = []
    for tenth in range(0, 11, 2):
        share = tenth / 10
        x, y = _x(share), _y(share)
        parts += [
            f'<line x1="{_x(0):.1f}" x2="{_x(1):.1f}" y1="{y:.1f}" y2="{y:.1f}" stroke="#d0d7de"/>',
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_y(0):.1f}" y2="{_y(1):.1f}" stroke="#d0d7de"/>',
            f'<text x="{_x(0) - 8:.1f}" y="{y + 4:.1f}" text-anchor="end">{tenth * 10} %</text>',
            f'<text x="{x:.1f}" y="{_y(0) + 18:.1f}" text-anchor="middle">{tenth * 10} %</text>',
        ]
    parts.append(
        f'<text x="{_x(0.5):.1f}" y="{_HEIGHT - 12}" text-anchor="middle">{NAMES["coverage"]}</text>'
    )
    middle = _y(0.5)
    parts.append(
        f'<text x="16" y="{middle:.1f}" text-anchor="middle" transform="rotate(-90 16 {middle:.1f})">'
        f"{NAMES['precision']}</text>"
    )
    return parts


def _marker(point: CurvePoint) -> list[str]:
    x, y = _x(point.coverage), _y(point.precision)
    return [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#bf3989"/>',
        f'<text x="{x + 8:.1f}" y="{y - 6:.1f}">{escape(point.name)}</text>',
    ]


def _x(share: float) -> float:
    return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)


def _y(share: float) -> float:
    return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)
