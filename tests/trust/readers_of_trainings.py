"""The readers of trainings and of the corpus: requests, plans, texts, events, caches."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, cast

from tests.trust.reader import Reader, file_reader
from tests.trust.scorecard import ROOT
from writer.app.training import training_state
from writer.base.errors import Sentence
from writer.base.paths import can_be_path
from writer.corpus import document_reader, pack
from writer.corpus.document import CorpusError, RejectedFile
from writer.corpus.extraction_pool import Extractor
from writer.corpus.pack import PackedCorpus
from writer.corpus.rows.row_file import RowWriter
from writer.corpus.scan import FolderSnapshot, FoundFile
from writer.models.manifest import Manifest
from writer.models.model_folder import ModelFolder
from writer.training import dataset, events, publish
from writer.training.events import (
    Compared,
    Event,
    Planned,
    Previewed,
    Published,
    Sample,
    Stage,
    StepFinished,
    TrainingFailed,
    TrainingRequest,
    Validated,
)
from writer.training.plan import Plan
from writer.training.retraining import kept_request
from writer.training.run_folder import TrainingError, TrainingRuns

REQUEST = TrainingRequest("/texts", "starter", "lora", excluded=("drafts.md",), minutes=5.0, seed=3)
PLAN = Plan("lora", 64, 4, 1, 10, 1e-3, 2)
WHY = Sentence("{kind}, as {how}", {"kind": Sentence("NVIDIA"), "how": "set"})
FIGURE = {"value": 1.0, "low": 0.5, "high": 1.5}
EVENTS: tuple[Event, ...] = (
    Stage("reading", 3, 10),
    Previewed(
        *("/texts", {"txt": 3}, {"en": {"documents": 3, "words": 40, "characters": 200}}, 1),
        ({"name": "a", "reason": "damaged"},),
        *({"jpg": 2}, 4, {"card": 1}, {"new": 1, "changed": 0, "gone": 0}, 500),
        *("", "cpu", WHY, "lora", 10, (60.0, 90.0), 1 << 30, 1 << 33),
    ),
    Planned("r1", "starter", "lora", "cpu", WHY, 10, 5, 3, 500, 1, 64, 4, 1, 10),
    StepFinished(3, 10, 2.5, 100.0, 30.0),
    Validated(3, 2.5, True, (Sample("a", "b", "c"),)),
    Compared({"loss": FIGURE}, {"loss": FIGURE}, {"base": 20.0, "personal": 21.0}, True, WHY),
    Published("personal-1", "/models/personal-1", True, 12.5),
    TrainingFailed(WHY, "r1"),
)
TREE = {
    "pandoc-api-version": [1, 23],
    "meta": {
        "date": {"t": "MetaString", "c": "2024-05-01"},
        "title": {"t": "MetaInlines", "c": [{"t": "Str", "c": "A"}]},
    },
    "blocks": [
        {
            "t": "Para",
            "c": [{"t": "Str", "c": "One"}, {"t": "Space"}, {"t": "Emph", "c": [{"t": "Str", "c": "two"}]}],
        },
        {
            "t": "OrderedList",
            "c": [[1, {"t": "Decimal"}, {"t": "Period"}], [[{"t": "Plain", "c": [{"t": "Str", "c": "x"}]}]]],
        },
    ],
}

_LARGE = 1 << 20
_CONFINED = """
import sys
from writer.base.confinement import confine
from writer.commands.workers import extract
from writer.corpus import document_reader
confine(extract._MEMORY)
data = sys.stdin.buffer.read()
document_reader.pandoc.to_tree = lambda *_arguments: data
document_reader._through_pandoc(b"", "odt", extract.PANDOC)
"""
"""Reads a tree of pandoc as `writer extract` does, and ends with the error that it raised."""


def training_readers(folder: Path) -> tuple[Reader, ...]:
    """The readers of a run's folder in `folder`, and of lines of a training's child."""
    runs = TrainingRuns(folder / "training")
    run, other = runs.new(REQUEST), runs.new(replace(REQUEST, personal="other"))
    run.save_plan(PLAN)

    def requested() -> None:
        assert {found.id for found in runs.unfinished()} == {run.id, other.id}
        assert other.request().personal == "other"
        request = run.request()
        assert all(map(can_be_path, (request.folder, request.proof, request.base)))

    record = folder / "model" / publish.RECORD
    record.parent.mkdir()
    record.write_text(json.dumps({"run": "r1", "plan": asdict(PLAN), "seconds": 3.5}), "utf-8")
    model = ModelFolder(record.parent, Manifest("a", "A"), ())
    kept_request.keep_request(record.parent, REQUEST)
    kept = record.parent / kept_request.FILE
    return (
        file_reader("wish.json", run.path / "wish.json", requested, (TrainingError,)),
        file_reader("plan.json", run.path / "plan.json", run.plan),
        file_reader("training.json", record, lambda: publish._training_record(model).get("run")),
        file_reader("request.json", kept, lambda: kept_request.read(kept.parent)),
        _texts(folder / "texts"),
        *(Reader(f"event {event.name}", events.dump(event).encode(), _follow) for event in EVENTS),
    )


def corpus_readers(folder: Path) -> tuple[Reader, ...]:
    """The readers of the corpus's caches, and of what pandoc says."""
    folder.mkdir()
    snapshot = folder / "snapshot.json"
    FolderSnapshot({"a.txt": (10, 5), "b.txt": (20, 6)}).save(snapshot)

    def compared() -> None:
        if (before := FolderSnapshot.load(snapshot)) is not None:
            before.changes(FolderSnapshot({"a.txt": (10, 5)}))

    packed = PackedCorpus(folder / "packed", 64, 3, 3, "key")
    packed.folder.mkdir()
    for rows in (packed.training, packed.held_out):
        _write_rows(rows)
    about = packed.folder / "packed.json"
    about.write_text(json.dumps({"window": 64, "tokens": 3, "held_out_tokens": 3, "sha256": "key"}))
    return (
        file_reader("snapshot.json", snapshot, compared),
        file_reader("packed.json", about, lambda: pack._cached(packed.folder, "key")),
        _cached_text(folder / "cache"),
        Reader("a tree of pandoc", json.dumps(TREE).encode(), _read_tree, (RejectedFile,)),
    )


