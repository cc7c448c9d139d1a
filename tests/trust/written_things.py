"""What the program writes: documents, journals, settings, session, statistics, exports, trainings, caches."""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Protocol
from unittest import mock

from writer.app.documents.journals import not_protected
from writer.app.documents.session import Session, SessionStore
from writer.app.documents.spelling_service import SpellingService
from writer.app.suggestions.usage_statistics import Day, UsageStatistics
from writer.base import log as logs
from writer.base.errors import UserError
from writer.corpus.private_cache import write_private
from writer.documents.journal.journal import Journal, JournalStart
from writer.documents.journal.journal_folder import create
from writer.documents.journal.records import DocumentInfo, Edit
from writer.documents.journal.recovery import read_newest
from writer.documents.journal.sync_thread import SyncThread
from writer.documents.text_file import read_document, write_document
from writer.documents.text_format import TextFormat
from writer.engine.onnx_graphs.graph_cache import ensure_graph
from writer.engine.tokenizer.token_bytes import TokenTable, write_table
from writer.models import manifest as manifests
from writer.models.manifest import Manifest
from writer.settings.schema import STATISTICS_ENABLED
from writer.settings.store import SettingsStore
from writer.training.events import TrainingRequest
from writer.training.plan import Plan
from writer.training.run_folder import TrainingRun, TrainingRuns

OLD, NEW = "What stood there before. " * 2000, "What was written since. " * 3000


class Written(Protocol):
    """Something with an old state on a disk."""

    def write(self) -> None:
        """Write the new state, or what is left of it. UserError."""

    def found(self) -> str:
        """What the disk holds: "old", "new", or what else there is."""

    def end(self) -> None:
        """Close what is open."""


@dataclass(frozen=True, slots=True)
class Write:
    """A thing that is written. `silent`: nothing is said, as nothing of the user's is lost."""

    name: str
    begin: Callable[[Path], Written]
    silent: bool = False
    slow: bool = False


@dataclass
class Plainly:
    """Something without anything to close."""

    write: Callable[[], None]
    found: Callable[[], str]
    end: Callable[[], None] = lambda: None


def which(value: object, old: object, new: object) -> str:
    """How a value is called."""
    return {True: "old"}.get(value == old, "new" if value == new else f"another: {str(value)[:40]}")


def document(place: Path, links: bool = False, fresh: bool = False) -> Written:
    """A text that is saved."""
    file = place / "text.txt"
    if not fresh:
        write_document(file, OLD, TextFormat(), None)
    if links:
        (place / "other.txt").hardlink_to(file)

    def found() -> str:
        names = [path.name for path in place.glob("*.txt")]
        return which(read_document(file).text if names else None, None if fresh else OLD, NEW)

    return Plainly(lambda: _save(file), found)


def _save(file: Path) -> None:
    write_document(file, NEW, TextFormat(), None)


def export(place: Path, ending: str) -> Written:
    """A text that is exported over an older export."""
    from writer.ui.printing import export as exports

    file = place / f"text{ending}"
    file.write_bytes(b"old")

    def found() -> str:
        data = file.read_bytes()
        return "old" if data == b"old" else "new" if len(data) > 1000 else "cut"

    return Plainly(lambda: exports.write(file, NEW, "Title", False, (), lambda: False), found)


def settings(place: Path) -> Written:
    """A setting that is changed; the value holds at once."""
    store = SettingsStore(place / "settings.toml")
    store.set(STATISTICS_ENABLED, False)
    store.set(STATISTICS_ENABLED, True)

    def write() -> None:
        try:
            store.set(STATISTICS_ENABLED, False)
        finally:
            assert store.get(STATISTICS_ENABLED) is False

    return Plainly(write, lambda: which(SettingsStore(store.path).get(STATISTICS_ENABLED), True, False))


def session(place: Path) -> Written:
    """The order of the tabs; the window logs what fails."""
    store = SessionStore(place / "session.json")
    old, new = Session(recent=("/a",) * 300), Session(recent=("/b",) * 400)
    store.save(old)

    def write() -> None:
        with contextlib.suppress(OSError):
            store.save(new)

    return Plainly(write, lambda: which(store.load(), old, new))


def statistics(place: Path) -> Written:
    """The day's numbers, which stay in memory."""
    store = SettingsStore(place / "settings.toml")

    def load() -> UsageStatistics:
        return UsageStatistics(mock.MagicMock(), store, place / "statistics.json")

    kept, today = load(), date.today()
    kept.days[today] = Day(saved=1)
    kept.save()
    kept.days[today] = Day(saved=2)
    return Plainly(kept.save, lambda: which(load().days.get(today), Day(saved=1), Day(saved=2)))


class Dictionary:
    """The user's own words."""

    def __init__(self, place: Path) -> None:
        self._file = place / "dictionary.txt"
        self._loop = asyncio.new_event_loop()
        self._service = SpellingService(SettingsStore(place / "settings.toml"), self._loop, self._file)
        self._service.add_word("old")

    def write(self) -> None:
        self._service.add_word("new")

    def found(self) -> str:
        return which(self._file.read_text("utf-8"), "old\n", "new\nold\n")

    def end(self) -> None:
        self._loop.run_until_complete(self._service.close())
        self._loop.close()


