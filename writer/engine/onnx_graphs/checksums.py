"""CRC-32 checksums of graph files: ONNX Runtime runs a graph with a flipped bit without a word.

They are written once the files are built, into a JSON file beside them. A graph of an earlier version has
none, and counts as whole. A check takes 0.3 ms per megabyte that is in the system's memory.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path

from writer.base import atomic_file
from writer.base.typed_data import DamagedError, read_json_file
from writer.engine.onnx_graphs.graph_files import weights_file

FILE_NAME = "checksums.json"
_LIMIT = 1 << 16
_CHUNK = 1 << 20

CHECKED = "checked.json"
"""The file that says which large files were found to be whole, and when."""

TRUSTED_SECONDS = 24 * 3600
"""The time for which a file that nobody wrote to counts as whole, as reading it takes a tenth of a second."""

_WRITING = threading.Lock()


@dataclass(frozen=True, slots=True)
class _Checked:
    """When a file was found to be whole, in seconds since 1970, and what it was: size, times, inode."""

    when: float
    identity: tuple[int, ...]


def write_checksums(folder: Path) -> None:
    """Write the checksums of all files of a folder. Raises OSError."""
    sums = {file.name: _crc32(file) for file in folder.iterdir()}
    atomic_file.replace(folder / FILE_NAME, json.dumps(sums).encode(), sync=False)


class GraphCheck:
    """A comparison of a graph's files with their checksums, of which the large one runs in a thread.

    What is in `graph` is compared when this is made, its weights until `result` is asked for: they are only
    multiplied, while a damaged graph may do anything when it is opened. Weights that nobody wrote to are
    compared once a day.
    """

    def __init__(self, graph: Path) -> None:
        self._sums = _read(graph.with_name(FILE_NAME))
        self._whole = self._fits(graph)
        self._checked = graph.with_name(CHECKED)
        self._thread = threading.Thread(target=self._check_weights, args=(graph,), name="checksums")
        if self._whole and not self._was_whole(weights_file(graph)):
            self._thread.start()

    @property
    def opens(self) -> bool:
        """Whether the graph itself is what was written."""
        return self._whole

    def result(self) -> bool:
        """Whether the graph and its weights are what was written; waits for the thread."""
        if self._thread.ident is not None:
            self._thread.join()
        return self._whole

    def _check_weights(self, graph: Path) -> None:
        file = weights_file(graph)
        before = _identity(file)
        self._whole = self._fits(file)
        if self._whole and before is not None:
            with _WRITING:  # both graphs are checked at once, and neither forgets the other
                told = _read_checked(self._checked) | {file.name: _Checked(time.time(), before)}
                content = json.dumps({name: asdict(one) for name, one in told.items()}).encode()
                with contextlib.suppress(OSError):
                    atomic_file.replace(self._checked, content, sync=False)

    def _was_whole(self, file: Path) -> bool:
        """Whether these weights were found to be whole not long ago."""
        last = _read_checked(self._checked).get(file.name)
        return (
            last is not None
            and 0 <= time.time() - last.when < TRUSTED_SECONDS
            and last.identity == _identity(file)
        )

    def _fits(self, file: Path) -> bool:
        if self._sums is None or (file.name not in self._sums and not file.exists()):
            return True
        try:
            return _crc32(file) == self._sums.get(file.name)
        except OSError:
            return False


def _read(checksums: Path) -> dict[str, int] | None:
    """The checksums by the names of the files; None where an earlier version wrote none."""
    try:
        return read_json_file(checksums, dict[str, int], _LIMIT)
    except FileNotFoundError:
        return None
    except (OSError, DamagedError):
        return {}


def _read_checked(file: Path) -> dict[str, _Checked]:
    """What the file says; nothing where it is missing or damaged."""
    try:
        return read_json_file(file, dict[str, _Checked], _LIMIT)
    except (OSError, DamagedError):
        return {}


def _identity(file: Path) -> tuple[int, ...] | None:
    """What changes where a file is written or replaced; None where there is none."""
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def _crc32(file: Path) -> int:
    value = 0
    with file.open("rb") as stream:
        while piece := stream.read(_CHUNK):
            value = zlib.crc32(piece, value)
    return value
