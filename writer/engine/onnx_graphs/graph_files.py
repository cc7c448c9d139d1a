"""The files of a model's graphs, and how their weights are kept."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

Precision = Literal["int8", "float32"]
"""How a graph keeps its weights: int8 is for writing, float32 the reference."""

PROBED = 64
"""Rows and columns of the weights in the graph that `probe_graph` names."""


def prefill_graph(graph: Path) -> Path:
    """The file of the graph that reads many tokens at once; there is none in float32."""
    return graph.with_name("reading.onnx")


def probe_graph(reading: Path) -> Path:
    """The file beside it of a graph that shows whether this processor reads it rightly."""
    return reading.with_name("probe.onnx")