class TypedText:
    """A text in whose journal keys are typed."""

    KEYS = 3000

    def __init__(self, place: Path) -> None:
        self._problems: list[OSError | None] = []
        self._folder = create(place / "journals" / "one")
        start = JournalStart(self._folder, DocumentInfo(saved=False, empty=True))
        start.write_log()
        self._syncer = SyncThread()
        self._journal = Journal(start, self._syncer, mock.MagicMock(), self._problems.append)
        self._typed = 0

    def write(self) -> None:
        """Type, or write again what was refused; the last thing said counts."""
        if self._typed:
            self._journal.retry()
        while self._typed < self.KEYS:
            self._journal.edit(Edit(self._typed, 0, "字".encode("utf-16-le")))
            self._typed += 1
        self._journal.sync()
        if not self._journal.is_written:
            error = self._problems[-1]
            assert error is not None
            raise UserError(not_protected(error))

    def found(self) -> str:
        text = read_newest(self._folder).text
        assert text == "字" * len(text)
        return "new" if len(text) == self.KEYS else "old"

    def end(self) -> None:
        self._syncer.close()
        asyncio.run(self._journal_close())

    async def _journal_close(self) -> None:
        self._folder.release()
        self._journal._close_log()


def graph(place: Path) -> Written:
    """A graph that is made from a model's weights."""
    model = place / "model"
    model.mkdir()
    (model / "config.json").write_text("{}", "utf-8")
    (model / "model.safetensors").write_bytes(bytes(1000))

    def write() -> None:
        ensure_graph(model, "decoder.onnx", lambda target: _fill(target), "int8")

    def found() -> str:
        graphs = [path.stat().st_size for path in model.glob(".writer/int8-*/decoder.onnx")]
        return which(graphs, [], [100_000])

    return Plainly(write, found)


def _fill(target: Path) -> None:
    target.write_bytes(bytes(100_000))


def table(place: Path) -> Written:
    """The table of a tokenizer, which can be made again."""
    import numpy as np

    file = place / "table.npz"
    content = TokenTable([b"abc"] * 9000, np.arange(9000))
    return Plainly(lambda: write_table(file, content), lambda: which(file.exists(), False, True))


def corpus(place: Path) -> Written:
    """A text that was read for a training."""
    file = place / "corpus" / "text.json"
    return Plainly(lambda: write_private(file, NEW.encode()), lambda: which(file.exists(), False, True))


def training(place: Path) -> Written:
    """The request and the plan of a training."""
    runs = TrainingRuns(place / "training")
    request = TrainingRequest("/texts", "starter", "lora", seed=3)
    plan = Plan("lora", 64, 4, 1, 10, 1e-3, 2)

    made: list[TrainingRun] = []

    def write() -> None:
        if not made:
            made.append(runs.new(request))
        [run] = made
        run.save_plan(plan)
        run.mark_fitted()

    def found() -> str:
        whole = [run for run in runs.unfinished() if run.is_fitted]
        for run in runs.unfinished():
            assert run.request() == request
            assert run.plan() in (None, plan)
        return "new" if whole else "old"

    return Plainly(write, found)


def checkpoint(place: Path) -> Written:
    """A checkpoint of a training, over an older one."""
    import torch

    from writer.training.checkpoints import AtomicCheckpointIO

    file, old, new = place / "last.ckpt", {"step": 1}, {"step": 2, "weights": torch.zeros(30_000)}
    saver = AtomicCheckpointIO()
    saver.save_checkpoint(old, file)
    return Plainly(lambda: saver.save_checkpoint(new, file), lambda: which(torch.load(file)["step"], 1, 2))


def manifest(place: Path) -> Written:
    """A model's manifest, with what was measured; who writes it turns errors into a sentence."""
    old = Manifest(id="model", name="Model", source="here")
    new = replace(old, licence="x" * 20_000)
    manifests.write(place, old)

    def write() -> None:
        try:
            manifests.write(place, new)
        except OSError as error:
            raise UserError("{reason}", reason=error) from error

    return Plainly(write, lambda: which(manifests.read(place), old, new))


class Log:
    """A log, whose lines may be lost, but not shown, and never more than that."""

    def __init__(self, place: Path) -> None:
        self._file = place / "writer.log"
        self._handler = logs._PrivateFile(self._file, maxBytes=10**6, backupCount=1, encoding="utf-8")
        self._lines = 0

    def write(self) -> None:
        shown = io.StringIO()
        with contextlib.redirect_stderr(shown):
            for _ in range(2000):
                self._lines += 1
                self._handler.handle(
                    logging.LogRecord("writer", logging.INFO, "", 0, "%d %s", (self._lines, "private"), None)
                )
        assert "private" not in shown.getvalue()
        assert "Traceback" not in shown.getvalue()

    def found(self) -> str:
        lines = self._file.read_text("utf-8").splitlines()
        return "new" if lines and lines[-1].startswith(f"{self._lines} ") else "old"

    def end(self) -> None:
        self._handler.close()


WRITES = (
    Write("a saved text", document),
    Write("a new text", lambda place: document(place, fresh=True)),
    Write("a text with two links", lambda place: document(place, links=True)),
    Write("an export to HTML", lambda place: export(place, ".html"), slow=True),
    Write("an export to Word", lambda place: export(place, ".docx"), slow=True),
    Write("a journal", TypedText),
    Write("the settings", settings),
    Write("the session", session, silent=True),
    Write("the statistics", statistics, silent=True),
    Write("the dictionary", Dictionary),
    Write("a training", training),
    Write("a checkpoint", checkpoint, slow=True),
    Write("a text read for a training", corpus),
    Write("a graph", graph),
    Write("a tokenizer's table", table, silent=True),
    Write("a model's manifest", manifest),
    Write("the log", Log, silent=True),
)
