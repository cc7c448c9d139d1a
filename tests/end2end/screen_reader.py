"""What a screen reader learns of the program, by Debian's pyatspi, and so with the Python of the system.

    /usr/bin/python3 screen_reader.py FOLDER

Writes to the file FOLDER/events one JSON line for each event, [type, role, name, detail, text], after one of
type "ready" when the program is there. When FOLDER/ask is there, it writes FOLDER/tree, a JSON list of
[role, name, is seen, takes the focus, text] of all that the program has, and removes FOLDER/ask.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyatspi  # type: ignore[import-not-found]
from gi.repository import GLib  # type: ignore[import-not-found]

HEARD = (
    "object:text-changed",
    "object:text-caret-moved",
    "object:announcement",
    "object:state-changed:focused",
)


class ScreenReader:
    """Listens to the program and looks at it on request."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loop = GLib.MainLoop()
        self._program: Any = None
        for kind in HEARD:
            pyatspi.Registry.registerEventListener(self._hear, kind)
        GLib.timeout_add(100, self._look)

    def run(self) -> None:
        """Go on until the process is ended."""
        self._loop.run()

    def _look(self) -> bool:
        ask = self._folder / "ask"
        if self._program is None:
            desktop = pyatspi.Registry.getDesktop(0)
            self._program = next((one for one in desktop if one is not None and one.name == "writer"), None)
            if self._program is not None:
                self._write(["ready", "", "", 0, ""])
        elif ask.exists():
            tree = self._folder / "tree.part"
            tree.write_text(json.dumps(list(_tree(self._program))))
            tree.rename(self._folder / "tree")
            ask.unlink()
        return True

    def _hear(self, event: Any) -> None:
        source = event.source
        text = event.any_data if isinstance(event.any_data, str) else ""
        self._write([event.type, source.getRoleName(), source.name, event.detail1, text])

    def _write(self, event: list[Any]) -> None:
        with (self._folder / "events").open("a", encoding="utf-8") as file:
            file.write(json.dumps(event) + "\n")


def _tree(node: Any) -> Iterator[list[Any]]:
    state = node.getState()
    seen, takes_focus = state.contains(pyatspi.STATE_SHOWING), state.contains(pyatspi.STATE_FOCUSABLE)
    text = node.queryText().getText(0, -1) if "Text" in pyatspi.listInterfaces(node) else ""
    yield [node.getRoleName(), node.name, seen, takes_focus, text]
    for child in node:
        if child is not None:
            yield from _tree(child)


if __name__ == "__main__":
    ScreenReader(Path(sys.argv[1])).run()
