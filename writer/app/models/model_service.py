"""A service for model jobs (get, import, export, measure, remove), each in a thread of a small pool.

The jobs use nothing of Qt; their progress is passed to the loop's thread as frozen values.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from writer.app.models.model_selection import model_preferences
from writer.base import paths
from writer.base.child_process import ChildError, LimitError, Limits, run
from writer.base.errors import Message, Sentence, UserError, os_reason
from writer.base.progress import CancelCheck, Cancelled, OnProgress, Progress
from writer.base.task_pool import TaskPool
from writer.base.typed_data import DamagedError, read_json
from writer.engine.slow_models import why_slow
from writer.models.adapters.whole_model import make_whole, whole_for_use
from writer.models.download import hub_api, hub_token
from writer.models.download.fetcher import ModelFetcher
from writer.models.library import overview
from writer.models.library.export_model import export
from writer.models.library.import_model import ModelImporter
from writer.models.library.overview import ModelSummary
from writer.models.manifest import ModelError
from writer.models.memory_estimate import USABLE, system_memory
from writer.models.model_folder import ModelFolder
from writer.models.store import ModelStore
from writer.models.terms import Terms, accept, terms_to_accept
from writer.settings.model_settings import replace_model, use_model
from writer.settings.schema import HUB_ENDPOINT
from writer.settings.store import SettingsStore
from writer.settings.value_types import SettingsError
from writer.training.publish import drop_unused_weights, erase, successor

if TYPE_CHECKING:
    from writer.engine.gguf_export.gguf_tensor import Storage

log = logging.getLogger(__name__)

ModelJob = Callable[[OnProgress, CancelCheck], None]
"""A blocking job, which reports its progress and raises Cancelled."""

MEASURING = "measuring"
MEASURE_SECONDS = 3600.0


class ModelService(QObject):
    """The installed and available models, and the jobs on them. Used from the loop's thread."""

    changed = Signal()
    """The list of models or the set of jobs changed."""

    progressed = Signal(str, object)
    """A job's name, and its Progress."""

    failed = Signal(object)
    """A Message about a failed job."""

    installed = Signal(str)
    """The id of a model that was installed."""

    def __init__(self, loop: asyncio.AbstractEventLoop, settings: SettingsStore, store: ModelStore) -> None:
        super().__init__()
        self._loop = loop
        self._settings = settings
        self._store = store
        self._pool = TaskPool(loop, "models", threads=2)
        self._cancel_events: dict[str, threading.Event] = {}
        self.jobs: dict[str, Progress] = {}
        """The progress of each running job, by the name of its model."""

    def summaries(self) -> tuple[ModelSummary, ...]:
        """All models: installed, partly downloaded, and available in the catalogue."""
        return overview.overview(self._store, model_preferences(self._settings), why_slow)

    @property
    def hub(self) -> str:
        """The address of the hub from which models come. Raises ModelError where the setting is none."""
        return hub_api.endpoint(self._settings.get(HUB_ENDPOINT))

    def keep_token(self, token: str) -> Message:
        """Keep the user's token for the hub, or forget it for ""; returns why that failed, else ""."""
        try:
            hub_token.keep(self.hub, token)
        except ModelError as error:
            return error.sentence
        return ""

    def has_token(self) -> bool:
        """Whether the user entered a token for the hub."""
        try:
            return hub_token.has_kept(self.hub)
        except ModelError:
            return False

    def get(self, name: str) -> None:
        """Download a model by its name in the catalogue or its id on the Hub; resumes a stopped download."""
        fetcher = ModelFetcher(self._store, self._settings.get(HUB_ENDPOINT))
        try:
            entry = fetcher.entry(name)
        except UserError as error:
            self.failed.emit(error.sentence)
            return

        def work(on_progress: OnProgress, cancelled: CancelCheck) -> None:
            model = fetcher.get(name, on_progress=on_progress, cancelled=cancelled)
            self._take(model, name, on_progress, cancelled)

        self._start(entry.id, work)

    def terms_to_accept(self, name: str) -> Terms | None:
        """The terms of use of the model `name` that must be shown and accepted before `get`."""
        try:
            return terms_to_accept(self._store, ModelFetcher(self._store).entry(name))
        except UserError as error:
            self.failed.emit(error.sentence)
            return None

    def accept_terms(self, terms: Terms) -> None:
        """Note that the terms were accepted."""
        try:
            accept(self._store, terms)
        except UserError as error:
            self.failed.emit(error.sentence)

    def import_model(self, path: Path) -> None:
        """Import a model from a file or folder."""

        def work(on_progress: OnProgress, cancelled: CancelCheck) -> None:
            model = ModelImporter(self._store, on_progress, cancelled).import_model(path)
            self._take(model, path, on_progress, cancelled)

        self._start(path.name, work)

    def _take(
        self, model: ModelFolder, source: object, on_progress: OnProgress, cancelled: CancelCheck
    ) -> None:
        """Announce and measure a new model. A refused one is deleted: raises ModelError about `source`."""
        self._loop.call_soon_threadsafe(self.installed.emit, model.id)
        try:
            measure(model.id, on_progress, cancelled)
        except ModelError as error:
            self._store.remove(model.id)
            error.tell_as(model.path, source)
            raise

    def export_model(self, summary: ModelSummary, target: Path) -> None:
        """Export a model to a folder or an archive."""

        def work(on_progress: OnProgress, cancelled: CancelCheck) -> None:
            model = self._store.find(summary.id)
            with whole_for_use(self._store, model, on_progress, cancelled, verified=True) as whole:
                export(whole, target, on_progress, cancelled)

        self._start(summary.id, work)

    def export_gguf(self, summary: ModelSummary, target: Path, storage: Storage) -> None:
        """Export a model as the GGUF file `target`."""

        def work(on_progress: OnProgress, cancelled: CancelCheck) -> None:
            from writer.engine.gguf_export.export_gguf import export_gguf  # few people ever need it

            model = self._store.find(summary.id)
            with whole_for_use(self._store, model, on_progress, cancelled, verified=True) as whole:
                export_gguf(whole, target, storage, on_progress, cancelled)

        self._start(summary.id, work)

    def stop(self, name: str) -> None:
        """Cancel a job; the downloaded part of a model stays."""
        if name in self._cancel_events:
            self._cancel_events[name].set()

    def remove(self, summary: ModelSummary) -> None:
        """Delete a model, or the part of it that was downloaded.

        Another model writes what it wrote, and with a personal one the texts that it learned from go.
        """

        def work(_on_progress: OnProgress, _cancelled: CancelCheck) -> None:
            if summary.state == overview.STOPPED:
                ModelFetcher(self._store).discard(summary.id)
                return
            other = successor(self._store, summary.id)
            erase(self._store, summary.id)
            self._loop.call_soon_threadsafe(self._replace, summary.id, other)

        self._start(summary.id, work)

    def _replace(self, model: str, other: str) -> None:
        try:
            replace_model(self._settings, model, other)
        except UserError as error:
            self.failed.emit(error.sentence)

    def use(self, summary: ModelSummary) -> None:
        """Set the model for the languages that it supports; for all where they are unknown.

        A model that is an adapter gets its weights first, which takes some seconds.
        """
        try:
            whole = bool(self._store.find(summary.id).weights)
        except ModelError as error:
            self.failed.emit(error.sentence)
            return
        if whole:
            self._select(summary)
            return

        def work(on_progress: OnProgress, cancelled: CancelCheck) -> None:
            make_whole(self._store, self._store.find(summary.id), on_progress, cancelled)
            self._loop.call_soon_threadsafe(self._select, summary)

        self._start(summary.id, work)

    def _select(self, summary: ModelSummary) -> None:
        try:
            use_model(self._settings, summary.id, summary.languages)
        except SettingsError as error:
            self.failed.emit(error.sentence)
        self._pool.start(self._pool.run(drop_unused_weights, self._settings, self._store))
        self.changed.emit()

    def use_model(self, model: str) -> None:
        """As `use`, for the model with this id."""
        for summary in self.summaries():
            if summary.id == model:
                self.use(summary)

    async def close(self) -> None:
        """Cancel all jobs and wait for their end."""
        for event in self._cancel_events.values():
            event.set()
        await self._pool.close()

    def _start(self, name: str, work: ModelJob) -> None:
        if name in self._cancel_events:
            return
        cancelled = self._cancel_events[name] = threading.Event()
        self.jobs[name] = Progress("waiting")
        self._pool.start(self._run(name, work, cancelled))
        self.changed.emit()

    async def _run(self, name: str, work: ModelJob, cancelled: threading.Event) -> None:
        message: Message = ""
        try:
            await self._pool.run(work, lambda progress: self._post(name, progress), cancelled.is_set)
        except Cancelled:
            pass
        except UserError as error:
            message = error.sentence
        except OSError as error:
            message = Sentence("{name}: {reason}", {"name": name, "reason": os_reason(error)})
        except Exception:
            log.exception("the job for %s failed", name)
            message = "A model could not be brought because of an internal error. Details are in the log."
        self._finish(name, message)

    def _post(self, name: str, progress: Progress) -> None:
        self._loop.call_soon_threadsafe(self._set_progress, name, progress)

    def _set_progress(self, name: str, progress: Progress) -> None:
        if name in self.jobs:
            self.jobs[name] = progress
            self.progressed.emit(name, progress)

    def _finish(self, name: str, message: Message) -> None:
        del self._cancel_events[name]
        del self.jobs[name]
        if message:
            self.failed.emit(message)
        self.changed.emit()


def measure(model_id: str, on_progress: OnProgress, cancelled: CancelCheck) -> None:
    """Prepare the model and measure its speed in a child process of low priority.

    A model that takes more than this machine may give, or hours, stays unmeasured. Raises ModelError where
    the child refuses it.
    """
    on_progress(Progress(MEASURING))
    command = [*paths.program(), "models", "measure", model_id, "--json"]
    try:
        limits = Limits(MEASURE_SECONDS, system_memory().total * USABLE)
        run(command, limits=limits, cancelled=cancelled, low_priority=True)
    except (ChildError, LimitError) as error:
        if isinstance(error, ChildError) and (refusal := _refusal(error.output)):
            raise ModelError(refusal) from error
        log.info("%s was not measured: %s", model_id, error)


def _refusal(output: bytes) -> Sentence | None:
    """The sentence of a child that refuses a model, None where its failure has another reason."""
    try:
        answer = read_json((output.splitlines() or [b""])[-1], dict[str, Any])
        return Sentence.from_json(answer) if answer.get("refused") else None
    except (DamagedError, ValueError):
        return None
