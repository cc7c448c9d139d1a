"""The real window in a process of its own, driven with key events, which can be killed.

The processes are forked from one that has imported everything, so that a start takes a fraction of a second.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from writer.ui.application import Application

SECONDS = 30.0
"""How long a process may take for what it is asked, on a machine that does much else."""

_FOLDERS = ("DATA", "CONFIG", "CACHE", "STATE")


@dataclass(frozen=True, slots=True)
class Tab:
    """A text in the window. `title` is the tab's; `missing`: its file has lost the text."""

    text: str
    path: str
    title: str
    modified: bool
    missing: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """What the window shows. `question` and `buttons` are those of the box that is open, "" without one."""

    tabs: tuple[Tab, ...]
    current: int
    message: str
    question: str
    buttons: tuple[str, ...]

    def tab(self, path: Path) -> Tab | None:
        """The tab of a file."""
        return next((tab for tab in self.tabs if tab.path == str(path)), None)

    @property
    def front(self) -> Tab:
        """The tab in front."""
        return self.tabs[self.current]


class WindowProcess:
    """A process whose folders lie below `home`; it opens `files`, and is killed at the end of the `with`."""

    def __init__(self, home: Path, files: Sequence[Path] = ()) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["writer.ui.application", "writer.engine.fake", "PySide6.QtTest"])
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(home, tuple(files), theirs), daemon=True)
        self._process.start()
        theirs.close()

    def __enter__(self) -> Self:
        self._answer()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.kill()
        self._connection.close()

    def shown(self) -> Shown:
        """What the window shows now."""
        shown: Shown = self._do("shown")
        return shown

    def until(self, holds: Callable[[Shown], object]) -> Shown:
        """Wait until the window shows something. Raises TimeoutError."""
        end = time.monotonic() + SECONDS
        while not holds(shown := self.shown()):
            if time.monotonic() > end:
                raise TimeoutError(f"the window shows {shown}")
            time.sleep(0.005)
        return shown

    def type(self, text: str) -> None:
        """Press the keys for ASCII characters."""
        self._do("type", text)

    def press(self, keys: str) -> None:
        """Press a combination such as "Ctrl+W"."""
        self._do("press", keys)

    def page(self, name: str) -> str:
        """The texts of a page of the settings, a line each."""
        text: str = self._do("page", name)
        return text

    def activate(self) -> None:
        """Bring the window to the front, as when the writer comes back to it."""
        self._do("activate")

    def rest(self, seconds: float) -> None:
        """Let the window do what it does by itself."""
        time.sleep(seconds)
        self.shown()

    def answer(self, button: str, question: str = "") -> None:
        """Press a button of the question that is open, or opens; `question` is a part of what it asks."""
        self.until(lambda shown: button in shown.buttons and question in shown.question)
        self._do("answer", button)

    def close(self) -> None:
        """Close the window by its frame, and wait for the end of the process. Raises RuntimeError."""
        self._do("close")
        self._join()

    def quit(self) -> None:
        """Press Ctrl+Q, and wait for the end of the process. Raises RuntimeError."""
        self._do("press", "Ctrl+Q")
        self._join()

    def terminate(self) -> None:
        """Send SIGTERM, and wait for the end of the process. Raises RuntimeError."""
        self._process.terminate()
        self._join()

    def kill(self) -> None:
        """Send SIGKILL."""
        self._process.kill()
        self._process.join()

    def _join(self) -> None:
        self._process.join(SECONDS)
        if self._process.exitcode != 0:
            raise RuntimeError(f"the process did not end, or badly ({self._process.exitcode})")

    def _do(self, *request: object) -> Any:
        self._connection.send(request)
        return self._answer()

    def _answer(self) -> Any:
        if not self._connection.poll(SECONDS):
            raise TimeoutError("the window does not answer")
        try:
            return self._connection.recv()
        except EOFError:
            self._process.join(SECONDS)
            raise RuntimeError(f"the process is gone ({self._process.exitcode})") from None


@contextmanager
def forking() -> Iterator[None]:
    """Stop what multiprocessing would leave running for the next process, at the end of the `with`."""
    try:
        yield
    finally:
        forkserver._forkserver._stop()
        resource_tracker._resource_tracker._stop()


