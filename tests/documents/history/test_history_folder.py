"""Histories: kept once, bounded, following their file, and whole beside damaged neighbours."""

from __future__ import annotations

import itertools
import os
import stat
import time
from functools import partial
from pathlib import Path

import pytest

from tests.fakes.killed_work import KilledWork, needs_forks
from writer.documents.history import history_folder
from writer.documents.history.history_folder import HistoryFolder
from writer.documents.history.thinning import excess_of_all
from writer.documents.history.version_file import VersionText, read_text

NOW = 1_790_000_000_000


@pytest.fixture
def histories(tmp_path: Path) -> HistoryFolder:
    return HistoryFolder(tmp_path / "data" / "histories")


def keep(histories: HistoryFolder, path: Path, *texts: str) -> None:
    for place, text in enumerate(texts):
        histories.keep(path, VersionText(text), NOW + place)


def texts(histories: HistoryFolder, path: Path) -> list[str]:
    return [read_text(version.path).text for version in histories.read(path).versions]


def test_the_newest_comes_first_and_the_same_text_is_kept_once(
    histories: HistoryFolder, tmp_path: Path
) -> None:
    keep(histories, tmp_path / "a.txt", "one", "two", "two", "one")
    assert texts(histories, tmp_path / "a.txt") == ["one", "two", "one"]
    assert texts(histories, tmp_path / "b.txt") == []


def test_only_the_owner_may_look(histories: HistoryFolder, tmp_path: Path) -> None:
    keep(histories, tmp_path / "a.txt", "one")
    for place in (tmp_path / "data" / "histories").rglob("*"):
        assert stat.S_IMODE(place.stat().st_mode) == (0o700 if place.is_dir() else 0o600)


def test_damaged_versions_are_counted_and_left_out(histories: HistoryFolder, tmp_path: Path) -> None:
    keep(histories, tmp_path / "a.txt", "one", "two", "three")
    damaged = histories.read(tmp_path / "a.txt").versions[1].path
    damaged.write_bytes(damaged.read_bytes()[:-1])
    assert texts(histories, tmp_path / "a.txt") == ["three", "one"]
    assert histories.read(tmp_path / "a.txt").damaged == 1
    keep(histories, tmp_path / "a.txt", "four")
    assert texts(histories, tmp_path / "a.txt") == ["four", "three", "one"]


def test_a_clock_that_was_set_back_keeps_the_order(histories: HistoryFolder, tmp_path: Path) -> None:
    histories.keep(tmp_path / "a", VersionText("one"), NOW)
    histories.keep(tmp_path / "a", VersionText("two"), NOW - 1_000_000)
    assert texts(histories, tmp_path / "a") == ["two", "one"]


def test_what_a_file_held_before_is_kept_behind_later_versions(
    histories: HistoryFolder, tmp_path: Path
) -> None:
    keep(histories, tmp_path / "a", "one")
    for _ in range(2):
        histories.keep(tmp_path / "a", VersionText("old"), NOW - 1000, again=False)
        histories.keep(tmp_path / "a", VersionText("one"), NOW - 500, again=False)
    assert texts(histories, tmp_path / "a") == ["one", "old"]


def test_a_moved_folder_takes_the_histories_below_it(histories: HistoryFolder, tmp_path: Path) -> None:
    book = tmp_path / "book"
    for name in ("a.txt", "part/b.txt"):
        keep(histories, book / name, name, "second")
    keep(histories, tmp_path / "bookish.txt", "other")
    histories.move(book, tmp_path / "novel")
    assert texts(histories, tmp_path / "novel" / "part" / "b.txt") == ["second", "part/b.txt"]
    assert texts(histories, tmp_path / "novel" / "a.txt") == ["second", "a.txt"]
    assert texts(histories, book / "a.txt") == []
    assert texts(histories, tmp_path / "bookish.txt") == ["other"]
    histories.move(tmp_path / "novel" / "a.txt", tmp_path / "早.txt")
    assert texts(histories, tmp_path / "早.txt") == ["second", "a.txt"]


