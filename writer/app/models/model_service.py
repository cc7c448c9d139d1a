"""A service for model jobs (get, import, export, measure, remove), each in a thread of a small pool.

The jobs themselves know nothing of Qt. What they report arrives on the loop's thread as frozen values.
"""

from __future__ import annotations

import asyncio
import logging
import math
import threading
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from writer.app.models.model_selection import model_preferences
from writer.base import paths
from writer.base.child_process import ChildError, LimitError, Limits, run
from writer.base.errors import Message, Sentence, UserError, os_reason
from writer.base.progress import CancelCheck, Cancelled, OnProgress, Progress
from writer.base.task_pool import TaskPool
from writer.models.download.fetcher import ModelFetcher
from writer.models.library import overview
from writer.models.library.export_model import export
from writer.models.library.import_model import ModelImporter
from writer.models.library.overview import ModelSummary
from writer.models.store import ModelStore
from writer.settings.model_settings import use_model
from writer.settings.schema import HUB_ENDPOINT
from writer.settings.store import SettingsStore
from writer.settings.value_types import SettingsError
from writer.training.publish import erase, revert

log = logging.getLogger(__name__)

ModelJob = Callable[[OnProgress, CancelCheck], None]

MEASURING = "measuring"


class ModelService(QObject):
    """The models of this machine, and the jobs that bring them. Used from the loop's thread."""

    changed = Signal()
    """Another list of models, or another set of jobs."""

    progressed = Signal(str, object)
    """A job's name, and its Progress."""

    failed = Signal(object)
    """A Message about what did not work."""

    arrived = Signal(str)
    """The id of a model that is here now."""

    def __init__(self, loop: asyncio.AbstractEventLoop, settings: SettingsStore, store: ModelStore) -> None:
        super().__init__()
        self._loop = loop
        self._settings = settings
        self._store = store
        self._pool = TaskPool(loop, "models", threads=2)
        self._stops: dict[str, threading.Event] = {}
        self.jobs: dict[str, Progress] = {}
        """How far each running job is, by the name of what it brings."""

    def lines(self) -> tuple[ModelSummary, ...]:
        """All models: those that are here, those begun, those that can be had."""
        return overview.overview(self._store, model_preferences(self._settings))

    def get(self, name: str) -> None:
        """Get a model by its name in the catalogue, or by its id on the Hub; go on where it was stopped."""
        fetcher = ModelFetcher(self._store, self._settings.get(HUB_ENDPOINT))
        try:
            entry = fetcher.entry(name)
        except UserError as error:
            self.failed.emit(error.sentence)
            return

        def work(report: OnProgress, cancelled: CancelCheck) -> None:
            model = fetcher.get(name, report=report, cancelled=cancelled)
            self._loop.call_soon_threadsafe(self.arrived.emit, model.id)
            measure(model.id, report, cancelled)

        self._start(entry.id, work)

    def import_model(self, path: Path) -> None:
        """Take a model that lies on this machine."""

        def work(report: OnProgress, cancelled: CancelCheck) -> None:
            model = ModelImporter(self._store, report, cancelled).import_model(path)
            self._loop.call_soon_threadsafe(self.arrived.emit, model.id)
            measure(model.id, report, cancelled)

        self._start(path.name, work)

    def share(self, line: ModelSummary, target: Path) -> None:
        """Write a model to a folder or an archive."""

        def work(report: OnProgress, cancelled: CancelCheck) -> None:
            export(self._store.find(line.id), target, report, cancelled)

        self._start(line.id, work)

    def stop(self, name: str) -> None:
        """Stop a job; what a download has brought stays."""
        if name in self._stops:
            self._stops[name].set()

    def remove(self, line: ModelSummary) -> None:
        """Delete a model, or what a stopped download has brought.

        With a personal model goes what was made from it, and the one before it writes again.
        """

        def work(_report: OnProgress, _cancelled: CancelCheck) -> None:
            if line.state == overview.STOPPED:
                ModelFetcher(self._store).discard(line.id)
            elif line.base:
                erase(self._store, self._store.find(line.id))
            else:
                self._store.remove(line.id)

        if line.base and line.state == overview.HERE:
            try:
                revert(self._settings, self._store, self._store.find(line.id))
            except UserError as error:
                self.failed.emit(error.sentence)
                return
        self._start(line.id, work)

    def use(self, line: ModelSummary) -> None:
        """Let a model write the languages that it knows; all, where nobody said."""
        try:
            use_model(self._settings, line.id, line.languages)
        except SettingsError as error:
            self.failed.emit(error.sentence)
        self.changed.emit()

    def use_model(self, model: str) -> None:
        """Let the model of this id write, as `use` does."""
        for line in self.lines():
            if line.id == model:
                self.use(line)

    async def close(self) -> None:
        """Stop all jobs, and wait until they have ended."""
        for stop in self._stops.values():
            stop.set()
        await self._pool.close()

    def _start(self, name: str, work: ModelJob) -> None:
        if name in self._stops:
            return
        stop = self._stops[name] = threading.Event()
        self.jobs[name] = Progress("waiting")
        self._pool.start(self._run(name, work, stop))
        self.changed.emit()

    async def _run(self, name: str, work: ModelJob, stop: threading.Event) -> None:
        sentence: Message = ""
        try:
            await self._pool.run(work, lambda progress: self._post(name, progress), stop.is_set)
        except Cancelled:
            pass
        except UserError as error:
            sentence = error.sentence
        except OSError as error:
            sentence = Sentence("{name}: {reason}", {"name": name, "reason": os_reason(error)})
        except Exception:
            log.exception("the job for %s failed", name)
            sentence = "A model could not be brought because of an internal error. Details are in the log."
        self._end(name, sentence)

    def _post(self, name: str, progress: Progress) -> None:
        self._loop.call_soon_threadsafe(self._note, name, progress)

    def _note(self, name: str, progress: Progress) -> None:
        if name in self.jobs:
            self.jobs[name] = progress
            self.progressed.emit(name, progress)

    def _end(self, name: str, sentence: Message) -> None:
        del self._stops[name]
        del self.jobs[name]
        if sentence:
            self.failed.emit(sentence)
        self.changed.emit()


def measure(model_id: str, report: OnProgress, cancelled: CancelCheck) -> None:
    """Let a gentle child process prepare the model and measure its speed; the window's engine rests not."""
    report(Progress(MEASURING))
    command = [*paths.program(), "models", "measure", model_id]
    try:
        run(command, limits=Limits(math.inf, math.inf), cancelled=cancelled, gently=True)
    except (ChildError, LimitError) as error:
        log.info("%s was not measured: %s", model_id, error)
