"""What one start hands to the next."""

from __future__ import annotations

import json
import os
from pathlib import Path

from writer.app.documents.session import Session, SessionStore

DAMAGED = (
    b"{",
    b"[]",
    b"7",
    b"\xff\xfe\x00",
    b'{"geometry": 3}',
    b'{"geometry": "a"}',
    b'{"geometry": "\\u00e9"}',
    b'{"order": 3}',
    b'{"order": [[]]}',
    b'{"current": {}}',
    b'{"recent": {"a": 1}}',
    b"[" * 100_000,
    b'{"order": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    b'{"x":' * 100_000,
)


def test_a_session_comes_back(tmp_path):
    store = SessionStore(tmp_path / "session.json")
    assert store.load() == Session()
    session = Session(b"\x00\xff")
    store.save(session)
    assert store.load() == session
    assert (tmp_path / "session.json").stat().st_mode & 0o777 == 0o600


def test_a_damaged_session_is_kept_aside(tmp_path):
    file = tmp_path / "session.json"
    for content in DAMAGED:
        file.write_bytes(content)
        store = SessionStore(file)
        assert store.load() == Session()
        assert not file.exists()
        [notice] = store.notices
        assert Path(notice.values["aside"]).read_bytes() == content
    assert len(list(tmp_path.glob("session.bad-*"))) == len(DAMAGED)


def test_a_session_without_end_is_kept_aside(tmp_path):
    file = tmp_path / "session.json"
    file.touch()
    os.truncate(file, 5 << 30)
    assert SessionStore(file).load() == Session()
    assert not file.exists()


def test_a_folder_in_the_place_of_a_session_is_kept_aside(tmp_path):
    file = tmp_path / "session.json"
    file.mkdir()
    assert SessionStore(file).load() == Session()
    SessionStore(file).save(Session(b"x"))
    assert SessionStore(file).load() == Session(b"x")


def test_paths_that_no_file_can_have_are_forgotten(tmp_path):
    file = tmp_path / "session.json"
    file.write_text(json.dumps({"recent": ["/a", "/b\0", "/\udcff", "/\ud83d"]}))
    assert SessionStore(file).load().recent == ("/a", "/\udcff")