def environment(home: Path) -> dict[str, str]:
    """The variables with which all folders of the program lie below `home`."""
    return {f"XDG_{name}_HOME": str(home / name.lower()) for name in _FOLDERS} | {
        "XDG_RUNTIME_DIR": str(home / "run"),
        "QT_QPA_PLATFORM": "offscreen",
    }


# In the process


def _serve(home: Path, files: tuple[Path, ...], connection: Connection) -> None:
    """Run the window as `writer.ui.main` does, on an engine that says nothing."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.update(environment(home))
    home.mkdir(parents=True, exist_ok=True)
    errors = os.open(home / "stderr", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(errors, sys.stderr.fileno())

    from writer.base import log as logs
    from writer.engine.fake import FakeEngine
    from writer.ui.application import Application
    from writer.ui.startup import Startup, make_application

    startup = Startup(make_application())
    record = logs.start(on_error=startup.show_error)
    startup.show()
    program = Application(startup, lambda _settings, _language: (lambda: FakeEngine({}), "fake"))
    program.start(list(files))
    task = program.loop.create_task(_obey(_Hands(program), connection))
    program.loop.run_forever()
    task.cancel()
    program.finish()
    record.close()


async def _obey(hands: _Hands, connection: Connection) -> None:
    await hands.wait_for_start()
    connection.send(None)
    while True:
        try:
            if connection.poll():
                name, *values = connection.recv()
                connection.send(await getattr(hands, name)(*values))
        except (EOFError, OSError):  # whoever drives it is gone
            os.kill(os.getpid(), signal.SIGKILL)
        await asyncio.sleep(0.002)


class _Hands:
    """What a writer does and sees, in the process of the window."""

    def __init__(self, program: Application) -> None:
        self._program = program
        self._window = program.window

    async def wait_for_start(self) -> None:
        from PySide6.QtWidgets import QApplication

        while self._program.type_ahead.waiting and not QApplication.activeModalWidget():
            await asyncio.sleep(0.002)

    async def type(self, text: str) -> None:
        from PySide6.QtTest import QTest

        await self._take_keys()
        QTest.keyClicks(self._window.editor, text)

    async def press(self, keys: str) -> None:
        from PySide6.QtGui import QKeySequence
        from PySide6.QtTest import QTest

        await self._take_keys()
        combination = QKeySequence(keys)[0]
        QTest.keyClick(self._window.editor, combination.key(), combination.keyboardModifiers())

    async def activate(self) -> None:
        await self._take_keys()
        self._window.activated.emit()

    async def _take_keys(self) -> None:
        """Be the active window: without a desktop, none is when a box is gone."""
        while not self._window.isActiveWindow():
            self._window.activateWindow()
            await asyncio.sleep(0.002)

    async def page(self, name: str) -> str:
        from PySide6.QtWidgets import QLabel

        dialog = self._program.settings_dialog.open()
        dialog.open_page(name)
        await asyncio.sleep(0.02)
        labels = [label.text() for label in dialog.findChildren(QLabel) if label.isVisible()]
        dialog.close()
        return "\n".join(labels)

    async def close(self) -> None:
        self._window.close()

    async def answer(self, button: str) -> None:
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        box = _box()
        assert box is not None
        found = next(one for one in box.buttons() if _label(one) == button)
        QTest.mouseClick(found, Qt.MouseButton.LeftButton)

    async def shown(self) -> Shown:
        from PySide6.QtWidgets import QTabBar

        bar = self._window.findChild(QTabBar)
        documents, box = self._program.documents, _box()
        tabs = tuple(
            Tab(
                page.whole_text(),
                str(page.document.path or ""),
                bar.tabText(index),
                page.unsaved,
                page.document.file_missing,
            )
            for index, page in enumerate(documents.all)
        )
        return Shown(
            tabs,
            documents.all.index(documents.current),
            self._window.status.message.full_text(),
            box.text() if box else "",
            tuple(map(_label, box.buttons())) if box else (),
        )


def _box() -> Any:
    from PySide6.QtWidgets import QApplication, QMessageBox

    box = QApplication.activeModalWidget()
    return box if isinstance(box, QMessageBox) else None


def _label(button: Any) -> str:
    text: str = button.text()
    return text.replace("&", "")
