"""The row of damaged files made small, and what it must see."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.trust import file_damage
from tests.trust.file_damage import TARGETS, Target


def test_damaged_files_hide_no_text() -> None:
    figure = file_damage.damaged(1, 0.0)
    assert figure.passed, figure.text


def test_what_is_not_kept_or_not_told_is_seen(tmp_path: Path) -> None:
    def never(_data: bytes) -> None:
        raise ValueError

    whole = tmp_path / "whole"
    whole.mkdir()
    file_damage.prepare(whole)
    session = next(target for target in TARGETS if "session" in target.path)
    data = (whole / "home" / session.path).read_bytes()
    assert "not set aside" in file_damage.problem(replace(session, parses=never), whole, data)
    assert "was changed" in file_damage.problem(replace(session, set_aside=False), whole, data[:-9])
    journal = next((whole / "home/data/writer/journals").glob("*/*.text"))
    inside = Target(str(journal.relative_to(whole / "home")), lambda _data: None)
    assert "the texts are" in file_damage.problem(inside, whole, b"")
