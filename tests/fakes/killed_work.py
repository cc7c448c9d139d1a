"""Kills work at its file events, so that a kill hits each place of it, whatever the machine's speed.

An event: a file of a folder is opened, moved or deleted, or a folder made there, as Python's audit hooks tell
it. One process imports all that the work needs, and forks for each run; SIGKILL ends the fork before the
event that was asked for, while what it wrote may still wait in a buffer.
"""

from __future__ import annotations

import gc
import importlib
import itertools
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 120.0
"""How long the process may take to end."""

NEVER = -1
"""The number of no event."""

needs_forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs forks and SIGKILL")

_PLACE = "killed_work.place"
_EVENTS = frozenset({"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", _PLACE})
_SERVE = "from tests.fakes.killed_work import serve; serve()"


def place(file: Path) -> None:
    """What the work calls where it may be killed beside its events, while it writes `file`."""
    sys.audit(_PLACE, file)


class KilledWork:
    """Calls `work`, which can be pickled, in forks that are killed at their events in `folder` and below."""

    def __init__(self, work: Callable[[], object], folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _SERVE],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdin is not None
        self._process.stdin.write(pickle.dumps((work, os.path.realpath(folder) + os.sep)))

    def __enter__(self) -> KilledWork:
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.communicate(timeout=SECONDS)

    def run(self, at: int) -> bool:
        """Do the work, with a kill before the event `at`, counted from 0; False if it ended by itself."""
        self.begin(at)
        return self.end()

    def begin(self, at: int) -> None:
        """Begin a run beside those of others; it must be ended."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{at}\n".encode())
        self._process.stdin.flush()

    def end(self) -> bool:
        """Wait for the end of the run that was begun."""
        assert self._process.stdout is not None
        status = self._process.stdout.readline().strip().decode()
        assert status in ("0", str(-signal.SIGKILL)), f"the work failed: {status}"
        return status != "0"


def serve() -> None:
    """What the process does: for each number on standard input a fork, whose exit status it writes."""
    work, below = pickle.load(sys.stdin.buffer)
    for line in sys.stdin.buffer:
        names, into = os.pipe()
        child = os.fork()
        if not child:
            _kill_at(int(line), below, partial(_tell_modules, into, frozenset(sys.modules)))
            work()
            os._exit(0)
        os.close(into)
        with open(names, "rb") as said:
            _import(said.read().decode().split())
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _tell_modules(into: int, known: frozenset[str]) -> None:
    os.write(into, " ".join(sys.modules.keys() - known).encode())


def _import(names: list[str]) -> None:
    """Import what a fork has imported, so that the next ones need not."""
    for name in names:
        with suppress(Exception):
            importlib.import_module(name)
    gc.freeze()


def _kill_at(at: int, below: str, before: Callable[[], None]) -> None:
    """End this process by SIGKILL before an event, counted from 0, in the folder `below` or deeper."""
    events = itertools.count()

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        touched = event in _EVENTS and (_path(event, arguments) + os.sep).startswith(below)
        if touched and next(events) == at:
            before()
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)


def _path(event: str, arguments: tuple[object, ...]) -> str:
    """The absolute path of what an event is about; "" for an open descriptor."""
    path, folder = arguments[0], arguments[-1]
    if not isinstance(path, str | bytes | os.PathLike):
        return ""
    name = os.fsdecode(path)
    if event in ("os.remove", "os.rmdir") and isinstance(folder, int) and folder >= 0:
        with suppress(OSError):  # the name is in the folder of that descriptor, as Linux tells it
            return os.path.join(os.readlink(f"/proc/self/fd/{folder}"), name)
    return os.path.abspath(name)
