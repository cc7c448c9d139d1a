"""Links and footnotes that are followed, by real clicks and keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.ui.keys.test_check_boxes import move_mouse, place_of

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|raise\\(")

NOTES = "雨 one[^1] two[^b] three[^1]\n\n[^1]: first 一\n[^B]: second\n[^c]: nobody\n"


def at(writing, mark: str) -> int:
    """The position of a part of the text."""
    return len(writing.text[: writing.text.index(mark)].encode("utf-16-le")) // 2


def go(writing, mark: str, by: int = 1) -> None:
    place = at(writing, mark) + by
    writing.select(place, place)


def behind(writing) -> str:
    """The rest of the line behind the cursor."""
    cursor = writing.editor.textCursor()
    return cursor.block().text()[cursor.positionInBlock() :]


def message(writing) -> str:
    return writing.window.status.message.text()


def click(writing, mark: str, modifier=Qt.KeyboardModifier.ControlModifier) -> None:
    place = place_of(writing, at(writing, mark) + 1)
    QTest.mouseClick(writing.editor.viewport(), Qt.MouseButton.LeftButton, modifier, place)


def test_a_footnote_is_reached_and_left_by_the_key(start):
    writing = start()
    writing.editor.set_text(NOTES)
    go(writing, "[^1] two")
    writing.key("Ctrl+Return")
    assert behind(writing) == "first 一"
    writing.key("Ctrl+Return")
    assert behind(writing).startswith("[^1] two")
    go(writing, "[^b]")
    writing.key("Ctrl+Return")
    assert behind(writing) == "second"
    writing.key("End")
    writing.key("Ctrl+Enter")
    assert behind(writing).startswith("[^b] three")
    assert writing.text == NOTES
    assert not writing.editor.document().isModified()


def test_the_way_back_leads_to_where_one_came_from(start):
    writing = start()
    writing.editor.set_text(NOTES)
    cursor = len("雨 one[^1] two[^b] three[")
    writing.select(cursor, cursor)
    writing.key("Ctrl+Return")
    assert behind(writing) == "first 一"
    writing.type("x")
    writing.key("Ctrl+Return")
    assert behind(writing) == "[^1]"
    assert writing.editor.textCursor().position() == len("雨 one[^1] two[^b] three")


def test_a_click_with_ctrl_follows_and_one_without_sets_the_cursor(start):
    writing = start()
    writing.editor.set_text(NOTES)
    click(writing, "[^b] three")
    assert behind(writing) == "second"
    click(writing, "[^1] two", Qt.KeyboardModifier.NoModifier)
    assert "two" in behind(writing)
    click(writing, "[^B]: second")
    assert behind(writing).startswith("[^b] three")


def test_a_link_to_a_heading_goes_there(start):
    writing = start()
    writing.editor.set_text("😀 [x](#第二章) [y](#none)\n\n# 第一章\n\n# 第二章\n")
    go(writing, "[x]")
    writing.key("Ctrl+Return")
    assert behind(writing) == "# 第二章"
    go(writing, "[y]")
    writing.key("Ctrl+Return")
    assert message(writing) == "This text has no heading “none”."


def test_a_link_to_a_text_opens_it_in_a_tab_at_its_heading(start, tmp_path):
    (tmp_path / "部分").mkdir()
    (tmp_path / "部分" / "second one.md").write_text("# a\n\n# b\n\nend [back](../first.md)", "utf-8")
    (tmp_path / "first.md").write_text("see [it](部分/second%20one.md#b) and [z](missing.md)", "utf-8")
    writing = start(files=(tmp_path / "first.md",))
    writing.until(lambda: writing.text.startswith("see"))
    click(writing, "[it]")
    writing.until(lambda: writing.text.startswith("# a"))
    writing.until(lambda: behind(writing) == "# b")
    assert len(writing.program.documents.all) == 2
    go(writing, "[back]")
    writing.key("Ctrl+Return")
    writing.until(lambda: writing.text.startswith("see"))
    assert len(writing.program.documents.all) == 2


def test_a_web_page_is_shown_and_confirmed_before_the_browser_is_asked(start, browser):
    writing = start()
    writing.editor.set_text(
        "[bank](https://bank.example@evil.test/路) and https://a.b/c\n\n[r][x]\n[x]: http://d.e\n"
        "[look-alike](https://\u0430pple.com)"
    )
    for mark, button, host, expected in (
        ("[bank]", "Cancel", "evil.test", []),
        ("https://a.b", "Open", "a.b", ["https://a.b/c"]),
        ("[r][x]", "Open", "d.e", ["https://a.b/c", "http://d.e"]),
        ("[look-alike]", "Cancel", "xn--pple-43d.com", ["https://a.b/c", "http://d.e"]),
    ):
        go(writing, mark)
        writing.key("Ctrl+Return")
        writing.until(QApplication.activeModalWidget)
        box = QApplication.activeModalWidget()
        assert box.text() == "Open this address in the browser?"
        assert host in box.informativeText().split("\n")[0]
        writing.answer(button)
        writing.until(lambda: not writing.program.files._tasks.busy)
        assert browser.opened == expected


@pytest.mark.parametrize(
    "address",
    [
        *(
            "file:///etc/passwd",
            "javascript:alert(1)",
            "//server/share/x.md",
            "\\\\\\\\server\\\\share\\\\x.md",
        ),
        *("x%00.md", "data:text/html,x", "/etc/hosts.md", "x%E2%80%AE.md", "programme.exe", "x.md%0A"),
    ],
)
def test_hostile_links_are_refused_in_one_sentence(start, browser, tmp_path, address):
    (tmp_path / "first.md").write_text(f"[x]({address})", "utf-8")
    writing = start(files=(tmp_path / "first.md",))
    writing.until(lambda: writing.text)
    click(writing, "[x]")
    writing.until(lambda: message(writing))
    assert message(writing).endswith(".")
    assert QApplication.activeModalWidget() is None
    assert browser.opened == []
    assert len(writing.program.documents.all) == 1


def test_a_mail_address_is_confirmed_and_brings_no_attachment(start, browser):
    writing = start()
    writing.editor.set_text("[write](mailto:a@b.c?attach=/etc/passwd&subject=x)")
    writing.key("Ctrl+Home")
    writing.key("Ctrl+Return")
    writing.until(QApplication.activeModalWidget)
    box = QApplication.activeModalWidget()
    assert (box.text(), box.informativeText()) == ("Write to this address?", "a@b.c")
    writing.answer("Open")
    writing.until(lambda: browser.opened)
    assert browser.opened == ["mailto:a@b.c"]


def test_a_link_beside_an_unsaved_text_and_no_link_are_said(start):
    writing = start()
    writing.editor.set_text("[x](b.md) [^n] [r][s] plain\n```\n[x](#a)\n```")
    for mark, expected in (
        ("[x](b.md)", "Save this text first: “b.md” lies beside it."),
        ("[^n]", "This text has no footnote “n”."),
        ("[r][s]", "This text has no address for “s”."),
        ("plain", "There is no link at the cursor."),
        ("[x](#a)", "There is no link at the cursor."),
    ):
        go(writing, mark, 2)
        writing.key("Ctrl+Return")
        assert message(writing) == expected


def test_the_mouse_over_a_link_shows_its_address_as_plain_text(start):
    writing = start()
    writing.editor.set_text("[x](https://a.b/<b>c) 和 plain\n- [ ] [z](第.md)")
    viewport = writing.editor.viewport()
    move_mouse(writing, place_of(writing, 1))
    assert "https://a.b/&lt;b&gt;c" in viewport.toolTip()
    move_mouse(writing, place_of(writing, at(writing, "plain") + 2))
    assert viewport.toolTip() == ""
    move_mouse(writing, place_of(writing, at(writing, "[z]") + 1))
    assert viewport.toolTip() == "第.md\nCtrl and a click follow it."


def test_following_a_link_in_chinese_says_it_in_chinese(start):
    writing = start()
    writing.settings.set(writing.settings.schema.find("language.window"), "zh")
    writing.editor.set_text("[链接](file:///etc/passwd)")
    go(writing, "[链接]")
    writing.key("Ctrl+Return")
    assert message(writing) == "以“file:”开头的链接不会被打开；只打开网页和文稿。"


def test_a_text_that_was_closed_is_no_way_back(start):
    writing = start()
    writing.type("x")
    writing.key("Ctrl+N")
    writing.until(lambda: writing.text == "")
    writing.editor.set_text(NOTES + "\n| a | b |\n|-|-|\n| c | d |")
    writing.editor.document().setModified(False)
    go(writing, "c |", 0)
    writing.key("Tab")
    go(writing, "[^1] two")
    writing.key("Ctrl+Return")
    writing.key("Ctrl+W")
    writing.until(lambda: writing.text == "x")
    writing.editor.set_text(NOTES)
    go(writing, "[^1]: first")
    writing.key("Ctrl+Return")
    assert behind(writing).startswith("[^1] two")
    writing.type("|")
    writing.key("Tab")
    assert "|" in writing.text


def test_a_composition_ends_before_a_link_is_followed(start):
    writing = start()
    writing.editor.set_text(NOTES)
    go(writing, "\n\n[^1]:", 0)
    writing.compose("hao")
    click(writing, "[^b] three")
    assert "hao" not in writing.text or writing.text.count("hao") == 1
    assert behind(writing) != "second"


def test_a_relative_link_needs_no_special_file(start, tmp_path):
    (tmp_path / "first.md").write_text("[x](folder.md)", "utf-8")
    (tmp_path / "folder.md").mkdir()
    writing = start(files=(Path(tmp_path / "first.md"),))
    writing.until(lambda: writing.text)
    go(writing, "[x]")
    writing.key("Ctrl+Return")
    writing.answer("OK")
    assert len(writing.program.documents.all) == 1
