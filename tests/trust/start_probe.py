"""Starts the real window on the folders of the environment, and tells which texts it shows: one JSON line.

python -m tests.trust.start_probe
"""

from __future__ import annotations

import asyncio
import json
import os
import time

from writer.engine.fake import FakeEngine
from writer.ui.application import Application
from writer.ui.startup import Startup, make_application

SECONDS = 60.0
"""How long the texts of the last session may take to come."""


async def texts_of(program: Application) -> list[str]:
    """The texts of all tabs, once no more come."""
    end = time.monotonic() + SECONDS
    while program.type_ahead.waiting:
        assert time.monotonic() < end, "the window does not take keys"
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.2)
    found = []
    bar = program.tabs
    for index in range(max(1, bar.count())):
        bar.setCurrentIndex(index)
        found.append(program.window.editor.text())
    return found


def main() -> None:
    """Start, tell, end."""
    startup = Startup(make_application())
    startup.show()
    program = Application(startup, lambda _settings, _language: (lambda: FakeEngine({}), "fake"))
    program.start([])
    texts = program.loop.run_until_complete(texts_of(program))
    for page in ("model", "personalise", "statistics", "privacy"):
        program.settings_dialog.open(page)
    program.loop.run_until_complete(asyncio.sleep(0.1))
    program.window.close()
    program.finish()
    os.write(1, json.dumps(texts).encode() + b"\n")


if __name__ == "__main__":
    main()
