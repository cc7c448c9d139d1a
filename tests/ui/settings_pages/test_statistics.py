"""Statistics count what real keys did, hold no text, and are gone with one click; so is what else may go."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from datetime import date, datetime, time, timedelta
from time import sleep

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from writer.app.suggestions.usage_statistics import FILE_NAME, Day
from writer.base import paths
from writer.settings.schema import STATISTICS_ENABLED
from writer.ui.settings_pages.privacy import PrivacyBox
from writer.ui.settings_pages.statistics import StatisticsBox

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|raise\\(")


@pytest.fixture(autouse=True)
def one_day() -> None:
    """Let no midnight fall into a test."""
    now = datetime.now()
    left = datetime.combine(now.date() + timedelta(days=1), time()) - now
    if left < timedelta(seconds=30):
        sleep(left.total_seconds() + 0.1)


def today() -> str:
    return date.today().isoformat()


def kept() -> dict[str, dict[str, float]]:
    return json.loads((paths.state_dir() / FILE_NAME).read_text("utf-8"))


def stored(days: dict[str, dict[str, float]] | str) -> None:
    text = days if isinstance(days, str) else json.dumps(days)
    (paths.state_dir() / FILE_NAME).write_text(text, "utf-8")


def click(button) -> None:
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)


def test_an_accepted_suggestion_counts_once_and_its_characters_less_the_keys(start):
    writing = start({"We": " ran home."})
    writing.type("We")
    assert writing.ghost() == " ran home."
    writing.key("Ctrl+Right")
    writing.key("Tab")
    assert writing.text == "We ran home."
    day = writing.program.container.statistics.day()
    assert (day.saved, day.accepted) == (len(" ran home.") - 2, 1)
    assert day.shown >= 1
    assert day.latency > 0


def test_numbers_outlive_the_program_in_a_private_file_without_text(start):
    writing = start({"We": " ran home."})
    writing.type("We")
    writing.ghost()
    writing.key("Tab")
    again = start({"We": " ran."})
    assert set(kept()) == {today()}
    assert set(kept()[today()]) == {field.name for field in fields(Day)}
    assert (paths.state_dir() / FILE_NAME).stat().st_mode & 0o777 == 0o600
    assert again.program.container.statistics.total().saved == len(" ran home.") - 1


def test_switched_off_nothing_is_counted_and_no_file_is_made(start):
    writing = start({"We": " ran."})
    writing.settings.set(STATISTICS_ENABLED, False)
    writing.type("We")
    writing.ghost()
    writing.key("Tab")
    assert writing.program.container.statistics.total() == Day()
    writing.program.container.statistics.close()
    assert not (paths.state_dir() / FILE_NAME).exists()


def test_a_dismissed_suggestion_is_shown_and_not_accepted(start):
    writing = start({"We": " ran."})
    writing.type("We")
    writing.ghost()
    writing.key("Esc")
    assert writing.program.container.statistics.day().rate == 0.0


@pytest.mark.parametrize(
    "content",
    [
        *("[]", "{", '{"x": {}}', '{"2026-01-01": {"saved": "many"}}', '{"2026-01-01": 3}'),
        *("[" * 100_000, '{"2026-01-01": {"waited": 1e999}}', '{"2026-01-01": {"shown": -1}}'),
        '{"2026-01-01": {"shown": ' + "9" * 400 + "}}",
    ],
    ids=range(9),
)
def test_a_damaged_file_is_set_aside(start, content):
    stored(content)
    writing = start()
    assert writing.program.container.statistics.total() == Day()
    [aside] = paths.state_dir().glob("statistics.bad-*.json")
    assert aside.read_text() == content
    writing.until(lambda: str(aside) in writing.window.status.message.full_text())


def test_what_cannot_be_read_is_set_aside_before_numbers_are_written(start):
    file = paths.state_dir() / "statistics.json"
    file.mkdir()
    (file / "inside").touch()
    start().program.container.statistics.save()
    [aside] = paths.state_dir().glob("statistics.bad-*.json")
    assert (aside / "inside").exists()
    assert file.is_file()


def test_a_damaged_day_takes_no_other_with_it(start):
    good = {"saved": 40, "shown": 10, "accepted": 5, "waited": 1200.0}
    stored({today(): good, "2026-01-01": {"saved": "many"}, "tomorrow": good})
    writing = start()
    assert writing.program.container.statistics.total() == Day(40, 10, 5, 1200.0)
    assert kept() == {today(): asdict(Day(**good))}
    assert len(list(paths.state_dir().glob("statistics.bad-*.json"))) == 1


def test_the_page_shows_the_numbers_plots_them_and_clears_them_with_one_click(start):
    yesterday = (date.today() - timedelta(days=1)).isoformat()
    stored(
        {
            today(): {"saved": 40, "shown": 10, "accepted": 5, "waited": 1200.0, "taken": 50, "kept": 40},
            yesterday: {"saved": 20, "shown": 10, "accepted": 1, "waited": 800.0}
            | {"taken": 50, "kept": 50, "taken_before": 50, "kept_later": 10},
        }
    )
    writing = start()
    pane = writing.program.settings_dialog.open()
    pane.open_page("statistics")
    [box] = pane.findChildren(StatisticsBox)
    assert [[label.text() for label in row] for row in box.numbers] == [
        ["40", "60"],
        ["5 of 10 (50 %)", "6 of 20 (30 %)"],
        ["120 ms", "100 ms"],
        ["80 %", "90 %"],
        ["–", "20 %"],
    ]
    assert box.plot.accessibleName() == "Keystrokes saved: 40 today, 60 in all"
    bars = box.plot.grab().toImage()
    accent = box.plot.palette().color(box.plot.palette().ColorRole.Accent)
    heights = [
        sum(bars.pixelColor(int(bars.width() * (i + 0.4) / 30), y) == accent for y in range(bars.height()))
        for i in (27, 28, 29)
    ]
    assert heights[0] == 0
    assert heights[2] == pytest.approx(2 * heights[1], abs=6)
    click(box.clear)
    assert box.numbers[0][1].text() == "0"
    assert not box.clear.isEnabled()
    assert not (paths.state_dir() / FILE_NAME).exists()


def test_the_privacy_page_tells_what_is_where_and_clears_it(start):
    stored({today(): {"saved": 4, "shown": 1, "accepted": 1, "waited": 1.0}})
    (paths.cache_dir() / "graphs").mkdir()
    (paths.cache_dir() / "graphs" / "g.onnx").write_bytes(b"x" * 3_000_000)
    (paths.log_dir() / "writer.log.1").write_text("old")
    (paths.models_dir() / "mine").mkdir()
    (paths.models_dir() / "mine" / "w").write_bytes(b"x" * 2_000_000)
    writing = start()
    pane = writing.program.settings_dialog.open()
    pane.open_page("privacy")
    [box] = pane.findChildren(PrivacyBox)
    assert box.rows["caches"].where.text() == f"3 MB · {paths.cache_dir()}"
    assert box.rows["models"].where.text() == f"2 MB · {paths.models_dir()}"
    clearable = [name for name, row in box.rows.items() if row.clear.isVisible()]
    assert clearable == [
        *("unsaved", "versions", "authorship", "training", "corpus", "dictionary", "dictionaries"),
        *("statistics", "taking", "session", "visited", "logs", "caches"),
    ]
    for name in clearable:
        click(box.rows[name].clear)
        assert box.rows[name].where.text().startswith("0 kB")
    assert writing.program.container.statistics.total() == Day()
    assert list(paths.cache_dir().iterdir()) == []
    assert not (paths.log_dir() / "writer.log.1").exists()
    assert (paths.models_dir() / "mine" / "w").is_file()
