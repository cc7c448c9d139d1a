"""The unfinished downloads of a store: a hidden folder each, with a JSON file that says what comes there."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path

from writer.base import atomic_file
from writer.base.typed_data import Count, DamagedError, read_json_file
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
class DownloadState:
    """The JSON of an unfinished download: model id, repository, revision, and bytes in all."""

    id: str
    name: str
    revision: str
    total: Count


def download_folder(store: ModelStore, model_id: str) -> Path:
    """The folder of the unfinished download of a model."""
    return store.directory / f".{model_id}.download"


def read_state(folder: Path) -> DownloadState | None:
    """The state of the download in `folder`; None where there is none, or it is damaged or another's."""
    try:
        state = read_json_file(folder / STATE_FILE, DownloadState, _STATE_LIMIT)
    except FileNotFoundError:
        return None
    except (OSError, DamagedError) as error:
        log.warning("the state of an unfinished download is not read: %s", type(error).__name__)
        return None
    is_of_folder = folder.name == f".{state.id}.download"
    return state if is_of_folder and state.name.isascii() and state.name.isprintable() else None


def write_state(folder: Path, state: DownloadState) -> None:
    """Write the state of the download in `folder`, atomically. Raises OSError."""
    atomic_file.replace(folder / STATE_FILE, json.dumps(asdict(state)).encode())
