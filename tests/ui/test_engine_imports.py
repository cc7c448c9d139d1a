"""The engine's libraries are imported beside the window's modules, not before the window is painted."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

STARTED = """
import sys, threading, tempfile
from pathlib import Path
from writer.settings.server_schema import SERVER_ENABLED
from writer.ui.startup import Startup, make_application

startup = Startup(make_application(), Path(tempfile.mkdtemp()))
startup.settings.set(SERVER_ENABLED, sys.argv[1] == "server")
assert "numpy" not in sys.modules
startup.show()
for thread in threading.enumerate():
    if thread.name == "imports":
        thread.join()
print(*(name for name in ("numpy", "onnxruntime") if name in sys.modules))
"""


@pytest.mark.parametrize(("engine", "imported"), [("local", ["numpy", "onnxruntime"]), ("server", [])])
def test_they_are_imported_behind_the_first_paint(tmp_path: Path, engine: str, imported: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", STARTED, engine],
        env=os.environ | {"TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == imported
