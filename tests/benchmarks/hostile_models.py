"""Imports models that mean harm and lets them write: seconds, memory, what is said.

    python -m tests.benchmarks.hostile_models [--mutations 600] [--seed 1] [--only TEXT]

A child imports each into a store of its own and loads it in the engine's thread, which lives on from one to
the next. It is killed after LONGEST seconds, or at MOST_MB of growth.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import shutil
import struct
import sys
import tempfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.watched_child import WatchedChild
from tests.corpus.mutations import mutate
from tests.fakes import hostile_models
from tests.models.conftest import write_gguf
from writer.models.convert import gguf_own

LONGEST = 120.0
MOST_MB = 2_000.0
WORDS = "a" * 3000 + " b"
NUMBERS: tuple[Any, ...] = (0, -1, 10**9, 1 << 31, 1 << 63, 1e308, float("nan"), "9", None, [], True)
GGUF_NUMBERS = (
    "block_count",
    "embedding_length",
    "feed_forward_length",
    "attention.head_count",
    "attention.head_count_kv",
    "context_length",
    "rope.dimension_count",
    "vocab_size",
)


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one model: seconds, megabytes held at the most, what was said, the unforeseen error."""

    name: str
    seconds: float
    megabytes: float
    sentence: str
    fault: str


def run(mutations: int, seed: int = 1, only: Callable[[str], bool] = lambda _name: True) -> list[Row]:
    """Import and load the models for whose names `only` holds: those made by hand, and damaged copies."""
    with tempfile.TemporaryDirectory(prefix="hostile-models-") as name:
        folder = Path(name)
        child = _child()
        rows = []
        try:
            for title, source in _models(folder, mutations, seed):
                if only(title):
                    if not child.alive:
                        child.close()
                        child = _child()
                    rows.append(_row(title, child, source))
        finally:
            child.close()
    return rows


def _child() -> WatchedChild:
    return WatchedChild([sys.executable, "-m", "tests.benchmarks.hostile_models", "--ask"], LONGEST, MOST_MB)


def _row(name: str, child: WatchedChild, source: Path) -> Row:
    reply = child.ask(str(source))
    sentence, fault = reply.value or ("", "(killed, or dead)")
    return Row(name, reply.seconds, reply.held, sentence, fault)


def _models(folder: Path, mutations: int, seed: int) -> Iterator[tuple[str, Path]]:
    """Names and places of models, each there until the next one is asked for."""
    whole = folder / "whole.gguf"
    write_gguf(whole)
    model = folder / "model"
    model.mkdir()
    gguf_own.convert(whole, model)
    yield "sound: folder", model
    yield "sound: gguf", whole
    yield from _announcing(folder, whole)
    yield from _changed(model, hostile_models.model_files(model, NUMBERS))
    yield from _mutated(folder, model, whole, mutations, seed)
    yield "sound: folder again", model


def _announcing(folder: Path, whole: Path) -> Iterator[tuple[str, Path]]:
    """GGUF files with headers that lie, and with numbers that no model has."""
    file = folder / "x.gguf"
    for name, data in hostile_models.gguf_files().items():
        file.write_bytes(data)
        yield f"gguf: {name}", file
    data = whole.read_bytes()
    for key in GGUF_NUMBERS:
        at = data.index(f"llama.{key}".encode()) + len(f"llama.{key}") + 4
        for number in (0, 10**9):
            file.write_bytes(data[:at] + struct.pack("<I", number) + data[at + 4 :])
            yield f"gguf: {key} {number}", file
    for key in ("bos", "eos", "padding"):
        at = data.index(f"{key}_token_id".encode()) + len(f"{key}_token_id") + 4
        file.write_bytes(data[:at] + struct.pack("<I", 1 << 31) + data[at + 4 :])
        yield f"gguf: {key}_token_id 2**31", file


def _changed(model: Path, files: dict[str, tuple[str, bytes]]) -> Iterator[tuple[str, Path]]:
    """The model with one of its files replaced."""
    for name, (file, content) in files.items():
        with _replaced(model / file, content):
            yield f"{file}: {name}", model


@contextmanager
def _replaced(file: Path, content: bytes) -> Iterator[None]:
    """Give a file other content until the end of the block; it may be a new one."""
    before = file.read_bytes() if file.exists() else None
    file.write_bytes(content)
    try:
        yield
    finally:
        file.unlink() if before is None else file.write_bytes(before)


