"""The picture of growth: measured points as lines, predictions dashed, as SVG for light and dark pages.

Both axes are logarithmic. A media query chooses the colours, as browsers show the pictures of README.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

Row = dict[str, Any]
Points = list[tuple[float, float]]

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 340, 240, 52, 54, 40
_STYLE = """<style>
svg { font: 12px sans-serif; fill: #24292f; }
.grid { stroke: #d0d7de; } .axis { font-size: 11px; fill: #57606a; }
.a { stroke: #0b6bcb; } .b { stroke: #b3371f; } .c { stroke: #1a7f37; }
.a, .b, .c { fill: none; stroke-width: 2; } .predicted { stroke-dasharray: 5 4; stroke-width: 1.5; }
text.a, text.b, text.c { stroke: none; } text.a { fill: #0b6bcb; } text.b { fill: #b3371f; }
text.c { fill: #1a7f37; }
@media (prefers-color-scheme: dark) {
svg { fill: #e6edf3; } .grid { stroke: #3d444d; } .axis { fill: #9198a1; }
.a { stroke: #58a6ff; } .b { stroke: #ff9b80; } .c { stroke: #56d364; }
text.a { fill: #58a6ff; } text.b { fill: #ff9b80; } text.c { fill: #56d364; }
}
</style>"""


@dataclass(frozen=True)
class Line:
    """A line of a panel: its name, its points, and those that were predicted."""

    name: str
    points: Points
    predicted: Points


def draw(result: Row) -> str:
    """The picture: a panel each for texts, their memory, windows, models and threads that were measured."""
    rows = result["rows"]
    panels = [("size of the text, bytes", _text_lines(rows)), ("the same: memory, MB", _memory_lines(rows))]
    for part, key, title in (
        ("windows", "window", "window, tokens"),
        ("models", "parameters", "weights of the model"),
        ("threads", "threads", "threads"),
    ):
        panels.append((title, _model_lines([row for row in rows if row["part"] == part], key)))
    panels = [(title, lines) for title, lines in panels if lines]
    width, height = _WIDTH * 2, _HEIGHT * math.ceil(len(panels) / 2) + 24
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}">',
        _STYLE,
    ]
    for number, (title, lines) in enumerate(panels):
        place = f"translate({number % 2 * _WIDTH} {number // 2 * _HEIGHT})"
        parts += [f'<g transform="{place}">', *_panel(title, lines), "</g>"]
    note = f"milliseconds, and MB; dashed: what the arithmetic predicts. {result['machine']}"
    parts.append(f'<text class="axis" x="{_LEFT}" y="{height - 8}">{escape(note)}</text>')
    return "\n".join([*parts, "</svg>\n"])


def _text_lines(rows: Sequence[Row]) -> list[Line]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        if row["part"] == "texts" and "median_ms" in row:
            found.setdefault(row["workload"].rpartition(", ")[0], []).append(row)
    return [_text_line(name, group, "median_ms", "predicted_ms") for name, group in found.items()]


def _memory_lines(rows: Sequence[Row]) -> list[Line]:
    group = [row for row in rows if row["part"] == "texts" and "mb" in row]
    return [_text_line("memory of the window", group, "mb", "predicted_mb")] if group else []


def _text_line(name: str, rows: Sequence[Row], measured: str, predicted: str) -> Line:
    """The figures of one kind over the sizes of the texts."""
    points, dashed = ([(_size(row), row[key]) for row in rows] for key in (measured, predicted))
    return Line(name, sorted(points), sorted(dashed))


def _size(row: Row) -> float:
    """The bytes of the text in a row of a text."""
    number, unit = row["workload"].rpartition(", ")[2].split()
    return float(number) * {"kB": 1e3, "MB": 1e6}[unit]


def _model_lines(rows: Sequence[Row], key: str) -> list[Line]:
    lines = []
    for name, label in (("warm", "next token"), ("cold", "cold window")):
        points = [[(row[key], row[f"{name}{kind}_ms"]) for row in rows] for kind in ("", "_predicted")]
        lines.append(Line(label, sorted(points[0]), sorted(points[1])))
    return lines if rows else []


class _Scale:
    """Places of values in a panel, on logarithmic axes over all of its lines."""

    def __init__(self, lines: Sequence[Line]) -> None:
        every = [point for line in lines for point in (*line.points, *line.predicted)]
        self.xs = sorted({x for x, _ in every})
        self._across = math.log(self.xs[-1] / self.xs[0]) or 1.0
        logs = [math.log10(y) for _, y in every]
        self.powers = range(math.floor(min(logs)), math.ceil(max(logs)) + 1)

    def x(self, value: float) -> float:
        """The distance from the left."""
        return _LEFT + math.log(value / self.xs[0]) / self._across * (_WIDTH - _LEFT - 20)

    def y(self, value: float) -> float:
        """The distance from the top."""
        share = (math.log10(value) - self.powers[0]) / max(1, self.powers[-1] - self.powers[0])
        return _HEIGHT - _BOTTOM - share * (_HEIGHT - _BOTTOM - _TOP)


def _panel(title: str, lines: Sequence[Line]) -> list[str]:
    scale = _Scale(lines)
    parts = [*_axes(scale), f'<text x="{_LEFT}" y="{_HEIGHT - 8}">{escape(title)}</text>']
    for number, (line, kind) in enumerate(zip(lines, "abc", strict=False)):
        parts.append(f'<text class="{kind}" x="{_LEFT}" y="{14 + 13 * number}">{escape(line.name)}</text>')
        for points, style in ((line.points, kind), (line.predicted, f"{kind} predicted")):
            if points:
                places = " ".join(f"{scale.x(x):.1f},{scale.y(y):.1f}" for x, y in points)
                parts.append(f'<polyline class="{style}" points="{places}"/>')
    return parts


def _axes(scale: _Scale) -> list[str]:
    parts = []
    for power in scale.powers:
        y = scale.y(10.0**power)
        parts += [
            f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - 20}" y1="{y:.1f}" y2="{y:.1f}"/>',
            f'<text class="axis" x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:g}</text>',
        ]
    for value in scale.xs:
        place = f'x="{scale.x(value):.1f}" y="{_HEIGHT - _BOTTOM + 15}" text-anchor="middle"'
        parts.append(f'<text class="axis" {place}>{_short(value)}</text>')
    return parts


def _short(number: float) -> str:
    if number >= 1e6:
        return f"{number / 1e6:.0f} M"
    return f"{number / 1e3:.0f} k" if number >= 1e4 else f"{number:.0f}"
