"""CRC-32 checksums of graph files: ONNX Runtime runs a graph with a flipped bit without a word.

They are written once the files are built, into a JSON file beside them. A graph of an earlier version has
none, and counts as whole. A check takes 0.3 ms per megabyte that is in the system's memory.
"""

from __future__ import annotations

import json
import zlib
from pathlib import Path

from writer.base import atomic_file
from writer.base.typed_data import DamagedError, read_json_file
from writer.engine.onnx_graphs.graph_files import weights_file

FILE_NAME = "checksums.json"
_LIMIT = 1 << 16
_CHUNK = 1 << 20


def write_checksums(folder: Path) -> None:
    """Write the checksums of all files of a folder. Raises OSError."""
    sums = {file.name: _crc32(file) for file in folder.iterdir()}
    atomic_file.replace(folder / FILE_NAME, json.dumps(sums).encode(), sync=False)


def is_whole(graph: Path) -> bool:
    """Whether a graph file, and the weights beside it, are what was written."""
    checksums = graph.with_name(FILE_NAME)
    try:
        if not checksums.exists():
            return True
        sums = read_json_file(checksums, dict[str, int], _LIMIT)
        files = [file for file in (graph, weights_file(graph)) if file.name in sums or file.exists()]
        return all(_crc32(file) == sums.get(file.name) for file in files)
    except (OSError, DamagedError):
        return False


def _crc32(file: Path) -> int:
    value = 0
    with file.open("rb") as stream:
        while piece := stream.read(_CHUNK):
            value = zlib.crc32(piece, value)
    return value
