"""Several texts in one window: switching, closing, order, what each keeps, and the next start."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTabBar

from writer.app.documents.session import FILE_NAME, SessionStore
from writer.base import paths
from writer.evaluation.documents import draw_passages, read_documents
from writer.evaluation.simulated_typist import context_at
from writer.settings.schema import APPEARANCE_THEME

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|raise\\(")


def names(writing) -> list[str]:
    return [page.document.name for page in writing.program.documents.all]


def opened(start, tmp_path, *contents: str):
    files = []
    for number, content in enumerate(contents):
        files.append(tmp_path / f"{number}.txt")
        files[-1].write_text(content)
    return start({}, tuple(files)), files


def test_with_one_text_there_are_no_tabs(start):
    writing = start()
    assert not writing.program.tabs.isVisible()
    writing.type("one")
    writing.key("Ctrl+N")
    assert writing.text == ""
    assert writing.program.tabs.isVisible()
    assert writing.program.tabs.tabText(0) == "• Untitled"
    writing.key("Ctrl+W")
    writing.until(lambda: not writing.program.tabs.isVisible())
    assert writing.text == "one"


def test_an_evaluation_gives_a_text_the_same_context(start, tmp_path):
    file = tmp_path / "2025-09-27_notes-xkcd v1.2.txt"
    file.write_text("He wrote of it at length. " * 20)
    passage, *_ = draw_passages(read_documents([file]), 400, 0)
    writing = start({}, (file,))
    writing.key("Ctrl+End")
    shown = writing.editor.cursor_state().context
    replayed = context_at(passage, len(passage.text))
    assert shown.title == replayed.title == "2025-09-27_notes-xkcd v1.2"
    assert (shown.before, shown.after, shown.language) == (replayed.before, replayed.after, replayed.language)


def test_each_text_keeps_undo_cursor_scroll_and_counts(start, tmp_path):
    writing, _ = opened(start, tmp_path, "a\n" * 300 + "end", "# Head\n\nother words")
    assert writing.text.startswith("# Head")
    writing.until(lambda: writing.window.status.words.text() == "3 words")
    writing.key("Ctrl+Tab")
    writing.key("Ctrl+End")
    writing.type("!")
    place, scroll = writing.editor.textCursor().position(), writing.editor.verticalScrollBar().value()
    assert scroll > 0
    assert writing.window.isWindowModified()
    writing.key("Ctrl+Tab")
    assert not writing.window.isWindowModified()
    assert not writing.actions["edit.undo"].isEnabled()
    writing.type("x")
    writing.key("Ctrl+Shift+Tab")
    assert (writing.editor.textCursor().position(), writing.editor.verticalScrollBar().value()) == (
        place,
        scroll,
    )
    assert writing.text.endswith("end!")
    writing.until(lambda: writing.window.status.words.text() == "301 words")
    writing.key("Ctrl+Z")
    assert writing.text.endswith("end")
    assert not writing.window.isWindowModified()
    writing.key("Ctrl+Tab")
    assert writing.text.startswith("x# Head")


def test_a_ghost_of_one_text_does_not_show_in_another(start):
    writing = start({"We": " ran home.", "They": " stayed."})
    writing.type("We")
    assert writing.ghost() == " ran home."
    writing.key("Ctrl+N")
    assert writing.ghost() == ""
    writing.type("They")
    assert writing.ghost() == " stayed."
    writing.key("Tab")
    writing.key("Ctrl+Tab")
    assert writing.text == "We"
    first, second = (page.document.id for page in writing.program.documents.all)
    assert {context.document for context in writing.engine.contexts} == {first, second}


def test_saving_goes_to_the_text_that_shows(start, tmp_path):
    writing, (a, b) = opened(start, tmp_path, "a", "b")
    writing.key("Ctrl+End")
    writing.type("2")
    writing.key("Ctrl+Tab")
    writing.key("Ctrl+End")
    writing.type("1")
    writing.key("Ctrl+S")
    writing.key("Ctrl+Tab")
    writing.until(lambda: not writing.program.files._tasks.busy)
    assert (a.read_text(), b.read_text()) == ("a1", "b")
    assert [page.text.isModified() for page in writing.program.documents.all] == [False, True]


def test_a_file_is_open_once(start, tmp_path):
    writing, files = opened(start, tmp_path, "a", "b")
    writing.program.loop.run_until_complete(writing.program.files._open(files[0]))
    assert names(writing) == ["0.txt", "1.txt"]
    assert writing.text == "a"


def test_closing_asks_about_what_is_not_saved(start, tmp_path):
    writing, (_, _, c) = opened(start, tmp_path, "a", "b", "c")
    writing.type("mine ")
    tabs = writing.program.tabs
    button = tabs.tabButton(2, QTabBar.ButtonPosition.RightSide)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    writing.answer("Save")
    writing.until(lambda: names(writing) == ["0.txt", "1.txt"])
    assert c.read_text() == "mine c"
    assert writing.text == "b"


def test_the_next_start_shows_all_of_it_in_its_order(start, tmp_path):
    writing, _ = opened(start, tmp_path, "a", "b", "c\nc\nc")
    writing.key("Ctrl+End")
    writing.key("Ctrl+N")
    writing.type("new")
    assert writing.text == "new"
    writing.key("Ctrl+Shift+PgUp")
    writing.key("Ctrl+Tab")
    assert names(writing) == ["0.txt", "1.txt", "", "2.txt"]
    assert writing.text == "c\nc\nc"
    writing.window.close()
    writing.close()
    again = start()
    assert names(again) == names(writing)
    assert again.text == "c\nc\nc"
    assert again.editor.textCursor().position() == 5
    assert [page.text.isModified() for page in again.program.documents.all] == [False, False, True, False]
    again.key("Ctrl+Shift+Tab")
    assert again.text == "new"
    assert again.editor.textCursor().position() == 3


def test_the_order_is_kept_without_an_end(start, tmp_path):
    writing, _ = opened(start, tmp_path, "a", "b")
    order = writing.program.documents.order()
    store = SessionStore(paths.state_dir() / FILE_NAME)
    writing.until(lambda: (store.load().order, store.load().current) == order)


def test_both_texts_show_where_a_file_changed_under_unsaved_text(start, tmp_path):
    writing, (file,) = opened(start, tmp_path, "old")
    writing.type("mine ")
    writing.close()
    file.write_text("theirs")
    again = start()
    again.answer("Show Both")
    again.until(lambda: names(again) == ["", "0.txt"])
    assert again.text == "theirs"
    again.key("Ctrl+Tab")
    assert again.text == "mine old"
    assert file.read_text() == "theirs"


def test_what_was_found_in_a_text_that_is_closed_is_gone_from_the_list(start):
    writing = start()
    writing.type("one")
    writing.key("Ctrl+N")
    writing.type("two two")
    writing.key("Ctrl+F")
    bar = writing.program.late.search.bar
    bar.pattern.setText("two")
    writing.key("Alt+L", bar.pattern)
    matches = bar.list.matches_model
    writing.until(lambda: matches.rowCount() == 2)
    writing.editor.document().setModified(False)
    writing.key("Ctrl+W")
    writing.until(lambda: writing.text == "one")
    search = writing.program.late.search
    writing.until(lambda: not search._tasks.busy and not search._delay.isActive())
    assert matches.rowCount() == 0
    bar.pattern.setText("one")
    writing.until(lambda: matches.rowCount() == 1)
    assert matches.data(matches.index(0)) == "one"
    writing.settings.set(APPEARANCE_THEME, "dark")  # every widget looks at its data again
    writing.run(0.05)


def test_tabs_of_many_texts_can_be_read_and_scroll(start, tmp_path):
    files = [tmp_path / f"chapter {number:02} of the novel with a long name.txt" for number in range(30)]
    for file in files:
        file.write_text("x")
    writing = start(files=tuple(files))
    tabs = writing.program.tabs
    writing.until(lambda: tabs.count() == 30)
    writing.run(0.05)
    widths = [tabs.tabRect(index).width() for index in range(30)]
    assert min(widths) >= 120
    assert max(widths) <= 260
    assert tabs.tabRect(29).intersects(tabs.rect())
    writing.key("Ctrl+Tab")
    writing.run(0.3)
    assert tabs.currentIndex() == 0
    assert tabs.rect().contains(tabs.tabRect(0))
    assert any(arrow.isVisible() for arrow in tabs._arrows)
