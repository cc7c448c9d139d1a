"""Spelling with the real dictionary in its real child process, by real keys."""

from __future__ import annotations

import gc

import psutil
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from writer.base import paths
from writer.settings.editor_schema import EDITOR_SPELLING
from writer.text.spell_words import CheckableWord
from writer.ui.editor.text_geometry import ShownBlock

pytestmark = pytest.mark.qt_log_ignore("does not support (raise|grabbing)")


def show(writing, text: str) -> None:
    writing.editor.set_text(text)
    writing.run(0.02)
    writing.until(lambda: not asking(writing), 20)
    writing.run(0.02)


def asking(writing) -> bool:
    spelling = writing.program.container.spelling
    return spelling._checking is not None or spelling._timer.isActive() or not spelling._misspelled


def waves(writing, block: int = 0) -> set[int]:
    """The places (x) in a paragraph that have a wave below them."""
    image = writing.editor.viewport().grab().toImage()
    found = writing.editor.document().findBlockByNumber(block)
    area = writing.editor.blockBoundingGeometry(found).translated(writing.editor.contentOffset())

    def close(x: int, y: int) -> bool:
        there = image.pixelColor(x, y)
        return there.red() - max(there.green(), there.blue()) > 40

    rows = range(max(0, int(area.top())), min(image.height(), int(area.bottom())))
    return {x for x in range(image.width()) if any(close(x, y) for y in rows)}


def span(writing, text: str, block: int = 0) -> range:
    """Where a text of the paragraph lies (x)."""
    found = writing.editor.document().findBlockByNumber(block)
    at = found.text().index(text)
    line = found.layout().lineAt(0)
    left = writing.editor.contentOffset().x()
    return range(int(left + line.cursorToX(at)[0]), int(left + line.cursorToX(at + len(text))[0]) + 2)


