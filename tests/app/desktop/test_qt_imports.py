"""Imports without a search for Qt's features in a process that uses PySide6."""

import os
import subprocess
import sys

CODE = """
import atexit, builtins, linecache, sys

def say():
    print(builtins.__import__.__name__, sum("writer" in name for name in linecache.cache))

atexit.register(say)
from writer.cli import main
sys.exit(main(sys.argv[1:]))
"""
"""A command; at its end: the function that imports, and the number of modules whose source was read."""


def test_the_window_imports_modules_without_reading_their_sources(tmp_path):
    """PySide6 reads the source of each module that is imported after it; the window puts an end to that.

    The command ends after its imports, as there is no screen.
    """
    environment = {name: value for name, value in os.environ.items() if "DISPLAY" not in name}
    environment |= {"HOME": str(tmp_path), "QT_QPA_PLATFORM": ""}
    done = subprocess.run(
        [sys.executable, "-c", CODE, "gui"], env=environment, capture_output=True, text=True, timeout=120
    )
    name, read = done.stdout.splitlines()[-1].split()
    assert name != "__feature_import__", done.stdout + done.stderr
    assert read == "0", done.stdout + done.stderr
