"""Unfinished downloads are listed whatever the state of another one says."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from writer.models.download.fetcher import ModelFetcher
from writer.models.download.unfinished import STATE_FILE, UnfinishedDownload
from writer.models.library.overview import STOPPED, overview
from writer.models.selection import ModelPreferences
from writer.models.store import ModelStore

GOOD = {"id": "someone--small", "name": "someone/small", "revision": "a" * 40, "total": 5_000}
BAD = GOOD | {"id": "bad"}
DEEP = b'{"id":' * 100_000


def put(store: ModelStore, name: str, content: bytes) -> Path:
    folder = store.directory / f".{name}.download"
    folder.mkdir()
    (folder / STATE_FILE).write_bytes(content)
    (folder / "config.json").write_bytes(bytes(100))
    return folder


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in BAD.items() if name != key}


@pytest.mark.parametrize(
    "state",
    [
        7,
        [],
        BAD | {"total": "many"},
        BAD | {"total": -1},
        BAD | {"total": 10**400},
        BAD | {"total": None},
        BAD | {"id": 5},
        BAD | {"id": "../../elsewhere"},
        BAD | {"id": "b" * 5_000},
        BAD | {"id": "\0"},
        BAD | {"name": ["someone/small"]},
        BAD | {"name": "someone/\ud800"},
        BAD | {"name": "someone/small\x1b[2J"},
        BAD | {"revision": 7},
        *map(without, BAD),
    ],
    ids=range(18),
)
def test_a_damaged_state_hides_no_other_download(store: ModelStore, state: Any) -> None:
    put(store, "bad", json.dumps(state).encode())
    put(store, "someone--small", json.dumps(GOOD).encode())
    assert ModelFetcher(store).unfinished() == (
        UnfinishedDownload("someone--small", "someone/small", 100, 5_000),
    )
    listed = [line for line in overview(store, ModelPreferences()) if line.state == STOPPED]
    assert [line.as_row()[:2] for line in listed] == [("someone--small", "stopped at 2%")]


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: file.write_bytes(DEEP),
        lambda file: file.write_bytes(b"\xff\xfe\x00"),
        lambda file: file.write_bytes(b""),
        lambda file: os.truncate(file, 5 << 30),
        lambda file: (file.unlink(), file.mkdir()),
        lambda file: file.unlink(),
    ],
    ids=["deep", "binary", "empty", "without end", "a folder", "gone"],
)
def test_a_state_that_cannot_be_read_hides_no_other_download(
    store: ModelStore, damage: Callable[[Path], object]
) -> None:
    damage(put(store, "bad", b"{}") / STATE_FILE)
    put(store, "someone--small", json.dumps(GOOD).encode())
    assert [download.id for download in ModelFetcher(store).unfinished()] == ["someone--small"]
