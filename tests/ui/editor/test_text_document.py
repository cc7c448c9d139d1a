"""The text of a document, read whole and in parts."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QTextCursor, QTextDocument
from PySide6.QtWidgets import QApplication

from writer.text.utf16 import utf16_bytes
from writer.ui.editor.text_document import plain_text, selected_text, text_between, utf16_between

TEXT = "one\u00a0two\n\n中文😀\u2028end " + "so on 𠮷 and on\n" * 12


@pytest.fixture
def document(qapp: QApplication) -> QTextDocument:
    document = QTextDocument()
    QTextCursor(document).insertText(TEXT)
    return document


def test_the_whole_text_keeps_every_kind_of_space(document: QTextDocument) -> None:
    assert plain_text(document) == TEXT
    cursor = QTextCursor(document)
    cursor.select(QTextCursor.SelectionType.Document)
    assert selected_text(cursor) == TEXT


def test_any_part_is_that_of_the_text(document: QTextDocument) -> None:
    data = utf16_bytes(TEXT)
    for start in range(0, 40):
        for end in (start, start + 1, start + 7, start + 64, start + 65, start + 90):
            part = data[2 * start : 2 * end]
            assert utf16_between(document, start, end) == part, (start, end)
            whole = part.decode("utf-16-le", "ignore")
            assert whole in text_between(document, start, end)
            assert utf16_bytes(text_between(document, start, end)).decode("utf-16-le") in TEXT
