"""From a model folder to an engine: makes the graph once, keeps it beside the model, chooses the device."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import tempfile
from pathlib import Path

from writer.engine.architecture import Architecture, read_architecture
from writer.engine.graph import Precision, build_graph
from writer.engine.local import LocalEngine
from writer.engine.prompt import Prompter
from writer.engine.protocol import Engine, EngineError
from writer.engine.tokens import load_vocabulary
from writer.engine.weights import Weights, weight_files
from writer.models import manifest as manifests
from writer.models.manifest import ModelError

log = logging.getLogger(__name__)

GRAPH_VERSION = 1
"""Raised whenever the same model would give another graph."""

CONTEXT_TOKENS = 640
"""Tokens that the model reads at the most; more cost memory and time, and help little."""

ROOM = 128
"""Tokens kept free behind the context for what is generated."""

_KEPT = ".writer"


def load(folder: Path, device: str = "auto", *, threads: int = 0, precision: Precision = "int8") -> Engine:
    """Load the model in `folder`. Raises EngineError with a sentence for the user.

    `device` is "auto", "cpu", "cuda" or "mps". `threads` 0 chooses by the machine.
    """
    vocabulary = load_vocabulary(folder)
    shape = read_architecture(folder)
    weights = Weights(folder)
    graph = ensure_graph(folder, shape, weights, precision)
    from writer.engine.cpu import CpuDecoder

    capacity = min(shape.positions, CONTEXT_TOKENS + ROOM)
    decoder = CpuDecoder(
        folder.name, shape, weights, graph, threads=threads or default_threads(), capacity=capacity
    )
    limit = capacity - ROOM if capacity > 2 * ROOM else capacity // 2
    prompter = Prompter(vocabulary, limit, _prefix(folder))
    return LocalEngine(decoder, vocabulary, prompter, f"{precision} on the processor, {device} asked")


def default_threads() -> int:
    """Two threads saturate the memory of most machines; a machine of one core gets one."""
    return max(1, min(4, (os.cpu_count() or 1)))


def _prefix(folder: Path) -> str:
    """The token that the model's manifest wants in front of prose."""
    try:
        manifest = manifests.read(folder)
    except ModelError as error:
        raise EngineError(str(error)) from error
    return manifest.prefix if manifest is not None else ""


def ensure_graph(folder: Path, shape: Architecture, weights: Weights, precision: Precision) -> Path:
    """The graph for `folder`, built now where it is missing or the model has changed.

    Built in a folder of its own and moved into place, so that a killed build leaves nothing half.
    """
    key = fingerprint(folder, precision)
    place = _kept(folder) / f"{precision}-{key}"
    graph = place / "decoder.onnx"
    if graph.is_file():
        return graph
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(dir=place.parent, prefix="building-"))
    except OSError as error:
        raise EngineError(f"The model cannot be prepared in {place.parent}: {error.strerror}.") from error
    try:
        build_graph(shape, weights, precision, building / graph.name)
        os.replace(building, place)
    except OSError as error:
        if not graph.is_file():
            raise EngineError(
                f"The model cannot be prepared in {place.parent}: {error.strerror}. Free some space."
            ) from error
    finally:
        shutil.rmtree(building, ignore_errors=True)
    _drop_others(place, precision)
    return graph


def fingerprint(folder: Path, precision: str) -> str:
    """A short hash of what a graph is built from: the config, the weights' sizes, times and samples."""
    digest = hashlib.sha256(f"{GRAPH_VERSION} {precision}".encode())
    digest.update((folder / "config.json").read_bytes())
    for file in weight_files(folder):
        status = file.stat()
        digest.update(f"{file.name} {status.st_size} {status.st_mtime_ns}".encode())
        with file.open("rb") as stream:
            for place in range(0, status.st_size, max(1, status.st_size // 32)):
                stream.seek(place)
                digest.update(stream.read(4096))
    return digest.hexdigest()[:16]


def _kept(folder: Path) -> Path:
    """Beside the model where that can be written, else in the cache."""
    if os.access(folder, os.W_OK):
        return folder / _KEPT
    from writer.paths import cache_dir

    return cache_dir() / "graphs" / hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]


def _drop_others(place: Path, precision: str) -> None:
    """Remove graphs of an earlier state of the model and what killed builds left."""
    for other in place.parent.iterdir():
        stale = other.name.startswith(f"{precision}-") and other != place
        if stale or (other.name.startswith("building-") and other.is_dir()):
            shutil.rmtree(other, ignore_errors=True)
