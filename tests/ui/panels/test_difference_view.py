"""The view of a difference: excerpts around the changes, and a limit of what is shown."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QFont

from writer.documents.history.difference import Change, Part
from writer.ui.panels.difference_view import CONTEXT, MAX_SHOWN, DifferenceView, excerpts

SAME, ADDED = Change.SAME, Change.ADDED


@pytest.mark.parametrize(
    ("text", "first", "middle", "last"),
    [
        ("a b", "a b", "a b", "a b"),
        ("a\nb\nc", "⋯\nc", "a\n⋯\nc", "a\n⋯"),
        ("a\n\nb", "⋯\nb", "a\n\nb", "a\n⋯"),
        ("a.\n", "⋯\n", "a.\n", "a.\n"),
        ("", "", "", ""),
    ],
)
def test_what_stands_around_a_change_is_shown(text: str, first: str, middle: str, last: str) -> None:
    change, same = Part(ADDED, "x"), Part(SAME, text)
    shown = [part.text for part in excerpts([same, change, same, change, same])]
    assert shown == [first, "x", middle, "x", last]


def test_a_long_line_is_cut(qtbot) -> None:
    [_, same] = excerpts([Part(ADDED, "x"), Part(SAME, "早" * 5000)])
    assert len(same.text) < CONTEXT + 5


def test_a_megabyte_is_shown_in_part(qtbot) -> None:
    view = DifferenceView(QFont())
    qtbot.addWidget(view)
    assert not view.show_parts([Part(ADDED, "word " * 300_000)])
    assert len(view.toPlainText()) == MAX_SHOWN
    assert view.show_parts([Part(ADDED, "word")])
    assert view.toPlainText() == "word"
