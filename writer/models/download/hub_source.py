"""The installation of a model from a hub: its files are downloaded, verified, and put into the store.

The files of an unfinished download lie in a hidden folder in the store, with a JSON file that names
repository and revision, so that it can be continued at the same revision.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from writer.base import paths
from writer.base.progress import CancelCheck, OnProgress, ProgressMeter
from writer.models import compatibility
from writer.models.catalogue import Entry, Hub
from writer.models.download import hub_api
from writer.models.download.downloader import SnapshotDownloader, link_or_move
from writer.models.download.http_client import HttpClient, RetryPolicy
from writer.models.download.hub_api import HubSnapshot
from writer.models.download.unfinished import DownloadState, download_folder, read_state, write_state
from writer.models.manifest import Manifest, ModelError, ModelFile
from writer.models.model_folder import ModelFolder
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
        try:
            assert entry.hub is not None
            snapshot = hub_api.find_snapshot(
                client, address, entry.hub.id, revision or (state.revision if state else "")
            )
            snapshot = _pinned(snapshot, entry.hub)
            write_state(folder, DownloadState(entry.id, snapshot.id, snapshot.revision, snapshot.bytes))
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