@pytest.mark.parametrize("links", [True, False], ids=["links", "copies"])
def test_a_text_saved_under_another_name_has_both_histories(
    histories: HistoryFolder, tmp_path: Path, links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "no links here")

    if not links:
        monkeypatch.setattr(history_folder.os, "link", refuse)
    keep(histories, tmp_path / "a", "one")
    histories.keep(tmp_path / "b", VersionText("two"), NOW + 5)
    for _ in range(2):
        histories.share(tmp_path / "a", tmp_path / "b")
    assert texts(histories, tmp_path / "b") == ["two", "one"]
    assert texts(histories, tmp_path / "a") == ["one"]
    assert all(stat.S_IMODE(v.path.stat().st_mode) == 0o600 for v in histories.read(tmp_path / "b").versions)


def test_a_file_renamed_elsewhere_is_found_by_its_text(histories: HistoryFolder, tmp_path: Path) -> None:
    old, new, other = tmp_path / "old.txt", tmp_path / "new.txt", tmp_path / "other.txt"
    old.write_text("two")
    keep(histories, old, "one", "two")
    histories.adopt(new, VersionText("two"))
    assert texts(histories, new) == []  # the old one is still there: this is a copy
    old.unlink()
    histories.adopt(other, VersionText("three"))
    histories.adopt(new, VersionText("two"))
    assert texts(histories, new) == ["two", "one"]
    assert texts(histories, other) == []


def test_a_symbolic_link_has_the_history_of_its_file(histories: HistoryFolder, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    keep(histories, tmp_path / "link", "one")
    assert texts(histories, tmp_path / "a") == ["one"]


def test_strange_names_have_histories(histories: HistoryFolder, tmp_path: Path) -> None:
    for name in ("早上.md", "a\nb", os.fsdecode(b"\xff\xfe"), "x" * 255):
        keep(histories, tmp_path / name, name.encode("utf-8", "surrogateescape").hex())
        histories.move(tmp_path / name, tmp_path / "moved" / name)
        assert len(texts(histories, tmp_path / "moved" / name)) == 1


def test_all_texts_together_have_a_limit(
    histories: HistoryFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in range(6):
        histories.keep(tmp_path / f"{place % 2}", VersionText(os.urandom(500).hex()), NOW + place)
    limit = 3 * histories.read(tmp_path / "0").versions[0].size + 100
    monkeypatch.setattr(history_folder, "excess_of_all", lambda versions: excess_of_all(versions, limit))
    assert histories.thin_all() <= limit
    assert [len(texts(histories, tmp_path / name)) for name in "01"] == [1, 2]


def keep_random_text(histories: HistoryFolder, path: Path) -> None:
    histories.keep(path, VersionText(os.urandom(50_000).hex()), NOW)


@needs_forks
def test_a_kill_at_any_place_leaves_whole_versions(histories: HistoryFolder, tmp_path: Path) -> None:
    path, counts = tmp_path / "a", []
    with KilledWork(partial(keep_random_text, histories, path), tmp_path) as work:
        for _ in itertools.takewhile(work.run, itertools.count()):
            history = histories.read(path)
            assert history.damaged == 0
            assert all(len(read_text(version.path).text) == 100_000 for version in history.versions)
            counts.append(len(history.versions))
    assert counts == sorted(counts)
    assert len(histories.read(path).versions) == counts[-1] + 1


def test_thinning_leaves_what_was_kept_just_now(histories: HistoryFolder, tmp_path: Path) -> None:
    now = time.time_ns() // 1_000_000
    for place in range(60):
        histories.keep(tmp_path / "a", VersionText(str(place)), now - 86_400_000 + place)
    histories.keep(tmp_path / "a", VersionText("now"), now)
    histories.thin(tmp_path / "a")
    assert texts(histories, tmp_path / "a") == ["now", "59", "0"]
