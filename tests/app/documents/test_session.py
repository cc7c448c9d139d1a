"""What one start hands to the next."""

from __future__ import annotations

from writer.app.documents.session import Session, SessionStore


def test_a_session_comes_back(tmp_path):
    store = SessionStore(tmp_path / "session.json")
    assert store.load() == Session()
    session = Session(b"\x00\xff")
    store.save(session)
    assert store.load() == session
    assert (tmp_path / "session.json").stat().st_mode & 0o777 == 0o600


def test_a_damaged_session_is_kept_aside(tmp_path):
    file = tmp_path / "session.json"
    for content in ("{", "[]", "7", '{"geometry": 3}'):
        file.write_text(content)
        assert SessionStore(file).load() == Session()
        assert not file.exists()
    assert len(list(tmp_path.glob("session.bad-*"))) == 4
