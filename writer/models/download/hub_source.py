"""The installation of a model from a hub: its files are downloaded, verified, and put into the store.

The files of an unfinished download lie in a hidden folder in the store, with a JSON file that names
repository and revision, so that it can be continued at the same revision.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from writer.base import paths
from writer.base.errors import errors_told_as, os_reason
from writer.base.progress import CancelCheck, OnProgress, ProgressMeter
from writer.base.typed_data import DamagedError
from writer.models import compatibility, quantisation
from writer.models.catalogue import Entry, Hub
from writer.models.convert import arrival
from writer.models.convert.child import convert_in_child
from writer.models.download import hub_api
from writer.models.download.downloader import SnapshotDownloader, link_or_move
from writer.models.download.http_client import HttpClient, RetryPolicy
from writer.models.download.hub_api import HubSnapshot, RemoteFile
from writer.models.download.hub_refusals import explained_refusals
from writer.models.download.unfinished import DownloadState, download_folder, read_state, write_state
from writer.models.facts.token_check import why_tokens_do_not_fit
from writer.models.manifest import Manifest, ModelError, ModelFile
from writer.models.model_folder import ModelFolder
from writer.models.safetensors_files import INDEX, read_index
from writer.models.store import ModelStore


class HubSource:
    """Installs models of the hub at `endpoint` in a store; see `hub_api.endpoint`."""

    def __init__(self, store: ModelStore, endpoint: str, retry_policy: RetryPolicy | None) -> None:
        self._store = store
        self._endpoint = endpoint
        self._retry_policy = retry_policy

    def install(
        self, entry: Entry, revision: str, on_progress: OnProgress, cancelled: CancelCheck
    ) -> ModelFolder:
        """Install the model of `entry`; the caller holds its lock. Raises ModelError, Cancelled."""
        folder = download_folder(self._store, entry.id)
        folder.mkdir(mode=paths.PRIVATE, exist_ok=True)
        state = read_state(folder)
        address = hub_api.endpoint(self._endpoint)
        client = HttpClient(self._retry_policy, cancelled)
        assert entry.hub is not None
        try:
            with explained_refusals(address, entry.hub.id):
                snapshot = hub_api.find_snapshot(
                    client, address, entry.hub.id, revision or (state.revision if state else "")
                )
                snapshot = self._examined(entry, _pinned(snapshot, entry.hub), client, on_progress)
                meter = self._meter(entry, snapshot, on_progress)
                files = SnapshotDownloader(client, snapshot, folder, meter).run(snapshot.files)
        finally:
            client.close()
        meter.enter_stage("converting")
        model = self._store.install(
            entry.id, lambda part: _place_files(entry, snapshot, files, folder, part, cancelled)
        )
        shutil.rmtree(folder, ignore_errors=True)
        return model

    def _examined(
        self, entry: Entry, snapshot: HubSnapshot, client: HttpClient, on_progress: OnProgress
    ) -> HubSnapshot:
        """The snapshot with all of its weights, after all other files are downloaded.

        Raises ModelError where the model cannot be used; nothing of it is kept then.
        """
        if snapshot.gguf:
            return snapshot
        folder = download_folder(self._store, entry.id)
        meter = self._meter(entry, snapshot, on_progress)
        downloader = SnapshotDownloader(client, snapshot, folder, meter)
        downloader.run(snapshot.head)
        with _discarding(folder, snapshot.id):
            compatibility.require_usable(folder, snapshot.original)
            arrival.require_readable_tokenizer(folder, [file.name for file in snapshot.files])
            snapshot = _with_shards(snapshot, folder)
        downloader.run(snapshot.texts)
        with _discarding(folder, snapshot.id):
            if why := why_tokens_do_not_fit(folder):
                raise ModelError(why)
        return snapshot

    def _meter(self, entry: Entry, snapshot: HubSnapshot, on_progress: OnProgress) -> ProgressMeter:
        """A meter for the bytes of `snapshot`, which are noted as those of the download."""
        state = DownloadState(entry.id, snapshot.id, snapshot.revision, snapshot.bytes)
        write_state(download_folder(self._store, entry.id), state)
        return ProgressMeter(on_progress, snapshot.bytes)


@contextmanager
def _discarding(folder: Path, repository: str) -> Iterator[None]:
    """Delete the folder of a download where a ModelError says that its model cannot be used."""
    try:
        with errors_told_as(folder, repository):
            yield
    except ModelError:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _with_shards(snapshot: HubSnapshot, folder: Path) -> HubSnapshot:
    """The snapshot with the shards that the index in `folder` lists, if any. Raises ModelError."""
    if not (folder / INDEX).is_file():
        return snapshot
    try:
        tensors = read_index(folder / INDEX)
    except DamagedError as error:
        raise ModelError(
            "The {file} of this model is missing or damaged; get the model from elsewhere.", file=INDEX
        ) from error
    quantisation.require_plain({}, tensors, snapshot.original)
    return snapshot.with_shards(sorted(set(tensors.values())))


def _pinned(snapshot: HubSnapshot, pins: Hub) -> HubSnapshot:
    """The snapshot with the catalogue's hashes. Raises ModelError where the server's differ."""
    if snapshot.revision != pins.revision:
        return snapshot
    for file in (*snapshot.files, *snapshot.other_weights):
        if file.sha256 and pins.sha256.get(file.name, file.sha256) != file.sha256:
            raise ModelError(
                "{endpoint} offers another {file} than was published; try another source.",
                endpoint=snapshot.endpoint,
                file=file.name,
            )

    def pinned(files: tuple[RemoteFile, ...]) -> tuple[RemoteFile, ...]:
        return tuple(replace(file, sha256=pins.sha256.get(file.name, file.sha256)) for file in files)

    return replace(snapshot, files=pinned(snapshot.files), other_weights=pinned(snapshot.other_weights))


def _place_files(
    entry: Entry,
    snapshot: HubSnapshot,
    files: tuple[ModelFile, ...],
    folder: Path,
    part: Path,
    cancelled: CancelCheck,
) -> Manifest:
    """Link or move the verified files into the folder `part`, changed where they must be; the manifest."""
    names = [file.name for file in files]
    changed = bool(snapshot.gguf) or arrival.needs_change(folder, names)
    try:
        if snapshot.gguf:
            convert_in_child(folder / snapshot.gguf, part, cancelled)
        else:
            arrival.change(folder, part, names, link_or_move, cancelled)
    except OSError as error:
        raise ModelError(
            "The model cannot be put into {folder} ({reason}); check the space and who may write there.",
            folder=part.parent,
            reason=os_reason(error),
        ) from error
    return replace(
        entry.manifest(f"{snapshot.endpoint}/{snapshot.id}", snapshot.revision),
        licence=snapshot.licence if snapshot.licence != "not stated" else entry.licence or snapshot.licence,
        languages=entry.languages or snapshot.languages,
        files=() if changed else files,
    )
