"""A process to be killed: the real program, and a typist that tells after each step that it is made.

    python -m tests.fakes.typist FOLDER STEPS LONG [FILE]

It starts the program on FOLDER, prints the texts that are there as one JSON line, reads a number and the
texts of the tabs, and makes the steps of the file STEPS (see `Step`) from that number on: after each it
prints how many are made. LONG is the size of a log in bytes from which it is shortened. Lists do not go on by
themselves and brackets are not paired, as the steps are all that is written.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from writer.documents.journal import journal
from writer.engine.fake import FakeEngine
from writer.settings.editor_schema import EDITOR_LISTS, EDITOR_PAIRS
from writer.ui.application import Application
from writer.ui.editor.editor import Editor
from writer.ui.editor.open_documents import OpenDocument
from writer.ui.startup import Startup, make_application

Step = tuple[str, int, str | int, int]
"""What is done, where (in UTF-16 units), with what, and in which tab; tab 0 has a file, the others have none.

"key" and "accept" write a text, "paste" takes it from the clipboard, "delete" removes so many units behind
the place, "back" one before it, "save", "undo" and "redo" press their keys.
"""

_KEYS = {"save": "Ctrl+S", "undo": "Ctrl+Z", "redo": "Ctrl+Shift+Z"}


def main() -> None:
    """Start, tell the text, type."""
    folder, steps = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text("utf-8"))
    journal.COMPACT_BYTES = int(sys.argv[3])
    startup = Startup(make_application(), folder)
    startup.show()
    program = Application(startup, lambda _settings, _language: (lambda: FakeEngine({}), "fake"))
    for setting in (EDITOR_LISTS, EDITOR_PAIRS):
        program.settings.set(setting, False)
    program.start([Path(name) for name in sys.argv[4:]])
    program.loop.run_until_complete(_type(program, steps))


async def _type(program: Application, steps: list[Step]) -> None:
    while program.type_ahead.waiting:
        await asyncio.sleep(0.002)
    await program.files.wait_idle()
    _say(json.dumps([page.whole_text() for page in program.documents.all]))
    begin, texts = json.loads(sys.stdin.readline())
    tabs = _Tabs(program, texts)
    for made, step in enumerate(steps[begin:], begin + 1):
        tabs.show(step[3])
        make(program.window.editor, step)
        _say(str(made))
        await asyncio.sleep(0.0005)
    await asyncio.sleep(3600)


class _Tabs:
    """The tabs by their numbers; `texts` says which of the pages that are there are which."""

    def __init__(self, program: Application, texts: list[str]) -> None:
        self._editor, self._documents = program.window.editor, program.documents
        pages = list(self._documents.all)
        files = [page for page in pages if page.document.path is not None]
        self._pages: list[OpenDocument | None] = []
        for tab, text in enumerate(texts):
            fitting = files if tab == 0 else [page for page in pages if text and page.whole_text() == text]
            page = fitting[0] if fitting else None
            self._pages.append(page)
            if page is not None:
                pages.remove(page)

    def show(self, tab: int) -> None:
        """Go to a tab with the keys of a writer; one that is not there yet is made."""
        page = self._pages[tab]
        if page is None:
            _press(self._editor, "Ctrl+N")
            self._pages[tab] = self._documents.current
            return
        while self._documents.current is not page:
            _press(self._editor, "Ctrl+Tab")


def make(editor: Editor, step: Step) -> None:
    """Make a step as a writer would: the cursor goes to the place, then keys are pressed."""
    kind, place, value, _tab = step
    if kind in _KEYS:
        _press(editor, _KEYS[kind])
        return
    cursor = editor.textCursor()
    if kind == "delete" or cursor.hasSelection() or cursor.position() != place:
        cursor.setPosition(place)
        if kind == "delete":
            cursor.setPosition(place + value, QTextCursor.MoveMode.KeepAnchor)
        editor.setTextCursor(cursor)
    if kind == "delete":
        QTest.keyClick(editor, Qt.Key.Key_Delete)
    elif kind == "back":
        QTest.keyClick(editor, Qt.Key.Key_Backspace)
    elif kind == "accept":
        editor.accept(value)
    elif kind == "paste":
        QGuiApplication.clipboard().setText(value)
        _press(editor, "Ctrl+V")
    else:
        _write(editor, value)


def _write(editor: Editor, character: str) -> None:
    if character == "\n":
        QTest.keyClick(editor, Qt.Key.Key_Return)
        return
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        QApplication.sendEvent(editor, QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, character))


def _press(editor: Editor, keys: str) -> None:
    modifiers = Qt.KeyboardModifier.ControlModifier
    if "Shift" in keys:
        modifiers |= Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(editor, getattr(Qt.Key, f"Key_{keys.rpartition('+')[2]}"), modifiers)


def _say(line: str) -> None:
    os.write(1, line.encode() + b"\n")


if __name__ == "__main__":
    main()
