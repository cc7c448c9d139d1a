"""Runs the real window for tests of input: answers each line on standard input with what is in it.

The argument is the script of a fake engine, as JSON. A line is the text's new size in points, 0 to keep it.
The answer is {"text": …, "ghost": …, "composing": …, "cursor": [left, top, right, bottom], …}, the cursor in
pixels of the screen; `seen` says what else the window shows.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from PySide6.QtCore import QPoint, QSocketNotifier

from writer.engine.fake import FakeEngine
from writer.settings.editor_schema import EDITOR_FONT_SIZE
from writer.ui.application import Application
from writer.ui.startup import Startup, make_application


def seen(program: Application) -> dict[str, Any]:
    """The title, whether the screen is full, what is found, the texts of the folder, what is previewed."""
    window, listing = program.window, program.late.project.listing
    preview = vars(program.on_demand).get("preview")  # which is made when it is first shown
    view = preview.panel.view if preview is not None else None
    return {
        "title": window.windowTitle(),
        "full": window.isFullScreen(),
        "hidden": not window.editor.isVisible(),
        "found": len(program.late.search.matches) if program.late.search.bar.isVisible() else -1,
        "texts": list(listing.names) if listing is not None else [],
        "naming": program.late.quick_open.box.isVisible(),
        "preview": view.toPlainText() if view is not None and view.isVisible() else "",
    }


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
        state |= seen(program)
        print(json.dumps(state), flush=True)

    notifier = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)
    notifier.activated.connect(answer)
    program.loop.run_forever()
    notifier.setEnabled(False)
    editor.document().setModified(False)
    program.finish()


if __name__ == "__main__":
    main()
