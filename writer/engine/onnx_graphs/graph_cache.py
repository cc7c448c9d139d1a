"""A cache of ONNX graphs in the model's folder for derived files, keyed by a fingerprint of the model."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np

from writer.base import atomic_file
from writer.base.errors import os_reason
from writer.base.leftovers import new_name, temporary_folder
from writer.engine.onnx_graphs.checksums import write_checksums
from writer.engine.onnx_graphs.graph_files import Precision, prefill_graph
from writer.engine.protocol import EngineError, MachineError
from writer.engine.weights.decoder_config import DecoderConfig
from writer.engine.weights.weights import Weights, weight_files
from writer.models.derived_files import derived_folder

GRAPH_VERSION = 6
"""Increased whenever the same model gives another graph."""

_HASHED_SAMPLES = 32


def ensure_decoder_graph(folder: Path, config: DecoderConfig, weights: Weights, precision: Precision) -> Path:
    """The file of the decoder graph for the model in `folder`; see `ensure_graph`."""

    def build(target: Path) -> None:
        from writer.engine.onnx_graphs.decoder_graph import build_decoder_graph

        build_decoder_graph(config, weights, precision, target)
        if precision == "int8":
            from writer.engine.onnx_graphs.prefill_graph import build_prefill_graph

            build_prefill_graph(config, weights, target, prefill_graph(target))

    return ensure_graph(folder, "decoder.onnx", build, precision, config.vocabulary if weights.trimmed else 0)


def ensure_graph(
    folder: Path, name: str, build: Callable[[Path], None], precision: Precision, trimmed: int = 0
) -> Path:
    """The graph file `name` for the model in `folder`; `trimmed` is the size of its trimmed vocabulary.

    It is built where it is missing or the model changed, in a temporary folder that is moved into place, so
    that an aborted build leaves no partial graph. `open_session` finds damage.
    Raises EngineError where the model lacks a tensor, MachineError where the files cannot be written.
    """
    kind = f"{precision} {trimmed}" if trimmed else precision
    place = derived_folder(folder) / f"{precision}-{fingerprint(folder, kind)}"
    graph = place / name
    if graph.is_file():
        return graph
    with contextlib.ExitStack() as stack:
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            building = stack.enter_context(temporary_folder(new_name(place.parent)))
        except OSError as error:
            raise MachineError(
                "The model cannot be prepared in {folder}: {reason}.",
                folder=place.parent,
                reason=os_reason(error),
            ) from error
        try:
            with np.errstate(all="ignore"):  # whether its answers are numbers is checked behind it
                build(building / graph.name)
            write_checksums(building)
            atomic_file.move(building, place)
        except KeyError as error:
            raise EngineError(
                "The weights in {folder} lack {weight}. Get the model again.", folder=folder, weight=error
            ) from error
        except OSError as error:
            if not graph.is_file():
                raise MachineError(
                    "The model cannot be prepared in {folder}: {reason}. Free some space.",
                    folder=place.parent,
                    reason=os_reason(error),
                ) from error
    _remove_stale(place, precision)
    return graph


def forget_graph(graph: Path) -> None:
    """Remove a damaged graph with all files of its folder, by moving the folder away first."""
    folder = graph.parent
    with contextlib.suppress(OSError), temporary_folder(new_name(folder.parent)) as doomed:
        atomic_file.move(folder, doomed / folder.name)


def fingerprint(folder: Path, kind: str) -> str:
    """A hash (16 hex digits) of what a graph is built from.

    It covers `GRAPH_VERSION`, the kind (precision and vocabulary), the config, and sizes, times and samples
    of the weight files.
    """
    digest = hashlib.sha256(f"{GRAPH_VERSION} {kind}".encode())
    digest.update((folder / "config.json").read_bytes())
    for file in weight_files(folder):
        status = file.stat()
        digest.update(os.fsencode(f"{file.name} {status.st_size} {status.st_mtime_ns}"))
        with file.open("rb") as stream:
            for offset in range(0, status.st_size, max(1, status.st_size // _HASHED_SAMPLES)):
                stream.seek(offset)
                digest.update(stream.read(4096))
    return digest.hexdigest()[:16]


def _remove_stale(place: Path, precision: str) -> None:
    """Remove graphs of an earlier state of the model, and builds that earlier versions aborted."""
    newest = place.stat().st_mtime
    for other in place.parent.iterdir():
        stale = other.name.startswith(f"{precision}-") and other != place
        killed = other.name.startswith("building-") and other.stat().st_mtime < newest - 3600
        if stale or killed:
            shutil.rmtree(other, ignore_errors=True)
