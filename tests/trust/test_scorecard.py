"""The scorecard itself, and its quick rows made small."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks import formats, hostile_models, hostile_servers
from tests.trust import damage, files_gone, hostile, scorecard
from tests.trust.files_gone import Cell, Loss
from tests.trust.scorecard import Figure, Row


def test_a_row_that_raises_fails_and_the_others_go_on() -> None:
    def fail(seed: int, scale: float) -> Figure:
        raise ValueError(f"{seed} {scale}")

    result = scorecard.play(Row("bad", "x", "y", fail), 3, 0.5)
    assert not result.figure.passed
    assert result.figure.text == "ValueError: 3 0.5"
    good = scorecard.play(Row("good", "a|b", "y", lambda *_: Figure("0", passed=True)), 3, 0.5)
    report = scorecard.table([result, good], 3, 0.5, 120)
    assert "Seed 3, scale 0.5, 2 minutes." in report
    assert "| bad | x | y | ValueError: 3 0.5 | 0 s | **fail** |" in report
    assert "| good | a/b | y | 0 | 0 s | pass |" in report


def test_rows_are_chosen_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(scorecard, "REPORT", tmp_path / "build" / "trust.md")
    assert scorecard.main(["nothing"]) == 2
    assert "There is no row nothing" in capsys.readouterr().err
    assert scorecard.main(["journal-damage", "--scale", "0.02"]) == 0
    assert "| journal-damage |" in (tmp_path / "build" / "trust.md").read_text("utf-8")


def test_a_row_that_ends_its_process_fails() -> None:
    result = scorecard.play_in_child(Row("unknown", "x", "y", lambda *_: Figure("0", passed=True)), 1, 1.0)
    assert not result.figure.passed
    assert "status 2" in result.figure.text


def test_long_rows_come_first_and_those_that_measure_time_alone_at_the_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def row(name: str, minutes: float, alone: bool = False) -> Row:
        return Row(name, "x", "y", lambda *_: Figure("0", passed=True), minutes, alone)

    played = []

    def play(row: Row, seed: int, scale: float) -> scorecard.Result:
        played.append(row.name)
        return scorecard.play(row, seed, scale)

    monkeypatch.setattr(scorecard, "play_in_child", play)
    chosen = [row("short", 1), row("alone", 20, alone=True), row("long", 30), row("last", 4, alone=True)]
    written: list[int] = []
    results = scorecard.play_all(chosen, 1, 1.0, 1, lambda so_far: written.append(len(so_far)))
    assert written == [1, 2, 3, 4]
    assert played == ["long", "short", "alone", "last"]
    assert [result.row.name for result in results] == ["short", "alone", "long", "last"]
    assert "4 rows, about 55 minutes" in capsys.readouterr().err
    assert scorecard.minutes_of(chosen, 1.0, lanes=2) == 54
    assert scorecard.minutes_of(chosen, 0.5, lanes=2) == 27


def test_damage_is_seen_where_it_is_not_mended(monkeypatch: pytest.MonkeyPatch) -> None:
    real = damage.read_newest

    def halved(folder):
        found = real(folder)
        return type(found)(found.generation, found.info, found.text[:9], found.view, True, 0, 0.0)

    monkeypatch.setattr(damage, "read_newest", halved)
    assert not damage.damaged(1, 0.01).passed


def test_a_file_that_goes_leaves_its_text() -> None:
    figure = files_gone.files_gone(1, 0.0)
    assert figure.passed, figure.text


def test_a_text_that_is_another_one_when_its_file_is_back_is_seen() -> None:
    loss = Loss("replaced", Path.unlink, lambda file: file.write_text("another text"))
    cell = Cell(loss, changed=False, moment="unnoticed", end="kill", behind=False, comes_back="while it runs")
    assert "it asks" in files_gone.problem(cell)


@pytest.mark.parametrize("row", hostile.ROWS, ids=lambda row: row.name)
def test_what_means_harm_is_bounded(row: Row, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "FOLDER", tmp_path / "nowhere")
    figure = row.run(1, 0.01)
    assert figure.passed, figure.text


def test_harm_is_seen_where_it_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [
        hostile_servers.Row("hub", "gzip", 0.1, 1.0, "too much", ""),
        hostile_servers.Row("hub", "slow", 0.1, 1.0, "", "TypeError: x"),
    ]
    monkeypatch.setattr(hostile_servers, "run", lambda *_values: answers[: len(answers)])
    assert "hub slow: TypeError: x" in hostile.servers(1, 0.01).text
    assert not hostile.servers(1, 0.01).passed
    answers[1] = hostile_servers.Row("hub", "slow", 0.1, 1.0, "too slow", "")
    assert hostile.servers(1, 0.01).passed
    answers[1] = hostile_servers.Row("hub", "slow", 99.0, 1.0, "too slow", "")
    assert not hostile.servers(1, 0.01).passed
    dead = [hostile_models.Row("sound: folder", 0.1, 1.0, "The engine stopped.", "")]
    monkeypatch.setattr(hostile_models, "run", lambda *_values: dead)
    assert not hostile.models(1, 0.01).passed
