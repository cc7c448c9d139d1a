"""Damaged files of settings, session and statistics: all are named, also beside texts that come back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from writer.base import paths

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|raise\\(")


def files() -> tuple[Path, ...]:
    state = paths.state_dir()
    return paths.config_dir() / "settings.toml", state / "session.json", state / "statistics.json"


def said(writing) -> str:
    return writing.window.status.message.full_text()


def test_all_are_named_beside_a_text_that_was_not_saved(start, tmp_path: Path) -> None:
    writing = start()
    writing.type("not saved")
    writing.close()
    for file in files():
        file.write_bytes(b"\x00 damaged")
    again = start()
    assert again.text == "not saved"
    for file in files():
        [aside] = file.parent.glob(f"{file.stem}.bad-*{file.suffix}")
        assert aside.read_bytes() == b"\x00 damaged"
        assert str(aside) in said(again)
    again.close()
    assert "damaged" not in said(start())


def test_half_characters_in_a_session_stop_nothing(start) -> None:
    half = "/texts/\ud83d.txt"
    session = {"recent": [half], "silent": [half], "order": [half], "current": half}
    files()[1].write_text(json.dumps(session))
    writing = start()
    writing.type("goes on")
    assert writing.program.recent.paths == ()
    writing.close()
    assert start().text == "goes on"
