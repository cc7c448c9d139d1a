"""Kills work at its file events, so that a kill hits each place of it, whatever the machine's speed.

An event: a file of a folder is opened, moved or deleted, or a folder made there, as Python's audit hooks tell
it. One process imports all that the work needs, and forks for each run; SIGKILL ends the fork before the
event that was asked for, while what it wrote may still wait in a buffer.
"""

from __future__ import annotations

import importlib
import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 120.0
"""How long the process may take to end."""

needs_forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs forks and SIGKILL")

_EVENTS = frozenset({"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link"})
_SERVE = "import sys; from tests.fakes.killed_work import serve; serve(*sys.argv[1:])"


class KilledWork:
    """Runs a module's function `work(*arguments)` in forks that are killed at their events below `folder`."""

    def __init__(self, work: Callable[..., object], folder: Path, *arguments: object) -> None:
        named = (work.__module__, work.__name__, folder, *arguments)
        self._process = subprocess.Popen(
            [sys.executable, "-c", _SERVE, *map(str, named)],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )

    def __enter__(self) -> KilledWork:
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.communicate(timeout=SECONDS)

    def run(self, at: int) -> bool:
        """Run it once, with a kill before the event `at`, counted from 0; False if it ended by itself."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{at}\n")
        status = self._process.stdout.readline().strip()
        assert status in ("0", str(-signal.SIGKILL)), f"the work failed: {status}"
        return status != "0"


def serve(module: str, name: str, folder: str, *arguments: str) -> None:
    """What the process does: for each number on standard input a fork, whose exit status it writes."""
    work = getattr(importlib.import_module(module), name)
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _kill_at(int(line), os.path.realpath(folder) + os.sep)
            work(*arguments)
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _kill_at(at: int, below: str) -> None:
    """End this process by SIGKILL before an event, counted from 0, that touches what lies below a folder."""
    events = itertools.count()

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if event in _EVENTS and _place(event, arguments).startswith(below) and next(events) == at:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)


def _place(event: str, arguments: tuple[object, ...]) -> str:
    """The absolute path of what an event is about; "" for an open descriptor."""
    path, folder = arguments[0], arguments[-1]
    if not isinstance(path, str | bytes | os.PathLike):
        return ""
    name = os.fsdecode(path)
    if event in ("os.remove", "os.rmdir") and isinstance(folder, int) and folder >= 0:
        with suppress(OSError):  # the name is in the folder of that descriptor, as Linux tells it
            return os.path.join(os.readlink(f"/proc/self/fd/{folder}"), name)
    return os.path.abspath(name)
