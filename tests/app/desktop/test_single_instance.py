"""A second start hands its files to the first one: real processes, real kills, and messages of all kinds."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from writer.app.desktop.single_instance import MAX_MESSAGE_BYTES
from writer.base import paths

SECONDS = 30.0
CODE = "import sys; sys.exit(__import__('writer.cli', fromlist=['main']).main(sys.argv[1:]))"


@pytest.fixture
def running() -> Iterator[list[subprocess.Popen[bytes]]]:
    """The programs that a test started."""
    processes: list[subprocess.Popen[bytes]] = []
    yield processes
    for process in processes:
        process.kill()
        process.wait()


def begin(running: list[subprocess.Popen[bytes]], *files: str, cwd: Path | None = None):
    environment = os.environ | {"PYTHONPATH": os.getcwd()}
    process = subprocess.Popen([sys.executable, "-c", CODE, *files], env=environment, cwd=cwd)
    running.append(process)
    return process


def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def address() -> Path | None:
    found = [p for p in paths.runtime_dir().glob("writer-*") if stat.S_ISSOCK(p.stat().st_mode)]
    return found[0] if found else None


def listens() -> bool:
    try:
        return bool(ask(b"")[0])
    except OSError:
        return False


def ask(message: bytes, finish: bool = True) -> tuple[bool, bytes]:
    """Whether the first one can be reached, and what it answers to a message."""
    place = address()
    if place is None:
        return False, b""
    with socket.socket(socket.AF_UNIX) as end:
        end.settimeout(SECONDS)
        end.connect(str(place))
        if not message:
            return True, b""
        with contextlib.suppress(BrokenPipeError):
            end.sendall(message)
        try:
            return True, end.recv(100) if finish else b""
        except ConnectionResetError:
            return True, b""


def is_open(file: Path) -> bool:
    """Whether a running window has a file: its journal tells."""
    logs = (paths.data_dir() / "journals").glob("*/*.log")
    return any(json.dumps(str(file)).encode() in log.read_bytes() for log in logs)


WRONG = [
    json.dumps(request).encode() + b"\n"
    for request in (
        {"files": ["a"], "token": ""},
        {"files": ["/a\0"], "token": ""},
        {"files": [5], "token": ""},
        {"files": "/a", "token": ""},
        {"files": [], "token": ["x"]},
    )
]


def test_a_second_start_opens_its_file_in_the_first_and_a_dead_one_is_replaced(running, tmp_path):
    one, two, three = (tmp_path / name for name in ("one.txt", "zwei 二.txt", "three.txt"))
    for file in (one, two, three):
        file.write_text("Hello")
    first = begin(running, str(one))
    until(listens)
    until(lambda: is_open(one))
    place = address()
    assert stat.S_IMODE(place.stat().st_mode) & 0o077 == 0
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700

    assert begin(running, two.name, cwd=tmp_path).wait(SECONDS) == 0
    until(lambda: is_open(two))
    assert begin(running).wait(SECONDS) == 0  # it only brings the window to the front

    for nonsense in (b"\xff\xfe\n", b"[]\n", b"[" * 9999 + b"\n", *WRONG):
        assert ask(nonsense) == (True, b"")
    assert ask(b"x" * (MAX_MESSAGE_BYTES + 1)) == (True, b"")
    ask(b'{"files"', finish=False)
    assert begin(running, str(two)).wait(SECONDS) == 0
    assert first.poll() is None

    first.send_signal(signal.SIGKILL)
    first.wait()
    assert place.exists()
    again = begin(running, str(three))
    until(listens)
    until(lambda: is_open(three))
    until(lambda: is_open(one))
    again.terminate()
    assert again.wait(SECONDS) == 0
    assert address() is None


def test_a_start_in_the_moment_of_the_end_waits_and_has_the_texts(running, tmp_path):
    file = tmp_path / "one.txt"
    file.write_text("Hello")
    first = begin(running, str(file))
    until(listens)
    until(lambda: is_open(file))
    first.terminate()
    second = begin(running)
    assert first.wait(SECONDS) == 0
    until(listens)
    until(lambda: is_open(file))
    assert second.poll() is None
    second.terminate()
    assert second.wait(SECONDS) == 0
