"""The part of a text that is previewed."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QTextDocument

from writer.ui.panels.preview import excerpt
from writer.ui.panels.preview.excerpt import excerpt_around


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr(excerpt, "MAX_CHARACTERS", 60)
    monkeypatch.setattr(excerpt, "_BEFORE", 20)


def around(text, block, code=()):
    document = QTextDocument(text)
    return excerpt_around(document, block, lambda number: number in code)


@pytest.mark.parametrize("text", ["", "a\n\n# 雨\n😀", "x" * 59])
def test_a_short_text_is_whole(text):
    found = around(text, 0)
    assert (found.text, found.first, found.whole) == (text, 0, True)
    assert found.holds(text.count("\n"))
    assert not found.holds(text.count("\n") + 1)


def test_a_long_text_is_cut_around_the_cursor():
    lines = [f"line {number:02}" for number in range(50)]
    found = around("\n".join(lines), 25)
    assert found.text.split("\n") == lines[found.first : found.end]
    assert found.holds(25)
    assert not found.whole
    assert 40 < len(found.text) <= 60
    assert found.first < 25 < found.end - 1


@pytest.mark.parametrize("block", [0, 49])
def test_it_reaches_the_ends(block):
    found = around("\n".join(f"line {number:02}" for number in range(50)), block)
    assert found.holds(block)
    assert found.first == 0 or found.end == 50


def test_it_begins_with_a_heading():
    lines = ["old old old"] * 9 + ["# Now", "a", "here", "b"] + ["later later"] * 9
    found = around("\n".join(lines), 11)
    assert found.text.startswith("# Now\na\nhere\nb\nlater")


def test_it_begins_neither_in_code_nor_with_its_comments():
    lines = ["old old old"] * 9 + ["```", "# no", "```", "here"] + ["later later"] * 9
    found = around("\n".join(lines), 12, code=(9, 10, 11))
    assert found.text.startswith(("old", "here"))
    found = around("\n".join(lines), 11, code=(9, 10, 11))
    assert not found.text.startswith("# no")


def test_a_paragraph_alone_may_be_too_long():
    text = "a\n" + "x" * 70 + "\nb"
    assert around(text, 1) is None
    assert around(text, 0).text == "a"
    assert around(text, 2).text == "b"
