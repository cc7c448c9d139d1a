"""Copying as rich text by real keys: HTML and plain text on the clipboard."""

from __future__ import annotations

import subprocess
import sys

import pytest
from PySide6.QtWidgets import QApplication

from writer.documents import pandoc
from writer.settings.editor_schema import EDITOR_MARKDOWN
from writer.ui.controllers.on_demand import rich_copy

TEXT = "---\ntitle: Rain\n---\n# Rain\n\nIt **rained** <b>all\u00a0night</b>,\nhard. 雨😀\n"
COPY = "Ctrl+Shift+C"


def copied() -> tuple[str, str]:
    data = QApplication.clipboard().mimeData()
    return (data.html() if data.hasHtml() else ""), data.text()


@pytest.fixture(autouse=True)
def empty_clipboard(qapp):
    QApplication.clipboard().setText("before")


def test_the_whole_text_is_copied_as_html_and_as_it_is(start):
    writing = start()
    writing.editor.set_text(TEXT)
    writing.key(COPY)
    writing.until(lambda: copied()[0], 20)
    html, plain = copied()
    assert '<h1 id="rain">Rain</h1>' in html
    assert "It <strong>rained</strong>" in html
    assert "hard. 雨😀" in html
    assert "title:" not in html
    assert plain == TEXT
    assert writing.text == TEXT
    assert writing.window.status.message.full_text() == "Copied as rich text."


def test_only_the_selection_is_copied(start):
    writing = start()
    writing.editor.set_text(TEXT)
    begin = TEXT.index("**rained")
    writing.select(begin, begin + len("**rained**"))
    writing.key(COPY)
    writing.until(lambda: copied()[0], 20)
    assert "<p><strong>rained</strong></p>" in copied()[0]
    assert copied()[1] == "**rained**"


def test_it_comes_back_as_markdown(start):
    writing = start()
    writing.editor.set_text("One **two** *three*.")
    writing.key(COPY)
    writing.until(lambda: copied()[0], 20)
    writing.editor.set_text("")
    writing.key("Ctrl+V")
    writing.until(lambda: writing.text == "One **two** *three*.", 20)


def test_plain_writers_get_their_lines(start):
    writing = start()
    writing.settings.set(EDITOR_MARKDOWN, False)
    writing.editor.set_text("a *b*\n<c>")
    writing.key(COPY)
    writing.until(lambda: copied()[0], 20)
    assert "<p>a *b*</p>\n<p>&lt;c&gt;</p>" in copied()[0]


def test_an_empty_text_copies_nothing(start):
    writing = start()
    writing.key(COPY)
    assert copied() == ("", "before")
    assert writing.window.status.message.full_text() == "There is nothing to copy yet."


def test_what_is_too_long_or_fails_is_copied_plain(start, monkeypatch):
    writing = start()
    writing.editor.set_text("a **b**")
    monkeypatch.setattr(rich_copy, "MAX_CHARACTERS", 3)
    writing.key(COPY)
    assert copied() == ("", "a **b**")
    assert "too long" in writing.window.status.message.full_text()
    monkeypatch.undo()
    QApplication.clipboard().setText("before")
    monkeypatch.setattr(pandoc, "_program", lambda: "/nowhere/pandoc")
    writing.key(COPY)
    writing.until(lambda: copied() == ("", "a **b**"), 20)
    assert "could not be made" in writing.window.status.message.full_text()


def test_a_later_copy_stays(start):
    writing = start()
    writing.editor.set_text("a **b**")
    writing.key(COPY)
    writing.select(0, 1)
    writing.key("Ctrl+C")
    writing.until(lambda: not writing.program.on_demand.rich_copy._tasks.busy, 20)
    assert copied() == ("", "a")


def test_the_start_does_not_import_it():
    code = (
        "import sys, writer.ui.application;"
        "print([name for name in sys.modules if name.startswith('writer.ui.controllers.on_demand.')])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "['writer.ui.controllers.on_demand.on_demand']"