def _follow(data: bytes) -> None:
    """What the window does with a line of the child."""
    for line in data.split(b"\n"):
        event = events.load(line.decode("utf-8", errors="replace"))
        if event is not None:
            state = training_state.after_event(training_state.started(), event)
            str(state.sentence).encode("utf-8", "surrogatepass")


def _texts(folder: Path) -> Reader:
    rows = folder / "packed"
    rows.mkdir(parents=True)
    for name in PackedCorpus.NAMES:
        _write_rows(rows / name)
    about = folder / "texts.json"
    proof = [{"name": "a.txt", "text": "One. Two."}, {"name": "b.txt", "text": "Three."}]
    about.write_text(
        json.dumps(
            {"proof": proof, "documents": 1, "held_out_documents": 2, "tokens": 3, "sha256": "0" * 64}
        ),
        "utf-8",
    )

    def load() -> None:
        if dataset.load(folder) is None:  # it makes room for new ones
            rows.mkdir(exist_ok=True)
            for name in PackedCorpus.NAMES:
                _write_rows(rows / name)

    return file_reader("texts.json", about, load)


def _write_rows(file: Path) -> None:
    with RowWriter(file) as writer:
        writer.write([1, 2, 3])


def _cached_text(folder: Path) -> Reader:
    """A text that was extracted before; where it is damaged, the document is read again, in no child."""
    source = folder.parent / "a.txt"
    source.write_text("One. Two.", "utf-8")
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    folder.mkdir()
    extractor = Extractor(folder)
    cast(Any, extractor)._extract = lambda _found, _digest: {"text": "again", "date": None}
    found = FoundFile("a.txt", source, "txt", 9, 0)
    file = extractor._file(digest, "txt")
    file.write_text(json.dumps({"text": "One. Two.", "date": "2024-05-01"}))

    def read() -> None:
        extractor.read(found)

    return file_reader("a cached text", file, read, (CorpusError,))


def _read_tree(data: bytes) -> None:
    """What `writer extract` does with what pandoc told; much of it in a process with as little memory."""
    if len(data) > _LARGE:
        return _read_large_tree(data)
    to_tree: Callable[..., bytes] = document_reader.pandoc.to_tree
    document_reader.pandoc.to_tree = lambda *_arguments: data  # type: ignore[assignment]
    try:
        limits = document_reader.Limits(9.0, 1 << 30, 128 << 20)
        document_reader._through_pandoc(b"", "odt", document_reader.Tools.within(limits))
    finally:
        document_reader.pandoc.to_tree = to_tree
    return None


def _read_large_tree(data: bytes) -> None:
    command = [sys.executable, "-c", _CONFINED]
    done = subprocess.run(
        command, input=data, capture_output=True, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=False
    )
    said = (done.stderr.decode().splitlines() or [""])[-1].split(":")[0].split(".")[-1]
    if said not in ("MemoryError", "RejectedFile"):
        raise RuntimeError(f"a confined reader ended with status {done.returncode}: {said}")
