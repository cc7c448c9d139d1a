"""Outline, Markdown, focus, typewriter and counts, with real keys."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFont, QKeyEvent, QTextCharFormat
from PySide6.QtWidgets import QApplication

from writer.settings.editor_schema import (
    EDITOR_FOCUS,
    EDITOR_GOAL,
    EDITOR_MARKDOWN,
    EDITOR_OUTLINE,
    EDITOR_TYPEWRITER,
)
from writer.text.word_count import TextCounts
from writer.ui.editor.focus_mode import sentence_around


def show(writing, text: str) -> None:
    writing.editor.set_text(text)
    writing.until(lambda: writing.program.view.words.complete and writing.program.view.headings.complete)
    writing.run(0.1)


def looks(writing, block: int) -> list[tuple[str, QTextCharFormat]]:
    """The formatted parts of a paragraph and their formats."""
    found = writing.editor.document().findBlockByNumber(block)
    text = found.text().encode("utf-16-le")
    return [
        (text[2 * f.start : 2 * (f.start + f.length)].decode("utf-16-le"), QTextCharFormat(f.format))
        for f in found.layout().formats()
    ]


def bold(writing, block: int) -> list[str]:
    return [part for part, look in looks(writing, block) if look.fontWeight() == QFont.Weight.Bold]


# Markdown


def test_marks_get_their_looks_while_they_are_typed(start):
    writing = start()
    writing.type("a 😀 **b** c\n# One")
    assert bold(writing, 0) == ["**b**"]
    assert bold(writing, 1) == ["# One"]
    writing.key("Backspace")
    assert bold(writing, 1) == ["# On"]
    writing.settings.set(EDITOR_MARKDOWN, False)
    writing.run(0.05)
    assert looks(writing, 0) == looks(writing, 1) == []
    assert writing.text == "a 😀 **b** c\n# On"


def test_chinese_is_never_slanted_but_dotted(start):
    writing = start()
    show(writing, "他*真的 really*走了")
    slanted = [part for part, look in looks(writing, 0) if look.fontItalic()]
    dotted = [
        part
        for part, look in looks(writing, 0)
        if look.underlineStyle() == QTextCharFormat.UnderlineStyle.DotLine
    ]
    assert "".join(slanted) == "* really*"
    assert dotted == ["真的"]


def test_a_fence_makes_code_of_what_follows_until_it_is_closed(start):
    writing = start()
    show(writing, "text\n# One\n# Two")
    writing.type("\n")
    writing.select(0, 0)
    writing.type("```")
    writing.run(0.2)
    assert bold(writing, 2) == []
    assert writing.program.view.headings.all == ()
    writing.key("Ctrl+Z")
    writing.run(0.2)
    assert [h.text for h in writing.program.view.headings.all] == ["One", "Two"]


def test_a_composition_keeps_the_looks_around_it_and_they_come_back(start):
    writing = start()
    show(writing, "**早** 晨")
    writing.select(2, 2)
    before = bold(writing, 0)
    writing.compose("ni")
    layout = writing.editor.document().firstBlock().layout()
    assert layout.preeditAreaText() == "ni"
    assert any(f.format.fontWeight() == QFont.Weight.Bold for f in layout.formats())
    writing.compose("")
    assert bold(writing, 0) == before == ["**早**"]
    writing.compose("", "你")
    assert bold(writing, 0) == ["**你早**"]


def test_the_ghost_keeps_the_looks_beside_it(start):
    writing = start({"**a** b": " and c"})
    writing.type("**a** b")
    assert writing.ghost() == " and c"
    assert "**a**" in bold(writing, 0)
    writing.key("Esc")
    assert bold(writing, 0) == ["**a**"]


# Outline


def test_the_outline_shows_the_headings_and_goes_to_them(start):
    writing = start()
    show(writing, "# One\n" + "text\n" * 200 + "## Two\nmore\n```\n# code\n```\n# Three")
    outline = writing.program.view.outline
    assert not outline.isVisible()
    writing.key("F9")
    assert outline.isVisible()
    assert outline.list.hasFocus()
    assert [h.text for h in outline.model.headings] == ["One", "Two", "Three"]
    writing.key("Down", outline.list)
    writing.key("Return", outline.list)
    assert writing.editor.hasFocus()
    assert writing.editor.textCursor().block().text() == "## Two"
    assert writing.editor.viewport().rect().contains(writing.editor.cursorRect())
    writing.type(" 半")
    writing.until(lambda: outline.model.headings[1].text == "Two 半")
    assert outline.list.currentIndex().row() == 1
    writing.key("F9")
    assert not outline.isVisible()
    assert not writing.settings.get(EDITOR_OUTLINE)


def test_headings_follow_edits_above_them(start):
    writing = start()
    show(writing, "a\n# One\nb\n# Two")
    writing.select(0, 0)
    writing.type("\n\n")
    writing.run(0.1)
    assert [(h.block, h.text) for h in writing.program.view.headings.all] == [(3, "One"), (5, "Two")]
    writing.select(0, 6)
    writing.key("Delete")
    writing.run(0.1)
    expected = [
        (number, line[2:]) for number, line in enumerate(writing.text.split("\n")) if line.startswith("# ")
    ]
    assert [(h.block, h.text) for h in writing.program.view.headings.all] == expected


# Focus, typewriter


def test_focus_veils_all_but_the_paragraph_then_the_sentence(start):
    writing = start()
    show(writing, "First one. Second one.\n\nAnother.")
    writing.select(2, 2)

    def dark(block: int, text: str) -> bool:
        """Whether a text of the block is as dark as text is."""
        document = writing.editor.document()
        found = document.findBlockByNumber(block)
        area = writing.editor.blockBoundingGeometry(found).translated(writing.editor.contentOffset())
        line = found.layout().lineAt(0)
        at = found.text().index(text)
        left, right = line.cursorToX(at)[0] + 3, line.cursorToX(at + len(text))[0]
        image = writing.editor.viewport().grab().toImage()
        columns = range(int(area.left() + left), int(area.left() + right))
        rows = range(int(area.top()), int(area.top() + writing.editor._layout.pitch))
        return min(image.pixelColor(x, y).lightness() for x in columns for y in rows) < 90

    assert (dark(0, "Second"), dark(2, "Another")) == (True, True)
    writing.key("F8")
    assert writing.settings.get(EDITOR_FOCUS) == "paragraph"
    assert (dark(0, "First"), dark(0, "Second"), dark(2, "Another")) == (True, True, False)
    writing.key("F8")
    assert (dark(0, "First"), dark(0, "Second"), dark(2, "Another")) == (True, False, False)
    writing.key("F8")
    assert (dark(0, "Second"), dark(2, "Another")) == (True, True)


@pytest.mark.parametrize(
    ("text", "position", "expected"),
    [
        ("It rained. 😀 He left.", 4, "It rained. "),
        ("It rained. 😀 He left.", 14, "😀 He left."),
        ("It rained. 😀 He left.", 22, "😀 He left."),
        ("下了雨。他走了！", 2, "下了雨。"),
        ("下了雨。他走了！", 8, "他走了！"),
        ("", 0, ""),
    ],
)
def test_the_sentence_around_a_place(text, position, expected):
    start, end = sentence_around(text, position)
    assert text.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le") == expected


def test_typewriter_scrolling_keeps_the_line_in_the_middle(start):
    writing = start()
    show(writing, "line\n" * 80)
    writing.key("Ctrl+End")
    writing.key("Shift+F8")
    assert writing.settings.get(EDITOR_TYPEWRITER)
    for keys in ("a\nb\n", "c"):
        writing.type(keys)
        middle = writing.editor.viewport().height() / 2
        assert abs(writing.editor.cursorRect().center().y() - middle) < writing.editor._layout.pitch
    writing.key("PgUp")
    assert abs(writing.editor.cursorRect().center().y() - middle) < writing.editor._layout.pitch


# Counts


def test_words_and_characters_follow_every_edit(start):
    writing = start()
    writing.type("Two words\n和四个字")
    aids = writing.program.view
    writing.until(lambda: aids.words.complete)
    assert aids.words.total == TextCounts(words=6, han=4, characters=13)
    writing.key("Shift+F2")
    assert writing.window.status.message.full_text() == (
        "6 words  ·  13 characters  ·  1 min to read  ·  6 written since the start"
    )
    writing.select(0, 3)
    writing.key("Shift+F2")
    assert writing.window.status.message.full_text() == "1 word  ·  3 characters  ·  1 min to read"
    writing.key("Ctrl+A")
    writing.key("Delete")
    writing.until(lambda: aids.words.complete)
    assert aids.words.total == TextCounts()


def test_the_goal_counts_what_is_written_and_not_what_is_opened(start):
    writing = start()
    writing.settings.set(EDITOR_GOAL, 100)
    show(writing, "opened text\nof six words here")
    assert writing.window.status.words.text().endswith("0 of 100")
    writing.key("Ctrl+End")
    writing.type(" one two\nthree ")
    writing.until(lambda: writing.window.status.words.text().endswith("3 of 100"))
    QApplication.clipboard().setText("word " * 100)
    writing.key("Ctrl+V")
    writing.until(lambda: writing.window.status.words.text().endswith("103 of 100"))
    assert writing.window.status.words.property("tone") == "accent"
    writing.key("Ctrl+Z")
    writing.until(lambda: writing.window.status.words.text().endswith("3 of 100"))


# Long texts


def test_long_texts_are_read_in_slices(start):
    writing = start()
    text = "# Chapter\n\nIt *rained* and rained. 雨\n" * 8_000
    writing.editor.set_text(text)
    aids = writing.program.view
    assert not aids.words.complete
    assert writing.window.isEnabled()
    writing.until(
        lambda: aids.words.complete and aids.headings.complete and len(aids.headings.all) == 8_000, 30
    )
    assert aids.words.total.words == 6 * 8_000
    assert all(
        block.userState() == -1
        for block in map(writing.editor.document().findBlockByNumber, range(1000, 23_000, 500))
    )


def test_typing_in_a_long_text_stays_within_a_frame(start):
    """Markdown, outline, counts, goal and spelling in 1.5 MB: the window thread's time from key to paint."""
    writing = start()
    for setting, value in ((EDITOR_OUTLINE, True), (EDITOR_GOAL, 500)):
        writing.settings.set(setting, value)
    show(
        writing,
        ("# A heading\n\n" + "It *rained* all night, and in the **morning** it shone. " * 8 + "\n") * 3_000,
    )
    writing.select(600_000, 600_000)
    writing.run(0.1)
    seconds = []
    for character in "and the rain went on ":
        begin = time.thread_time()
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            QApplication.sendEvent(
                writing.editor, QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, character)
            )
        QApplication.sendPostedEvents()
        QApplication.processEvents()
        seconds.append(time.thread_time() - begin)
        writing.run(0.005)
    assert sorted(seconds)[len(seconds) // 4] < 0.032  # twice a frame: coverage counts each line
