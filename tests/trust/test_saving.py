"""The scorecard's rows about saving, made small."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.trust import full_disk, power_cuts, rights, saving
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


def test_what_a_disk_refuses_is_told_and_not_lost() -> None:
    figure = full_disk.refused(1, 0.01)
    assert figure.passed, figure.text


def test_a_silent_loss_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    [silent] = [thing for thing in full_disk.WRITES if thing.name == "the session"]
    monkeypatch.setattr(full_disk, "WRITES", (replace(silent, silent=False),))
    assert not full_disk.refused(1, 0.01).passed


def test_a_power_cut_costs_no_more_than_the_last_keys() -> None:
    """In the first session of all, too, which makes folders. The limit allows for a busy machine."""
    losses = power_cuts.measured(1, 0.1)
    assert None not in losses
    assert max(loss for loss in losses if loss is not None) < 900


def test_typing_that_is_not_synced_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(power_cuts.SyncThread, "schedule", lambda *_: None)
    assert not power_cuts.cut(1, 0.1).passed
