"""The real program on a scripted engine, driven by real key events."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QInputMethodEvent, QKeyEvent, QKeySequence, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from writer.engine.fake import FakeEngine
from writer.engine.protocol import Engine
from writer.ui.application import Application
from writer.ui.startup import Startup, make_application

SECONDS = 30.0
"""How long a test waits for what must come."""


class Writing:
    """A running program, and the hands of its user."""

    def __init__(
        self, engine: Engine, files: tuple[Path, ...], hurry: Callable[[Writing], None], at_once: bool
    ) -> None:
        self.engine = engine
        self.closed = False
        self.languages: list[str] = []
        self.startup = Startup(make_application())
        self.startup.show()
        self.window = self.startup.window
        self.editor = self.startup.window.editor
        hurry(self)
        self.program = Application(self.startup, lambda _, language: self._load(engine, language))
        self.program.start(list(files))
        self.actions = self.window.actions_by_name
        self.suggestions = self.program.container.suggestions
        self.settings = self.program.settings
        if not at_once:
            self.program.late.make_all()
        self.until(lambda: getattr(self.program.container.engine_state, "device", "") == "cpu")
        self.until(lambda: QApplication.activeModalWidget() or not self.program.type_ahead.waiting)
        self.until(lambda: QApplication.activeModalWidget() or self.window.isActiveWindow())

    def _load(self, engine: Engine, language: str) -> tuple[object, str]:
        self.languages.append(language)
        return (lambda: engine), "fake"

    def type(self, text: str) -> None:
        """Press the keys for `text`, without a pause."""
        for character in text:
            if character == "\n":
                QTest.keyClick(self.editor, Qt.Key.Key_Return)
            elif character.isascii():
                QTest.keyClick(self.editor, character)
            else:
                self.send(self.editor, character)

    def send(self, widget: QWidget, character: str) -> None:
        """Press the key that writes any character, wherever there is one."""
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            QApplication.sendEvent(widget, QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, character))

    def compose(self, preedit: str, commit: str = "") -> None:
        """Do what an input method does: show a composition, or write what it is done with."""
        event = QInputMethodEvent(preedit, [])
        event.setCommitString(commit)
        QApplication.sendEvent(self.editor, event)

    def key(self, keys: str, widget: object = None) -> None:
        """Press one combination such as "Ctrl+Right"."""
        combination = QKeySequence(keys)[0]
        QTest.keyClick(widget or self.editor, combination.key(), combination.keyboardModifiers())

    def until(self, holds: Callable[[], object], seconds: float = SECONDS) -> None:
        """Let the program run until something holds."""
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end, "it did not happen"
            self.run(0.005)

    def run(self, seconds: float) -> None:
        """Let the program run for some time, or until it ends."""
        loop = self.program.loop
        loop.call_later(seconds, loop.stop)
        loop.run_forever()

    def settle(self) -> None:
        """Let the program run until nothing is being asked."""
        self.run(0.02)
        self.until(lambda: not self.suggestions.busy)
        self.run(0.02)

    def ghost(self) -> str:
        """The ghost that shows in the end."""
        self.settle()
        return self.editor.ghost

    @property
    def text(self) -> str:
        return self.editor.text()

    @property
    def reason(self) -> str:
        """Why there was nothing the last time."""
        return self.suggestions.reasons[-1] if self.suggestions.reasons else ""

    def select(self, start: int, end: int) -> None:
        cursor = self.editor.textCursor()
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        self.editor.setTextCursor(cursor)

    def answer(self, button: str) -> None:
        """Press a button of the question that is open, once it is."""
        self.until(lambda: isinstance(QApplication.activeModalWidget(), QMessageBox))
        box = QApplication.activeModalWidget()
        found = next(b for b in box.buttons() if b.text().replace("&", "") == button)
        QTest.mouseClick(found, Qt.MouseButton.LeftButton)
        self.back_from(box)

    def back_from(self, dialog: QWidget) -> None:
        """Wait until a dialog is gone, and bring the window to the front, as desktops do."""
        self.until(lambda: QApplication.activeModalWidget() is not dialog)
        self.window.activateWindow()
        self.run(0.05)

    def close(self) -> None:
        """End the program. Does nothing at the second call."""
        if self.closed:
            return
        self.closed = True
        self.program.finish()
        self.window.deleteLater()
        QApplication.sendPostedEvents(None, 0)
        # Else the next program would give its style to this window, too, before its first loop deletes it.
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture
def start(qapp: QApplication) -> Iterator[Callable[..., Writing]]:
    """A function that starts the program with a script for its engine; one at a time.

    `hurry` is what its user does before anything but the window is there; `engine` a real one in its place;
    `at_once` does not wait for the controllers that are made a moment after the start.
    """
    running: list[Writing] = []

    def begin(
        script: dict[str, str] | None = None,
        files: tuple[Path, ...] = (),
        hurry: Callable[[Writing], None] = lambda _writing: None,
        engine: Engine | None = None,
        at_once: bool = False,
        **more: float,
    ) -> Writing:
        while running:
            running.pop().close()
        running.append(Writing(engine or FakeEngine(script or {}, **more), files, hurry, at_once))
        return running[-1]

    yield begin
    for writing in running:
        writing.close()


SCHEMES = ("http", "https", "file", "javascript", "mailto")


class Browser(QObject):
    """What the system would open."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    @Slot(QUrl)
    def open(self, url: QUrl) -> None:
        self.opened.append(url.toString())


@pytest.fixture
def browser(qapp) -> Iterator[Browser]:
    found = Browser()
    for scheme in SCHEMES:
        QDesktopServices.setUrlHandler(scheme, found, "open")
    yield found
    for scheme in SCHEMES:
        QDesktopServices.unsetUrlHandler(scheme)
