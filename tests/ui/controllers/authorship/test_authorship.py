"""The origins of the open text: of each way to change it, through undo, saving, the next start and kills."""

from __future__ import annotations

import os
import random
import shutil

import pytest
from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication

from writer.app.desktop.stored_data import stored_items
from writer.base import paths
from writer.documents.authorship.origin import FIRST_BATCH
from writer.documents.authorship.unit_text import units
from writer.settings.editor_schema import EDITOR_AUTHORSHIP

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|raise\\(")


def follower(writing):
    writing.until(lambda: writing.program.late.authorship.current is not None)
    return writing.program.late.authorship.current


def origins(writing) -> str:
    """One letter a UTF-16 unit: t, k for what was taken, p, i."""
    runs = follower(writing).tracked.runs.runs()
    found = "".join("tkpi"[tag if tag < FIRST_BATCH else 1] * length for length, tag in runs)
    assert len(found) == writing.editor.document().characterCount() - 1
    tracked = follower(writing).tracked
    assert tracked.text.between(0, tracked.text.length) == units(writing.text)
    return found


def copy(text: str) -> None:
    data = QMimeData()
    data.setText(text)
    QGuiApplication.clipboard().setMimeData(data)


def take(writing) -> None:
    """Accept the ghost text."""
    writing.until(lambda: writing.editor.ghost)
    writing.key("Tab")


def test_each_way_to_write_has_its_origin(start, tmp_path) -> None:
    file = tmp_path / "text.md"
    file.write_text("From a file. ")
    writing = start({"Once": " upon a time"}, (file,))
    follower(writing)
    writing.key("Ctrl+End")
    writing.type("Once")
    take(writing)
    copy(" pasted")
    writing.key("Ctrl+V")
    assert writing.text == "From a file. Once upon a time pasted"
    assert origins(writing) == "i" * 13 + "tttt" + "k" * 12 + "p" * 7
    writing.key("Ctrl+Z")
    writing.key("Ctrl+Z")
    assert origins(writing) == "i" * 13 + "tttt"
    writing.key("Ctrl+Y")
    assert origins(writing) == "i" * 13 + "tttt" + "k" * 12


def test_what_is_typed_before_the_record_is_there_counts(start) -> None:
    writing = start({}, hurry=lambda writing: writing.type("ab"), at_once=True)
    writing.type("cd")
    copy("xyz")
    writing.key("Ctrl+V")
    assert origins(writing) == "ttttppp"


def test_moved_text_keeps_its_origins(start) -> None:
    writing = start({"a": "bcd"})
    follower(writing)
    writing.type("a")
    take(writing)
    writing.key("Return")
    copy("pasted line")
    writing.key("Ctrl+V")
    assert (writing.text, origins(writing)) == ("abcd\npasted line", "tkkkt" + "p" * 11)
    writing.key("Alt+Up")
    assert (writing.text, origins(writing)) == ("pasted line\nabcd", "p" * 11 + "ttkkk")
    writing.key("Ctrl+Z")
    assert origins(writing) == "tkkkt" + "p" * 11
    writing.select(0, 4)
    writing.key("Ctrl+X")
    writing.key("Ctrl+End")
    writing.key("Ctrl+V")
    assert (writing.text, origins(writing)) == ("\npasted lineabcd", "t" + "p" * 11 + "tkkk")
    writing.key("Ctrl+N")
    writing.key("Ctrl+V")
    assert (writing.text, origins(writing)) == ("abcd", "tkkk")


def test_replacing_keeps_what_stays(start) -> None:
    writing = start()
    follower(writing)
    copy("a cat, a cat and a cat")
    writing.key("Ctrl+V")
    writing.editor.replace(2, 22, "dog, a dog and a dog")
    assert origins(writing) == "pptttpppptttpppppppttt"
    writing.key("Ctrl+Z")
    assert origins(writing) == "p" * 22


def test_typing_over_a_selection_is_typed(start) -> None:
    writing = start()
    follower(writing)
    copy("pasted")
    writing.key("Ctrl+V")
    writing.select(0, 4)
    writing.type("s")
    assert (writing.text, origins(writing)) == ("sed", "tpp")


def test_emoji_and_compositions_count_in_units(start) -> None:
    writing = start()
    follower(writing)
    writing.compose("ni", "你")
    copy("\U0001f600x")
    writing.key("Ctrl+V")
    writing.key("Backspace")
    writing.type("z")
    assert (writing.text, origins(writing)) == ("你\U0001f600z", "tppt")


def test_a_saved_text_keeps_its_origins_in_the_next_session(start, tmp_path) -> None:
    file = tmp_path / "text.txt"
    file.write_text("old\r\n", newline="")
    writing = start({}, (file,))
    follower(writing)
    writing.type("typed ")
    copy("pasted ")
    writing.key("Ctrl+V")
    expected = "t" * 6 + "p" * 7 + "iiii"
    assert origins(writing) == expected
    writing.key("Ctrl+S")
    writing.until(lambda: not writing.window.isWindowModified())
    moved = tmp_path / "another name.txt"
    writing = start()  # the session before has ended, and written its record
    assert origins(writing) == expected
    writing.key("Ctrl+W")
    file.rename(moved)
    writing.program.files.open(moved)
    writing.until(lambda: writing.text.startswith("typed"))
    assert origins(writing) == expected
    moved.write_text("changed elsewhere")
    writing = start({}, (moved,))
    assert origins(writing) == "i" * 17


def test_unsaved_text_keeps_its_origins_in_the_next_session(start) -> None:
    writing = start()
    follower(writing)
    writing.type("typed ")
    copy("pasted")
    writing.key("Ctrl+V")
    writing = start()
    assert (writing.text, origins(writing)) == ("typed pasted", "t" * 6 + "p" * 6)
    writing.type("!")
    writing = start()
    assert origins(writing) == "t" * 6 + "p" * 6 + "t"


def test_random_edits_are_those_of_a_list(start) -> None:
    chance = random.Random(5)
    writing = start()
    follower(writing)
    expected, states = "", [("", "")]
    for _ in range(60):
        kind = chance.choice(("type", "type", "paste", "erase", "undo"))
        at = chance.randint(0, len(writing.text))
        cursor = writing.editor.textCursor()
        cursor.setPosition(at)
        writing.editor.setTextCursor(cursor)
        if kind == "type":
            writing.type("ab")
            expected = expected[:at] + "tt" + expected[at:]
        elif kind == "paste":
            copy("xyz ")
            writing.key("Ctrl+V")
            expected = expected[:at] + "pppp" + expected[at:]
        elif kind == "erase" and at:
            writing.key("Backspace")
            expected = expected[: at - 1] + expected[at:]
        elif kind == "undo" and states:
            writing.key("Ctrl+Z")
            text = writing.text
            expected = next(known for seen, known in reversed(states) if seen == text)
        assert origins(writing) == expected
        states.append((writing.text, expected))


def test_the_setting_switches_it_off(start, tmp_path) -> None:
    writing = start()
    follower(writing)
    writing.type("ab")
    writing.settings.set(EDITOR_AUTHORSHIP, False)
    assert writing.program.late.authorship.current is None
    writing.type("cd")
    writing.settings.set(EDITOR_AUTHORSHIP, True)
    assert origins(writing) == "iiii"
    writing.type("e")
    assert origins(writing) == "iiiit"
    writing.key("Ctrl+Z")
    assert origins(writing) == "i" * len(writing.text)


def test_privacy_clears_it(start, tmp_path) -> None:
    writing = start()
    follower(writing)
    writing.type("ab")
    folder = paths.data_dir() / "authorship"
    assert list(folder.glob("*.log"))
    item = next(item for item in stored_items() if item.name == "authorship")
    item.clear()
    writing.program.late.authorship.forget()
    assert origins(writing) == "ii"
    writing.type("c")
    assert origins(writing) == "iit"
    writing.until(lambda: len(list(folder.glob("*.log"))) == 1)
    writing = start()
    assert (writing.text, origins(writing)) == ("abc", "iit")


def test_a_kill_costs_no_origins(start, tmp_path) -> None:
    """What lies on the disk at some moments is what a kill would leave there."""
    writing = start({"x": " taken"})
    follower(writing)
    left = []
    for text in ("abc", "x", "", "def"):
        writing.type(text)
        if not text:
            take(writing)
        copied = tmp_path / str(len(left))
        for name in ("journals", "authorship"):
            shutil.copytree(paths.data_dir() / name, copied / name)
        left.append((copied, writing.text, origins(writing)))
    writing.close()
    for copied, text, expected in left:
        for name in ("journals", "authorship"):
            shutil.rmtree(paths.data_dir() / name)
            shutil.copytree(copied / name, paths.data_dir() / name)
        writing = start()
        assert (writing.text, origins(writing)) == (text, expected)
        writing.close()


def test_a_kill_between_a_save_and_its_record_costs_no_origins(start, tmp_path) -> None:
    file = tmp_path / "text.txt"
    file.write_text("old ")
    writing = start({}, (file,))
    follower(writing)
    writing.key("Ctrl+End")
    writing.type("new")
    copied = tmp_path / "copied"
    shutil.copytree(paths.data_dir() / "authorship", copied)
    writing.key("Ctrl+S")
    writing.until(lambda: not writing.window.isWindowModified())
    writing.close()
    shutil.rmtree(paths.data_dir() / "authorship")
    shutil.copytree(copied, paths.data_dir() / "authorship")
    (log,) = (paths.data_dir() / "authorship").glob("*.log")
    assert (paths.data_dir() / "journals" / log.stem).is_dir()
    for _ in range(2):
        writing = start()
        assert (writing.text, origins(writing)) == ("old new", "iiiittt")


def test_edits_that_were_not_logged_before_a_kill_are_typed(start) -> None:
    writing = start()
    follower(writing)
    copy("pasted")
    writing.key("Ctrl+V")
    (log,) = (paths.data_dir() / "authorship").glob("*.log")
    content = log.read_bytes()
    writing.type("ab")
    writing.close()
    log.write_bytes(content)
    writing = start()
    assert (writing.text, origins(writing)) == ("pastedab", "pppppptt")


def test_a_damaged_record_costs_origins_alone(start) -> None:
    writing = start()
    follower(writing)
    writing.type("some text")
    writing.close()
    for file in (paths.data_dir() / "authorship").iterdir():
        file.write_bytes(os.urandom(200))
    writing = start()
    assert (writing.text, origins(writing)) == ("some text", "i" * 9)
