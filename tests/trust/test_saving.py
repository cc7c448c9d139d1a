"""The scorecard's rows about saving, made small."""

from __future__ import annotations

import pytest

from tests.trust import rights, saving
from writer.base.user_files import user_file


def test_saves_that_fail_or_are_killed_leave_the_old_or_the_new_text() -> None:
    figure = saving.failing(2, 0.01)
    assert figure.passed, figure.text


def test_a_false_claim_and_a_mixed_text_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saving, "KINDS", ("linked",))
    monkeypatch.setattr(saving, "roll_back_all", lambda: None)
    monkeypatch.setattr(saving.Saves, "kill", lambda *_: None)
    assert not saving.failing(2, 0.02).passed


def test_rights_and_links_stay() -> None:
    figure = rights.kept(1, 0.03)
    assert figure.passed, figure.text


def test_lost_rights_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(user_file, "copy_rights", lambda *_: None)
    assert not rights.kept(1, 0.03).passed
