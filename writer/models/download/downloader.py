"""A resumable downloader for the files of a Hub snapshot.

A file is called `NAME.part` until it is complete and has the hash in the server's list. The next download
continues the files that a killed one left.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from writer.base.atomic_file import move
from writer.base.errors import os_reason
from writer.base.progress import CancelCheck, Cancelled, ProgressMeter
from writer.models.download import hub_api
from writer.models.download.http_client import HttpClient, TransientError
from writer.models.download.hub_api import HubSnapshot, RemoteFile
from writer.models.manifest import ModelError, ModelFile

log = logging.getLogger(__name__)

PART = ".part"
RESERVED_BYTES = 64 << 20
"""Bytes of the disk that stay free."""

DISK_FULL = (errno.ENOSPC, errno.EDQUOT)


class WrongHashError(TransientError):
    """A downloaded file does not have the size or hash in the server's list."""


class SnapshotDownloader:
    """Downloads the files of `snapshot` into `folder`. Used from one thread."""

    def __init__(self, client: HttpClient, snapshot: HubSnapshot, folder: Path, meter: ProgressMeter) -> None:
        self._client = client
        self._snapshot = snapshot
        self._folder = folder
        self._meter = meter

    def run(self, files: tuple[RemoteFile, ...]) -> tuple[ModelFile, ...]:
        """Download and verify `files` of the snapshot; returns their sizes and SHA-256.

        Raises ModelError, and Cancelled when cancelled; complete and partial files stay for the next call.
        """
        try:
            self._require_space()
            return tuple(self._download(file) for file in files)
        except OSError as error:
            if error.errno in DISK_FULL:
                raise _no_space(self._folder, self._missing()) from error
            raise ModelError(
                "The folder {folder} cannot be used ({reason}); check who may write there.",
                folder=self._folder,
                reason=os_reason(error),
            ) from error

    def _require_space(self) -> None:
        missing = self._missing()
        if missing and shutil.disk_usage(self._folder).free < missing + RESERVED_BYTES:
            raise _no_space(self._folder, missing)
        self._meter.set_done(self._snapshot.bytes - missing)

    def _missing(self) -> int:
        """Bytes of the snapshot that are not downloaded yet."""
        return sum(max(0, file.bytes - self._present(file)) for file in self._snapshot.files)

    def _present(self, file: RemoteFile) -> int:
        whole = self._folder / file.name
        return _size(whole) if whole.exists() else _size(self._part(file))

    def _part(self, file: RemoteFile) -> Path:
        return self._folder / (file.name + PART)

    def _download(self, file: RemoteFile) -> ModelFile:
        """Download a file unless an earlier download did; one with a wrong hash a second time."""
        whole, part = self._folder / file.name, self._part(file)
        if whole.exists():
            try:
                return self._verified(file, whole)
            except WrongHashError:
                log.warning("%s has changed on the disk and is brought again", file.name)
                whole.unlink()
                self._meter.set_done(self._snapshot.bytes - self._missing())
        for attempt in (1, 2):
            self._client.with_retries(lambda: self._resume(file, part), lambda: _size(part))
            try:
                found = self._verified(file, part)
            except WrongHashError as error:
                part.unlink()
                self._meter.set_done(self._snapshot.bytes - self._missing())
                if attempt == 2:
                    raise ModelError(error.sentence) from error
                continue
            move(part, whole)
            return found
        raise AssertionError("unreachable")

    def _resume(self, file: RemoteFile, part: Path) -> None:
        """Append to `part` until the file is complete. Raises TransientError where the connection is cut."""
        offset = _size(part)
        if offset > file.bytes:
            part.unlink()
            offset = 0
        if offset == file.bytes:
            part.touch()
            return
        url = self._snapshot.url(file)
        headers = hub_api.headers(self._snapshot.endpoint) | ({"Range": f"bytes={offset}-"} if offset else {})
        excess = ModelError("The server sends more than it said; try again, or another source.")
        with self._client.stream(url, file.bytes, headers) as answer:
            if offset and not _continues(answer.status, answer.headers, offset):
                offset = 0
                self._meter.set_done(self._snapshot.bytes - self._missing() - _size(part))
            with part.open("ab" if offset else "wb") as out:
                offset += self._client.copy(answer, out, file.bytes - offset, self._meter, excess)
        if offset < file.bytes:
            raise TransientError(
                "The server sent only a part of {file}; try again, and that part stays.", None, file=file.name
            )

    def _verified(self, file: RemoteFile, path: Path) -> ModelFile:
        """Size and SHA-256 of a file. Raises WrongHashError where they differ from the server's list."""
        self._meter.enter_stage("checking")
        sha256, blob = digests(path, self._client.cancelled)
        size = _size(path)
        if size != file.bytes or (sha256 != file.sha256 if file.sha256 else blob != file.blob):
            raise WrongHashError(
                "{file} did not arrive as the server promised it; try another source.",
                file=file.name,
            )
        return ModelFile(file.name, size, sha256)


def digests(path: Path, cancelled: CancelCheck) -> tuple[str, str]:
    """The SHA-256 of a file and its SHA-1 as a git blob, in hexadecimal. Raises Cancelled, OSError."""
    plain, blob = hashlib.sha256(), hashlib.sha1(b"blob %d\0" % _size(path), usedforsecurity=False)
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            if cancelled():
                raise Cancelled
            plain.update(piece)
            blob.update(piece)
    return plain.hexdigest(), blob.hexdigest()


def link_or_move(source: Path, target: Path) -> None:
    """Make `target` a hard link to `source`; where the disk has no links, move it."""
    try:
        os.link(source, target)
    except OSError:
        move(source, target)


def _continues(status: int, headers: Mapping[str, str], offset: int) -> bool:
    """Whether a response, by its Content-Range, starts at byte `offset`."""
    return status == 206 and str(headers.get("Content-Range", "")).startswith(f"bytes {offset}-")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _no_space(folder: Path, missing: int) -> ModelError:
    free = shutil.disk_usage(folder).free
    return ModelError(
        "There is not enough space in {folder}: {needed} MB are needed and {free} MB are free. "
        "Free some and try again; what has come stays.",
        folder=folder,
        needed=f"{(missing + RESERVED_BYTES) / 1e6:.0f}",
        free=f"{free / 1e6:.0f}",
    )
