"""Sessions of ONNX Runtime with the graphs of `onnx_graphs`, which are compared with their checksums."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort

from writer.engine.onnx_graphs.checksums import GraphCheck
from writer.engine.onnx_graphs.graph_files import PROBE_SIZE
from writer.engine.protocol import MachineError

_SPIN_MICROSECONDS = "1500"
"""Microseconds that a thread spins after a pass: long enough for the next pass, not for the next key."""

_BLOCK_BASE = "4"
"""Work is distributed in small blocks, so that the other threads need not wait for one on a busy core."""


class GraphError(MachineError):
    """A graph file is damaged; building it again helps."""


def products_overflow(probe: Path) -> bool:
    """Whether products of unsigned and signed bytes overflow on this CPU, as on x86 without VNNI.

    `probe` is the file of the probe graph.
    """
    session = open_session(probe, 1, prepacked=False)
    for largest, expected in ((255, 127), (0, -128)):
        rows = np.full((PROBE_SIZE, PROBE_SIZE), largest, np.uint8)
        if (session.run(None, {"bytes": rows})[0] != PROBE_SIZE * 127 * expected).any():
            return True
    return False


def open_session(
    graph: Path,
    threads: int,
    prepacked: bool = True,
    unsigned: bool = False,
    check: bool = True,
    on_opening: Callable[[], None] = lambda: None,
) -> Any:
    """A session of the graph with `threads` threads. Raises GraphError where the graph is damaged.

    `prepacked` weights are copied into the layout of the kernels; others stay memory-mapped. `unsigned` turns
    signed bytes into unsigned ones, which are slower to multiply and never overflow. The files are compared
    with their checksums meanwhile, unless `check` is false. `on_opening` is called just before the library
    opens it, which takes most of the time and leaves the interpreter to other threads.
    """
    ort.disable_telemetry_events()
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.spin_duration_us", _SPIN_MICROSECONDS)
    options.add_session_config_entry("session.dynamic_block_base", _BLOCK_BASE)
    options.enable_mem_pattern = False
    if unsigned:
        options.add_session_config_entry("session.x64quantprecision", "1")
    if not prepacked:
        options.add_session_config_entry("session.disable_prepacking", "1")
    options.log_severity_level = 3
    comparison = GraphCheck(graph) if check else None
    if comparison is not None and not comparison.opens:
        raise GraphError("{error}", error="a checksum differs")
    on_opening()
    try:
        session = ort.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the library's exceptions have no common class
        raise GraphError("{error}", error=error) from error
    if comparison is not None and not comparison.result():
        raise GraphError("{error}", error="a checksum differs")
    return session
