"""What others tell the editor: which document it shows, how paragraphs look, what a key writes."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from writer.text.typography import Correction
from writer.ui.editor.editor import Editor
from writer.ui.editor.extensions import DocumentIdentity, EditorExtensions
from writer.ui.startup import make_application

Modifier = Qt.KeyboardModifier


@pytest.fixture
def editor(qtbot: QtBot) -> Editor:
    make_application()
    editor = Editor()
    qtbot.addWidget(editor)
    editor.show()
    qtbot.waitUntil(editor.isVisible)
    return editor


def test_the_identity_is_asked_for_whenever_the_cursor_is_described(editor):
    assert editor.cursor_state().context.title == ""
    shown = DocumentIdentity("a", "1")
    editor.set_identity(lambda: shown)
    assert (editor.cursor_state().context.title, editor.cursor_state().suggestions_off) == ("a", False)
    shown = DocumentIdentity("b", "2", suggestions_off=True)
    state = editor.cursor_state()
    assert (state.context.title, state.context.document, state.suggestions_off) == ("b", "2", True)


def test_what_was_typed_is_corrected_as_the_extensions_want_it(editor):
    typed = []
    editor.typed.connect(typed.append)
    editor.set_extensions(
        EditorExtensions(correct=lambda _block, line: Correction(1, 3, "<>") if line == "a😀x" else None)
    )
    QTest.keyClicks(editor, "a")
    for character in "😀x":
        QApplication.sendEvent(editor, QKeyEvent(QEvent.Type.KeyPress, 0, Modifier.NoModifier, character))
    assert editor.text() == "a<>"
    assert typed == ["a", "😀", "<>"]
    assert editor.textCursor().position() == 3


def test_the_document_that_shows_is_the_one_that_is_described(start, tmp_path):
    file = tmp_path / "letter.txt"
    file.write_text("Dear all")
    writing = start({}, (file,))
    document = writing.program.documents.current.document
    assert writing.editor.identity == DocumentIdentity("letter", document.id)
    writing.key("Ctrl+N")
    writing.actions["suggest.here"].trigger()
    assert writing.editor.identity.title == ""
    assert writing.editor.identity.suggestions_off
    writing.key("Ctrl+Tab")
    assert writing.editor.identity.title == "letter"
    assert not writing.editor.identity.suggestions_off


def test_a_document_that_the_editor_did_not_make_is_refused(editor):
    shown = editor.document()
    with pytest.raises(TypeError):
        editor.show_document(QTextDocument(editor))
    assert editor.document() is shown
