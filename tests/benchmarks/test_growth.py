"""The arithmetic behind the table of growth, and its picture."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from tests.benchmarks import growth, growth_picture
from tests.benchmarks.growth_case import SHAPES, machine


def test_the_shapes_are_those_of_real_models() -> None:
    millions = {shape.name: shape.parameters / 1e6 for shape in SHAPES}
    assert millions["SmolLM2 135M"] == pytest.approx(134.515008)
    assert millions["SmolLM2 360M"] == pytest.approx(361.821120)
    assert min(millions.values()) < 30
    assert max(millions.values()) == pytest.approx(596, abs=1)


def test_what_is_predicted_grows_with_the_window() -> None:
    shape = SHAPES[1]
    assert shape.cached_bytes(1024) == 2 * 4 * 30 * 3 * 64 * 1024
    assert 2 < shape.products(2048) / shape.products(1024) < 3


def test_the_machine_reads_and_multiplies() -> None:
    able = machine(1)
    assert able["bytes_per_s"] > 1e8
    assert able["products_per_s"] > 1e8


def test_a_key_is_predicted_the_same_in_every_text_and_the_text_takes_its_characters() -> None:
    measured: list[dict[str, Any]] = [
        {"workload": f"{kind}, {size}", "median_ms": took}
        for size, took in (("1 kB", 9.0), ("10 kB", 5.0), ("1 MB", 6.0))
        for kind in ("key to whole answer", "key to paint")
    ]
    for row, mb in zip(measured[1::2], (300.0, 402.0, 403.0), strict=True):
        row["mb"] = mb
    rows = {row["workload"]: row for row in growth.text_rows(measured)}
    assert {row["predicted_ms"] for row in rows.values()} == {6.0}
    first, last = (rows[f"key to paint, {size}"]["predicted_mb"] for size in ("1 kB", "1 MB"))
    assert last - first == pytest.approx(999_000 * 2 / 2**20)
    assert 400 < first < 402


def test_the_picture_has_a_line_for_each_figure_and_its_prediction() -> None:
    figures = {"warm_ms": 9.0, "warm_predicted_ms": 6.0, "cold_ms": 400.0, "cold_predicted_ms": 300.0}
    rows: list[dict[str, Any]] = [
        {"part": "windows", "model": "m", "window": n, "threads": 2, "peak_mb": 300.0, **figures}
        for n in (128, 4096)
    ]
    texts = [
        {"workload": f"key to paint, {size}", "median_ms": 5.0, "mb": 400.0} for size in ("1 kB", "10 MB")
    ]
    rows += growth.text_rows(texts)
    result = {"machine": "here <2 cores>", "rows": rows}
    picture = ElementTree.fromstring(growth_picture.draw(result))
    lines = [node.get("class") for node in picture.iter() if node.tag.endswith("polyline")]
    assert sorted(lines) == ["a", "a", "a", *["a predicted"] * 3, "b", "b predicted"]
    assert "windows: m, window 4096, threads 2" in growth.table(result)
