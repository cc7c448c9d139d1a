"""The moving picture of README: the real window and the real model, and somebody who writes.

`python -m tests.ui.moving_picture FILE` writes it as an animated PNG; `make screenshots` does.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tests.ui.screenshots import type_character, wait, wait_until

if TYPE_CHECKING:
    from tests.ui.animated_png import Frame

SIZE = (860, 320)
KEY_MS, WORD_MS = 70, 130
"""How long the picture stays after a character, and after a word."""

READ_MS, TAKEN_MS, END_MS = 1100, 800, 2600
"""How long it stays when a suggestion comes, when one was taken, and at the end."""

SECONDS = 60
LEAST = 4
"""The fewest characters of a suggestion that is shown."""

SCRIPT = (
    ("Thank you very much for your letter. Please let me know if you have any ", ("Ctrl+Right",)),
    (". I am looking forward to hear", ("Tab",)),
)
"""What is written, and the keys that take the suggestion behind it."""


def main() -> int:
    """Write the picture into the file named on the command line; the exit status."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    file = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory(prefix="writer-picture-") as folder:
        data = record(Path(folder))
    file.write_bytes(data)
    print(f"{file.name}: {len(data) // 1024} kB")
    return 0


def record(folder: Path) -> bytes:
    """The picture of a session with settings and state in `folder`, as the tour has one."""
    from PySide6.QtWidgets import QApplication

    from tests.ui.animated_png import animated_png
    from writer.engine.engine_state import EngineReady
    from writer.ui.application import Application
    from writer.ui.startup import Startup, make_application
    from writer.ui.window.welcome import mark_begun

    mark_begun(folder)  # the greeting is not shown
    startup = Startup(make_application(), folder)
    QApplication.setCursorFlashTime(0)
    startup.window.resize(*SIZE)
    startup.show()
    startup.window.activateWindow()
    program = Application(startup)
    program.start([])
    wait_until(program, lambda: isinstance(program.container.engine_state, EngineReady), SECONDS)
    recorder = Recorder(program)
    for text, keys in SCRIPT:
        recorder.type(text)
        for key in keys:
            recorder.take(key)
    recorder.type(".", suggested=False)
    recorder.hold(END_MS)
    program.window.editor.document().setModified(False)
    program.window.close()
    program.finish()
    return animated_png(recorder.still, recorder.frames)


class Recorder:
    """Writes in the window of `program`, and keeps a picture of each step."""

    def __init__(self, program: object) -> None:
        self._program = program
        self._editor = program.window.editor
        self.frames: list[Frame] = []
        self.hold(WORD_MS)

    @property
    def still(self) -> object:
        """The picture that was shown longest before the last one."""
        return max(self.frames[:-1], key=lambda frame: frame.milliseconds).image

    def hold(self, milliseconds: int) -> None:
        """Keep what the window shows now; the same picture twice is one that stays longer."""
        from tests.ui.animated_png import Frame

        image = self._program.window.grab().toImage()
        if self.frames and self.frames[-1].image == image:
            last = self.frames.pop()
            milliseconds += last.milliseconds
        self.frames.append(Frame(image, milliseconds))

    def type(self, text: str, *, suggested: bool = True) -> None:
        """Write a text, until a suggestion stands behind it where one is wanted."""
        from PySide6.QtTest import QTest

        for character in text:
            type_character(self._editor, character)
            wait(self._program, 0.01)
            self.hold(WORD_MS if character == " " else KEY_MS)
        if not suggested:
            return
        self._wait_for(lambda: True)
        if len(self._editor.ghost) < LEAST:
            QTest.keySequence(self._editor, "Ctrl+Space")
            self._wait_for(lambda: self._editor.ghost)
        self.hold(READ_MS)

    def take(self, key: str) -> None:
        """Take the suggestion, or a part of it, where there is one."""
        from PySide6.QtTest import QTest

        if not self._editor.ghost:
            return
        text = self._editor.text()
        QTest.keySequence(self._editor, key)
        self._wait_for(lambda: self._editor.text() != text)
        self.hold(TAKEN_MS)

    def _wait_for(self, holds: Callable[[], object]) -> None:
        """Wait until something holds and the suggestion is complete."""
        suggestions = self._program.container.suggestions
        wait_until(self._program, lambda: holds() and not suggestions.busy, SECONDS)
        wait(self._program, 0.3)


if __name__ == "__main__":
    sys.exit(main())