def menu(writing) -> QMenu:
    writing.until(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
    found = QApplication.activePopupWidget()
    writing.until(lambda: not any("Looking" in action.text() for action in found.actions()), 20)
    return found


def test_wrong_words_get_waves_and_chinese_gets_none(start):
    writing = start()
    show(writing, "The raind 早晨的街道 fell")
    assert set(waves(writing)) <= set(span(writing, "raind"))
    assert len(waves(writing)) > 0.7 * len(span(writing, "raind"))
    writing.settings.set(EDITOR_SPELLING, "off")
    writing.run(0.05)
    assert waves(writing) == set()


def test_the_word_that_is_being_typed_is_not_judged(start):
    writing = start()
    writing.type("the raind")
    writing.run(0.05)
    writing.until(lambda: not asking(writing), 20)
    assert waves(writing) == set()
    writing.type(" fell")
    writing.until(lambda: waves(writing))


def test_the_next_wrong_word_is_found_and_a_better_one_taken_by_keys(start):
    writing = start()
    show(writing, "All is well here.\n\nIt recieve rain in teh night.")
    writing.key("F7")
    popup = menu(writing)
    assert writing.editor.textCursor().selectedText() == "recieve"
    assert popup.actions()[0].text() == "receive"
    QTest.keyClick(popup, Qt.Key.Key_Return)
    writing.until(lambda: "receive rain" in writing.text)
    writing.key("F7")
    popup = menu(writing)
    assert writing.editor.textCursor().selectedText() == "teh"
    QTest.keyClick(popup, Qt.Key.Key_Escape)
    writing.key("Ctrl+Z")
    assert "recieve rain" in writing.text


def test_the_right_mouse_button_offers_and_a_learnt_word_is_kept(start):
    writing = start()
    show(writing, "Zyxwv lives here.")
    place = QPoint(span(writing, "Zyxwv")[20], int(writing.editor.cursorRect().center().y()))
    writing.select(17, 17)
    QTest.mouseClick(writing.editor.viewport(), Qt.MouseButton.RightButton, pos=place)
    QApplication.sendEvent(
        writing.editor.viewport(),
        QContextMenuEvent(
            QContextMenuEvent.Reason.Mouse, place, writing.editor.viewport().mapToGlobal(place)
        ),
    )
    popup = menu(writing)
    add = next(action for action in popup.actions() if action.text().startswith("Add"))
    assert add.text() == "Add “Zyxwv” to the Dictionary"
    add.trigger()
    popup.close()
    writing.run(0.05)
    assert waves(writing) == set()
    file = paths.config_dir() / "dictionary.txt"
    assert file.read_text("utf-8") == "Zyxwv\n"
    assert file.stat().st_mode & 0o777 == 0o600
    again = start()
    show(again, "Zyxwv's and zyxwv teh")
    assert set(waves(again)) <= {*span(again, "zyxwv teh")}
    assert not set(waves(again)) & set(span(again, "Zyxwv's"))


def test_british_english_is_another_dictionary(start):
    writing = start()
    show(writing, "The colour organised")
    assert waves(writing)
    writing.settings.set(EDITOR_SPELLING, "en_GB")
    writing.run(0.05)
    writing.until(lambda: not asking(writing), 20)
    writing.run(0.05)
    assert waves(writing) == set()


def test_a_child_that_dies_is_started_again(start):
    writing = start()
    show(writing, "The raind fell")
    spelling = writing.program.container.spelling
    child = psutil.Process(spelling._child.pid)
    child.kill()
    writing.until(lambda: child.status() == psutil.STATUS_ZOMBIE)
    writing.key("Ctrl+End")
    writing.type(" on the strete now ")
    writing.until(lambda: spelling._misspelled.get("strete"), 20)


def test_code_is_not_checked(start):
    writing = start()
    show(writing, "wrod\n```\nwrod\n```")
    writing.run(0.15)
    assert waves(writing, 0)
    assert waves(writing, 2) == set()


def test_typing_in_a_long_paragraph_keeps_the_words_of_one_version(start):
    def words() -> int:
        """Of all windows, those of earlier tests too."""
        gc.collect()
        return sum(type(thing) is CheckableWord for thing in gc.get_objects())

    writing = start()
    show(writing, "The rain fell all night. " * 40)
    before = words()
    for character in "and the day after":
        writing.type(character)
        writing.editor.viewport().grab()
    assert words() - before < 204


def test_of_a_paragraph_of_thousands_of_lines_the_shown_part_alone_is_looked_at(start, monkeypatch):
    """Words and waves of the rest, once of all, stopped the window for minutes."""
    writing = start()
    show(writing, "The raind fell. " * 25_000)
    asked: list[str] = []
    spelling = writing.program.container.spelling
    is_misspelled = spelling.is_misspelled
    monkeypatch.setattr(spelling, "is_misspelled", lambda word: asked.append(word) or is_misspelled(word))
    for keys in ("Ctrl+Home", "Ctrl+End"):
        writing.key(keys)
        writing.until(lambda: waves(writing))
        asked.clear()
        writing.editor.viewport().repaint()
        assert 100 < len(asked) < 20_000


def test_the_shown_part_of_a_long_paragraph_is_told_by_its_lines(start):
    writing = start()
    show(writing, "The raind fell. " * 5_000)
    writing.key("Ctrl+End")
    editor = writing.editor
    block = editor.document().firstBlock()
    area = editor.blockBoundingGeometry(block).translated(editor.contentOffset())
    shown = ShownBlock.of(block, area, 20.0, editor.viewport().height())
    layout = block.layout()
    lines = [layout.lineAt(index) for index in range(layout.lineCount())]
    height = editor.viewport().height()
    seen = [line for line in lines if line.rect().translated(area.topLeft()).bottom() > 0]
    seen = [line for line in seen if line.rect().translated(area.topLeft()).top() < height]
    assert seen[0].textStart() - 500 < shown.start <= seen[0].textStart()
    assert shown.end >= min(block.length() - 1, seen[-1].textStart() + seen[-1].textLength())
    assert shown.end - shown.start < 2 * sum(line.textLength() for line in seen)
    bands = list(shown.bands(0, block.length() - 1))
    assert len(seen) <= len(bands) <= len(seen) + 2
    assert bands[-1].bottom() <= height + 40