def _mutated(folder: Path, model: Path, whole: Path, count: int, seed: int) -> Iterator[tuple[str, Path]]:
    """Damaged copies of each file of the model, of its archive, and of the GGUF file."""
    archive = folder / "whole.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in model.iterdir():
            packed.write(file, f"m/{file.name}")
    files = [model / name for name in ("config.json", "tokenizer.json", "model.safetensors")]
    chance = random.Random(seed)
    for number in range(count):
        source = (*files, archive, *files, archive, whole)[chance.randrange(9)]
        how, data = mutate(source.read_bytes(), number, seed)
        if source.parent == model:
            with _replaced(source, data):
                yield f"mutated: {source.name} {how} {number}", model
        else:
            file = folder / f"mutated{source.suffix}"
            file.write_bytes(data)
            yield f"mutated: {source.suffix[1:]} {how} {number}", file


class _Faults(logging.Handler):
    """Keeps the errors in the log."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        self.told.append(f"{record.getMessage()[:300]} {type(error).__name__}: {error}")


class _Engine:
    """The engine's thread, and what it tells."""

    def __init__(self) -> None:
        from writer.engine.worker import Worker

        self._changed = threading.Condition()
        self._events: list[Any] = []
        self._number = 0
        self._worker = Worker(self._note)

    def _note(self, event: Any) -> None:
        with self._changed:
            self._events.append(event)
            self._changed.notify_all()

    def write(self, folder: Path) -> str:
        """Load a model and let it write a few words; what is said, "" where it wrote."""
        from writer.engine import loading
        from writer.engine.engine_state import EngineFailed, EngineReady
        from writer.engine.protocol import Parameters, Request, RequestFinished
        from writer.suggestions.context import Context

        self._events.clear()
        self._worker.load(lambda: loading.load(folder, "cpu"), "model")
        if sentence := self._end(EngineReady, EngineFailed):
            return sentence
        for text in ("a b", WORDS):
            self._number += 1
            self._events.clear()
            self._worker.submit(Request(self._number, Context(text), Parameters(max_tokens=3)))
            if sentence := self._end(RequestFinished, EngineFailed):
                return sentence
        return ""

    def _end(self, good: type, bad: type) -> str:
        def ended() -> Any:
            return next((event for event in self._events if isinstance(event, (good, bad))), None)

        with self._changed:
            if not self._changed.wait_for(ended, LONGEST):
                raise TimeoutError("the engine's thread is dead")
            event = ended()
        return str(event.message) if isinstance(event, bad) else ""


def _answer_requests() -> None:
    """The child: import and load each model whose path comes on standard input, and print what is said."""
    from writer.base.errors import UserError
    from writer.models.library.import_model import ModelImporter
    from writer.models.store import ModelStore

    faults, engine = _Faults(), _Engine()
    logging.getLogger().addHandler(faults)
    print(flush=True)
    for line in sys.stdin:
        faults.told.clear()
        sentence = fault = ""
        with tempfile.TemporaryDirectory(prefix="hostile-store-") as name:
            try:
                model = ModelImporter(ModelStore(Path(name))).import_model(Path(line.strip()), "x")
                sentence = engine.write(model.path)
            except UserError as error:
                sentence = str(error)
            except BaseException as error:  # noqa: BLE001 - the table shows it as a fault
                fault = f"{type(error).__name__}: {str(error)[:200]}"
            shutil.rmtree(Path(name, "x"), ignore_errors=True)
            if rest := [path.name for path in Path(name).iterdir() if path.suffix != ".lock"]:
                fault = fault or f"left {rest}"
        print(json.dumps([sentence[:300], fault or "; ".join(faults.told)[:500]]), flush=True)


def main() -> int:
    """Import and print."""
    parser = argparse.ArgumentParser(description="Import and load models that mean harm.")
    parser.add_argument("--mutations", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="models with this text in their name")
    parser.add_argument("--ask", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.ask:
        _answer_requests()
        return 0
    for row in run(options.mutations, options.seed, lambda name: options.only in name):
        print(f"{row.name:44} {row.seconds:6.1f} s {row.megabytes:6.0f} MB  {row.sentence}{row.fault}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
