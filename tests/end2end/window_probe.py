"""Runs the real window for tests of input: answers each line on standard input with what is in it.

The argument is the script of a fake engine, as JSON. A line is the text's new size in points, 0 to keep it.
The answer is {"text": …, "ghost": …, "composing": …, "cursor": [left, top, right, bottom]}, in pixels of the
screen.
"""

from __future__ import annotations

import json
import sys

from PySide6.QtCore import QPoint, QSocketNotifier

from writer.engine.fake import FakeEngine
from writer.settings.editor_schema import EDITOR_FONT_SIZE
from writer.ui.application import Application
from writer.ui.startup import Startup, make_application


def main() -> None:
    script = json.loads(sys.argv[1])
    startup = Startup(make_application())
    startup.show()
    program = Application(startup, lambda _settings, _language: (lambda: FakeEngine(script), "fake"))
    program.start([])
    editor = program.window.editor

    def answer() -> None:
        size = int(sys.stdin.readline() or -1)
        if size < 0:
            program.loop.stop()
            return
        if size:
            program.settings.set(EDITOR_FONT_SIZE, size)
        rect = editor.cursorRect()
        corner: QPoint = editor.viewport().mapToGlobal(rect.topLeft())
        place = [corner.x(), corner.y(), corner.x() + rect.width(), corner.y() + rect.height()]
        composing = "" if editor.ghost else editor.textCursor().block().layout().preeditAreaText()
        state = {"text": editor.text(), "ghost": editor.ghost, "composing": composing, "cursor": place}
        print(json.dumps(state), flush=True)

    notifier = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)
    notifier.activated.connect(answer)
    program.loop.run_forever()
    notifier.setEnabled(False)
    editor.document().setModified(False)
    program.finish()


if __name__ == "__main__":
    main()
