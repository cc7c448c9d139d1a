"""The preview by real keys: beside the text and in its place, what it shows, and what it never does."""

from __future__ import annotations

import os
import socket

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QKeySequence, QTextCursor, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from writer.documents import pandoc
from writer.settings.editor_schema import EDITOR_FONT_SIZE, EDITOR_MARKDOWN, EDITOR_PREVIEW
from writer.settings.schema import APPEARANCE_THEME, LANGUAGE_WINDOW
from writer.ui.panels.preview import excerpt
from writer.ui.window.action_id import ActionId

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|raise\\(")  # said by the offscreen platform
SECONDS = 30.0


def view(writing):
    return writing.program.on_demand.preview.panel.view


def note(writing):
    label = writing.program.on_demand.preview.panel.note
    return label.text() if label.isVisible() else ""


def previewed(writing, text):
    """Wait until the preview says something."""
    writing.until(lambda: text in view(writing).toPlainText(), SECONDS)


def pictures(writing):
    """The pictures of the preview, with their names."""
    document, found = view(writing).document(), []
    block = document.begin()
    while block.isValid():
        parts = block.begin()
        while not parts.atEnd():
            form = parts.fragment().charFormat()
            if form.isImageFormat():
                found.append(form.toImageFormat().name())
            parts += 1
        block = block.next()
    return found


def in_view(writing, words):
    area = view(writing)
    cursor = area.document().find(words)
    assert not cursor.isNull()
    return area.viewport().rect().contains(area.cursorRect(cursor).center())


def test_it_stands_beside_the_text_and_follows_what_is_written(start):
    writing = start()
    writing.type("# The rain\n\nIt *rained*")
    writing.key("F5")
    previewed(writing, "The rain\nIt rained")
    assert writing.editor.hasFocus()
    assert writing.actions[ActionId.VIEW_PREVIEW].isChecked()
    writing.type(" all **night**, 雨")
    previewed(writing, "It rained all night, 雨")
    assert abs(view(writing).width() - writing.editor.width()) < 40
    writing.key("F5")
    assert not view(writing).isVisible()
    assert not writing.actions[ActionId.VIEW_PREVIEW].isChecked()
    assert writing.editor.hasFocus()


def test_it_stands_in_place_of_the_text_until_esc(start):
    writing = start()
    writing.type("It *rained*.")
    writing.key("Shift+F5")
    previewed(writing, "It rained.")
    assert not writing.editor.isVisible()
    assert QApplication.focusWidget() is view(writing)
    assert writing.actions[ActionId.VIEW_PREVIEW_ONLY].isChecked()
    writing.key("Esc", view(writing))
    assert writing.editor.isVisible()
    assert not view(writing).isVisible()
    writing.type("!")
    assert writing.text == "It *rained*.!"
    assert not writing.actions[ActionId.VIEW_PREVIEW_ONLY].isChecked()


def test_both_keys_change_between_both(start):
    writing = start()
    writing.type("a")
    writing.key("Shift+F5")
    writing.key("F5", view(writing))
    assert writing.editor.isVisible()
    assert view(writing).isVisible()
    writing.key("Shift+F5")
    assert not writing.editor.isVisible()
    writing.key("Shift+F5", view(writing))
    assert writing.editor.isVisible()
    assert not view(writing).isVisible()


@pytest.mark.parametrize("keys", ["Ctrl+V", "Ctrl+A", "Ctrl+1", "Ctrl+Z"])
def test_what_happens_in_the_text_is_seen(start, keys):
    writing = start()
    writing.type("words")
    QApplication.clipboard().setText("more")
    writing.key("Shift+F5")
    writing.actions.action_for(QKeySequence(keys)).trigger()
    writing.until(writing.editor.isVisible)
    assert view(writing).isVisible()
    assert writing.editor.hasFocus()


def test_its_words_can_be_copied_and_the_focus_returns(start):
    writing = start()
    writing.type("It *rained*.")
    writing.key("F5")
    previewed(writing, "It rained.")
    writing.key("F6")
    assert QApplication.focusWidget() is view(writing)
    writing.key("Ctrl+A", view(writing))
    writing.key("Ctrl+C", view(writing))
    assert QApplication.clipboard().text() == "It rained."
    writing.key("Ctrl+V", view(writing))
    assert writing.text == "It *rained*."
    writing.key("Esc", view(writing))
    assert writing.editor.hasFocus()
    assert view(writing).isVisible()


def test_the_wheel_changes_the_size_of_both(start):
    writing = start()
    writing.type("words")
    writing.key("F5")
    previewed(writing, "words")
    size = writing.settings.get(EDITOR_FONT_SIZE)
    area = view(writing).viewport()
    center = QPointF(area.rect().center())
    event = QWheelEvent(
        *(center, area.mapToGlobal(center), QPoint(), QPoint(0, 240), Qt.MouseButton.NoButton),
        *(Qt.KeyboardModifier.ControlModifier, Qt.ScrollPhase.NoScrollPhase, False),
    )
    QApplication.sendEvent(area, event)
    writing.until(lambda: writing.settings.get(EDITOR_FONT_SIZE) == size + 2)
    writing.until(lambda: view(writing).document().defaultFont().pointSize() == size + 2, SECONDS)


def test_an_empty_text_has_none_in_its_place(start):
    writing = start()
    writing.key("Shift+F5")
    assert writing.editor.isVisible()
    assert not writing.actions[ActionId.VIEW_PREVIEW_ONLY].isChecked()
    assert "nothing to preview" in writing.window.status.message.full_text()
    writing.type("a")
    writing.key("Shift+F5")
    previewed(writing, "a")
    writing.key("Ctrl+N", view(writing))
    writing.until(writing.editor.isVisible)
    writing.type("b")
    assert writing.text == "b"


def test_another_text_is_shown_with_its_own(start):
    writing = start()
    writing.type("one")
    writing.key("F5")
    previewed(writing, "one")
    writing.key("Ctrl+N")
    writing.type("two")
    previewed(writing, "two")
    writing.key("Ctrl+PgUp")
    previewed(writing, "one")


def test_nothing_is_fetched(start, tmp_path):
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    host = f"http://127.0.0.1:{listener.getsockname()[1]}"
    folder = tmp_path / "text"
    folder.mkdir()
    picture = QImage(20, 20, QImage.Format.Format_RGB32)
    picture.fill(QColor("#aa3333"))
    picture.save(str(folder / "red.png"))
    picture.save(str(tmp_path / "outside.png"))
    os.mkfifo(folder / "pipe.png")
    text = folder / "text.md"
    text.write_text(
        f"![net]({host}/a.png) ![up](../outside.png) ![abs]({tmp_path}/outside.png) ![red](red.png) "
        f"![pipe](pipe.png) ![zero](/dev/zero) ![file](file:///dev/zero) ![resource](:/qt/x.png)\n\n"
        f"<img src='{host}/b.png'> <link rel='stylesheet' href='{host}/c.css'>\n\n"
        f"<style>body {{ background: url({host}/d.png) }}</style>\n\n"
        f"<table background='{host}/e.png'><tr><td>cell</td></tr></table>\n\nend\n"
    )
    writing = start(files=(text,))
    writing.until(lambda: writing.text)
    writing.key("F5")
    previewed(writing, "end")
    shown = view(writing).toPlainText()
    assert "[net] [up] [abs]" in shown
    assert "[pipe] [zero] [file] [resource]" in shown
    assert "cell" in shown
    assert pictures(writing) == ["picture:0"]
    view(writing).grab()
    with pytest.raises(BlockingIOError):
        listener.accept()
    listener.close()


def test_an_unknown_picture_is_an_empty_one(start):
    writing = start()
    writing.type("a")
    writing.key("F5")
    previewed(writing, "a")
    document = view(writing).document()
    for name in ("/dev/zero", "file:///dev/zero", "http://127.0.0.1:9/x", "red.png"):
        assert document.resource(2, name).width() == 1


def test_a_link_is_opened_only_on_a_word(start, browser):
    writing = start()
    writing.type("[there](https://example.org/a) [file](other.md) [far](#far)\n\n" + "x\n\n" * 60 + "# Far")
    writing.key("F5")
    previewed(writing, "Far")
    opened = browser.opened
    writing.key("Ctrl+Home")
    writing.until(lambda: in_view(writing, "there"))

    def click(words):
        cursor = QTextCursor(view(writing).document().find(words))
        cursor.setPosition(cursor.selectionStart() + 1)
        place = view(writing).cursorRect(cursor).center()
        QTest.mouseClick(view(writing).viewport(), Qt.MouseButton.LeftButton, pos=QPoint(place))

    click("there")
    writing.answer("Cancel")
    assert opened == []
    click("there")
    writing.answer("Open")
    assert opened == ["https://example.org/a"]
    click("file")
    writing.until(lambda: "other.md" in writing.window.status.message.full_text())
    click("far")
    writing.until(lambda: in_view(writing, "Far"))
    assert len(opened) == 1


def test_it_follows_the_cursor(start):
    writing = start()
    writing.editor.set_text("".join(f"## Part {n}\n\n{'words ' * 60}\n\n" for n in range(40)))
    writing.key("F5")
    previewed(writing, "Part 39")
    writing.until(lambda: in_view(writing, "Part 0"))
    writing.key("Ctrl+End")
    writing.until(lambda: in_view(writing, "Part 39"))
    writing.key("Ctrl+Home")
    writing.until(lambda: in_view(writing, "Part 0"))


def test_of_a_long_text_the_part_around_the_cursor_is_shown(start, monkeypatch):
    monkeypatch.setattr(excerpt, "MAX_CHARACTERS", 2000)
    monkeypatch.setattr(excerpt, "_BEFORE", 500)
    writing = start()
    writing.editor.set_text("".join(f"## Part {n}\n\n{'words ' * 20}\n\n" for n in range(100)) + "x" * 3000)
    writing.key("F5")
    previewed(writing, "Part 5")
    assert "Part 50" not in view(writing).toPlainText()
    assert "the part around the cursor" in note(writing)
    block = writing.editor.document().findBlockByNumber(4 * 50)
    writing.editor.setTextCursor(QTextCursor(block))
    previewed(writing, "Part 50")
    writing.until(lambda: in_view(writing, "Part 50"))
    assert "Part 5\n" not in view(writing).toPlainText()
    writing.key("Ctrl+End")
    writing.until(lambda: "too long" in note(writing))
    writing.settings.set(LANGUAGE_WINDOW, "zh")
    writing.until(lambda: note(writing) == "这一段太长，无法预览。")
    writing.key("Ctrl+Home")
    previewed(writing, "Part 0")


def test_where_it_fails_a_sentence_says_so_until_it_works(start, monkeypatch):
    writing = start()
    monkeypatch.setattr(pandoc, "_program", lambda: "/nowhere/pandoc")
    writing.type("a")
    writing.key("F5")
    writing.until(lambda: "cannot be previewed" in note(writing), SECONDS)
    monkeypatch.undo()
    writing.type("b")
    previewed(writing, "ab")
    writing.until(lambda: note(writing) == "", SECONDS)


def test_front_matter_is_a_title_and_plain_writers_see_their_lines(start):
    writing = start()
    writing.editor.set_text("---\ntitle: The *rain*\n---\n\nIt *rained*.\n\n## Later\n")
    writing.key("F5")
    previewed(writing, "The *rain*\nIt rained.\nLater")
    places = writing.program.on_demand.preview.panel.view._places
    assert [block for block, _ in places] == [4, 6]
    writing.settings.set(EDITOR_MARKDOWN, False)
    previewed(writing, "It *rained*.")


def test_it_has_the_colours_of_the_theme(start):
    writing = start()
    writing.settings.set(APPEARANCE_THEME, "light")
    writing.type("> quoted")
    writing.key("F5")
    previewed(writing, "quoted")

    def colour():
        part = view(writing).document().find("quoted")
        return part.charFormat().foreground().color().name() if not part.isNull() else ""

    light = colour()
    writing.settings.set(APPEARANCE_THEME, "dark")
    writing.until(lambda: colour() not in ("", light), SECONDS)
    assert view(writing).palette().base().color().lightness() < 60


def test_the_program_ends_while_it_is_rendered(start):
    writing = start()
    writing.editor.set_text("words " * 5000)
    writing.key("F5")
    writing.close()


def test_a_preview_that_was_shown_at_the_end_is_there_at_the_next_start(start):
    writing = start()
    writing.type("# One")
    writing.key("F5")
    previewed(writing, "One")
    again = start()
    previewed(again, "One")
    assert again.editor.isVisible()
    again.key("F5")
    assert not again.settings.get(EDITOR_PREVIEW)
    again.settings.set(EDITOR_PREVIEW, True)
    again.until(lambda: again.program.on_demand.preview.panel.isVisible())
    again.key("Shift+F5")
    again.key("Shift+F5")
    assert not again.settings.get(EDITOR_PREVIEW)
