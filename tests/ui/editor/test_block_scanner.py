"""What is kept of each paragraph is what reading all of the text anew would give, whatever was changed."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QTextCursor, QTextDocument
from PySide6.QtWidgets import QApplication, QPlainTextDocumentLayout

from writer.text.markdown import heading
from writer.text.word_count import count_text
from writer.ui.editor.headings import Headings
from writer.ui.editor.word_counter import WordCounter

LINES = st.lists(st.sampled_from(["", "two words", "# A heading", "雨下了", "a"]), max_size=130).map(
    "\n".join
)
EDITS = st.lists(
    st.tuples(st.floats(0, 1), st.floats(0, 0.3), LINES, st.integers(0, 3)), min_size=1, max_size=8
)


def text_of(document: QTextDocument) -> str:
    return document.toRawText().replace("\u2029", "\n")


@pytest.mark.usefixtures("qapp")
@given(LINES, st.booleans(), EDITS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_counts_and_headings_follow_every_edit(
    before: str, filled: bool, edits: list[tuple[float, float, str, int]]
) -> None:
    document = QTextDocument()
    document.setDocumentLayout(QPlainTextDocumentLayout(document))  # without one, changes are not told
    if filled:
        QTextCursor(document).insertText(before)
    words, headings = WordCounter(document), Headings(document)
    if not filled:
        QTextCursor(document).insertText(before)
    for place, share, text, turns in edits:
        length = document.characterCount() - 1
        cursor = QTextCursor(document)
        cursor.setPosition(round(place * length))
        end = min(length, cursor.position() + round(share * length))
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(text)
        if turns == 3:
            document.undo()
        for _ in range(turns):
            QApplication.processEvents()
    while not (words.complete and headings.complete):
        QApplication.processEvents()
    headings._collect()
    lines = text_of(document).split("\n")
    assert words.total.words == sum(count_text(line).words for line in lines)
    assert words.total.characters == sum(count_text(line).characters for line in lines)
    assert [h.block for h in headings.all] == [n for n, line in enumerate(lines) if heading(line)]
