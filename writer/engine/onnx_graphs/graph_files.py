"""The file names of a model's ONNX graphs, and the precision of their weights."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

Precision = Literal["int8", "float32"]
"""The precision of a graph's weights: int8 for use, float32 as the reference."""

PROBE_SIZE = 64
"""Rows and columns of the weights in the probe graph."""


def weights_file(graph: Path) -> Path:
    """The file with the large weights of the file `graph`."""
    return graph.with_name(graph.name + ".bin")


def prefill_graph(graph: Path) -> Path:
    """The file of the prefill graph beside the decoder graph `graph`; there is none for float32."""
    return graph.with_name("reading.onnx")


def probe_graph(prefill: Path) -> Path:
    """The file of the probe graph beside the prefill graph, which tests this CPU for overflow."""
    return prefill.with_name("probe.onnx")
