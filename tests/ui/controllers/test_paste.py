"""Pasting by real keys: clean text, Markdown from rich text, and what happens meanwhile."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import QMimeData
from PySide6.QtWidgets import QApplication

from writer.documents import pandoc
from writer.settings.editor_schema import EDITOR_MARKDOWN
from writer.ui.controllers.paste import fitted
from writer.ui.editor.clipboard_edit import has_markup, plain_of

RICH = "<p>It <b>rained</b> and <i>rained</i>.</p>"


def copy(html: str = "", plain: str = "") -> None:
    data = QMimeData()
    if html:
        data.setHtml(html)
    if plain:
        data.setText(plain)
    QApplication.clipboard().setMimeData(data)


def test_pasted_text_has_one_kind_of_line_end_and_no_controls(start):
    writing = start()
    writing.type("a ")
    copy(plain="b\u2028c\u2029d\ve\ff\x85g\r\nh\0\x1b\u202f雨")
    writing.key("Ctrl+V")
    assert writing.text == "a b\nc\nd\ne\nf\ng\nh\u202f雨"
    writing.key("Ctrl+Z")
    assert writing.text == "a "


def test_rich_text_becomes_markdown_as_one_step(start):
    writing = start()
    writing.type("So: x")
    writing.select(4, 5)
    copy(RICH, "It rained and rained.")
    writing.key("Ctrl+V")
    writing.until(lambda: "rained" in writing.text)
    assert writing.text == "So: It **rained** and *rained*."
    writing.key("Ctrl+Z")
    assert writing.text == "So: x"


def test_rich_text_of_word_processors_becomes_markdown(start):
    writing = start()
    data = QMimeData()
    data.setData("text/rtf", rb"{\rtf1\ansi It {\b rained} hard \u38632?.\par}")
    QApplication.clipboard().setMimeData(data)
    writing.key("Ctrl+V")
    writing.until(lambda: writing.text == "It **rained** hard 雨.")


def test_what_is_typed_meanwhile_stands_behind_in_order(start):
    writing = start()
    copy(RICH, "x")
    writing.key("Ctrl+V")
    copy("<p><b>雨</b></p>", "雨")
    writing.key("Ctrl+V")
    writing.type(" end")
    writing.until(lambda: "雨" in writing.text)
    assert writing.text == "It **rained** and *rained*.**雨** end"


def test_what_is_typed_over_a_selection_meanwhile_stays(start):
    writing = start()
    writing.type("So: x")
    writing.select(4, 5)
    copy(RICH, "x")
    writing.key("Ctrl+V")
    writing.type("y 雨")
    writing.until(lambda: "rained" in writing.text)
    assert writing.text == "So: It **rained** and *rained*.y 雨"


def test_a_plain_paste_stands_beside_it(start):
    writing = start()
    copy(RICH, "It rained and\u2028rained.")
    writing.key("Ctrl+Shift+V")
    assert writing.text == "It rained and\nrained."


def test_a_plain_paste_goes_where_the_focus_is(start):
    writing = start()
    copy(RICH, "rained")
    writing.key("Ctrl+F")
    field = QApplication.focusWidget()
    writing.key("Ctrl+Shift+V", field)
    assert field.text() == "rained"
    assert writing.text == ""


def test_rich_text_alone_can_be_pasted_both_ways(start):
    writing = start()
    copy("<p><b>one</b> &amp;</p><p>two</p>")
    writing.key("Ctrl+Shift+V")
    assert writing.text == "one &\ntwo"
    copy("<b>one</b>")
    writing.key("Ctrl+V")
    writing.until(lambda: writing.text == "one &\ntwo**one**")


@pytest.mark.parametrize("html", ['<div style="color:red"><span>x = *1*</span></div>', "x = *1*", ""])
def test_colours_alone_are_no_markup(start, html):
    writing = start()
    copy(html, "x = *1*\n  y")
    writing.key("Ctrl+V")
    assert writing.text == "x = *1*\n  y"


def test_code_and_plain_writers_get_plain_text(start):
    writing = start()
    copy(RICH, "It rained.")
    writing.type("```\n")
    writing.until(lambda: writing.program.view.is_code(1))
    writing.key("Ctrl+V")
    assert writing.text == "```\nIt rained."
    writing.editor.set_text("")
    writing.settings.set(EDITOR_MARKDOWN, False)
    writing.key("Ctrl+V")
    assert writing.text == "It rained."


def test_hostile_html_is_pasted_plain(start, monkeypatch):
    monkeypatch.setattr(pandoc, "PASTE_LIMITS", pandoc.Limits(0.2))
    writing = start()
    copy(("<div>" * 3000 + "<b>x</b>" + "</div>" * 3000) * 10, "plain words")
    writing.key("Ctrl+V")
    writing.until(lambda: writing.text == "plain words", 20)
    assert writing.window.status.message.full_text().startswith("Pasted as plain text")


@pytest.mark.parametrize("html", ["<" * 4_000_000, "<b " * 1_000_000, "</ " * 1_000_000])
def test_hostile_html_is_looked_at_for_a_moment(html):
    data = QMimeData()
    data.setHtml(html)
    begin = time.thread_time()
    has_markup(html)
    plain_of(data)
    assert time.thread_time() - begin < 1


def test_a_read_only_text_takes_nothing(start):
    writing = start()
    writing.editor.setReadOnly(True)
    copy(RICH, "x")
    writing.key("Ctrl+V")
    writing.key("Ctrl+Shift+V")
    writing.run(0.5)
    assert writing.text == ""


def test_a_text_that_was_closed_takes_nothing(start):
    writing = start()
    copy(RICH, "x")
    writing.key("Ctrl+N")
    writing.key("Ctrl+V")
    writing.key("Ctrl+W")
    writing.run(0.6)
    assert writing.text == ""


def test_what_is_copied_here_comes_back_as_it_was(start):
    writing = start()
    writing.editor.set_text("a\u00a0**b**\n雨😀")
    writing.key("Ctrl+A")
    writing.key("Ctrl+C")
    assert not QApplication.clipboard().mimeData().hasHtml()
    assert QApplication.clipboard().text() == "a\u00a0**b**\n雨😀"
    writing.key("Ctrl+V")
    assert writing.text == "a\u00a0**b**\n雨😀"


@pytest.mark.parametrize(
    ("markdown", "before", "after", "expected"),
    [
        ("**a**", "x", "y", "**a**"),
        ("# a", "x", "", "\n\n# a"),
        ("# a", "", "y", "# a\n\n"),
        ("- a\n- b", "  ", "", "- a\n- b"),
        ("a\n\nb", "x", "y", "a\n\nb\n\n"),
    ],
)
def test_blocks_get_lines_of_their_own(markdown, before, after, expected):
    assert fitted(markdown, before, after) == expected
