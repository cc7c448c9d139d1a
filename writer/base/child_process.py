"""Child processes with limits, for work on files that nobody vouches for.

A converter that meets a hostile document may hang, eat all memory or write without end. Here it may do so
only for as long, and with as much, as `Limits` say; then it is killed with all its children, and whoever
asked gets an error that names the limit. What a child does to itself is in `confinement`.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import IO

import psutil

from writer.base.progress import Cancelled

INTERVAL = 0.05
"""Seconds between two looks at a child's memory."""

_PIECE = 1 << 16
_COMPLAINTS = 1 << 14
"""Bytes that are kept of what a child says on standard error."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may use: `seconds` of time, bytes of `memory` with its children, bytes of `output`."""

    seconds: float = 9.0
    memory: int = 768 << 20
    output: int = 64 << 20


class Limit(StrEnum):
    """A limit that a child ran into."""

    TIME = "time"
    MEMORY = "memory"
    OUTPUT = "output"


class LimitError(Exception):
    """A child was killed because it ran into `limit`."""

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        super().__init__(f"the child's {limit} ran out")


class ChildError(Exception):
    """A child failed or died: its exit `status` and what it said on standard error."""

    def __init__(self, status: int | None, complaint: str = "") -> None:
        self.status = status
        self.complaint = complaint
        super().__init__(f"the child ended with {status}")


def run(
    command: Sequence[str],
    data: bytes = b"",
    limits: Limits | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> bytes:
    """Run a program on `data`, which it finds on standard input; returns what it writes to standard output.

    Raises LimitError, ChildError when it fails, Cancelled, and OSError when it cannot be started.
    """
    limits = limits or Limits()
    process = start(command)
    assert process.stdin
    assert process.stdout
    assert process.stderr
    output, complaint = _Reader(process.stdout, limits.output), _Reader(process.stderr, _COMPLAINTS)
    writer = threading.Thread(target=_feed, args=(process.stdin, data), daemon=True)
    watch = Watch(process, limits)
    try:
        writer.start()
        while output.wait():
            if cancelled():
                raise Cancelled
            watch.look(output.is_full)
        process.wait(timeout=max(0.1, watch.left))
    except subprocess.TimeoutExpired:
        raise LimitError(Limit.TIME) from None
    finally:
        kill(process)
        for thread in (writer, output, complaint):
            thread.join()
        for stream in (process.stdin, process.stdout, process.stderr):
            with contextlib.suppress(OSError):
                stream.close()
    if output.is_full:
        raise LimitError(Limit.OUTPUT)
    if process.returncode:
        raise ChildError(process.returncode, bytes(complaint.data).decode("utf-8", "replace").strip())
    return bytes(output.data)


def start(command: Sequence[str], stderr: int = subprocess.PIPE) -> subprocess.Popen[bytes]:
    """Start a child with pipes and no window of its own. Raises OSError."""
    flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=stderr, creationflags=flags)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a child and all that it has started, and wait for its end. Nothing happens where it has ended."""
    family: list[psutil.Process] = []
    with contextlib.suppress(psutil.Error):
        parent = psutil.Process(process.pid)
        if process.poll() is None:
            parent.suspend()  # so that no new children come while they are counted
            family = [*parent.children(recursive=True), parent]
    for member in family:
        with contextlib.suppress(psutil.Error):
            member.kill()
    process.wait()


class Watch:
    """Looks at a child from time to time, from the moment it is made. `left` is in seconds."""

    def __init__(self, process: subprocess.Popen[bytes], limits: Limits) -> None:
        self._process = process
        self._limits = limits
        self._end = time.monotonic() + limits.seconds
        self.peak = 0

    @property
    def left(self) -> float:
        """Seconds that the child still has."""
        return self._end - time.monotonic()

    def look(self, full: bool = False) -> None:
        """Raises LimitError where the child is over a limit; `full` says that its output is."""
        if full:
            raise LimitError(Limit.OUTPUT)
        if self.left <= 0:
            raise LimitError(Limit.TIME)
        memory = memory_of(self._process)
        self.peak = max(self.peak, memory)
        if memory > self._limits.memory:
            raise LimitError(Limit.MEMORY)


def memory_of(process: subprocess.Popen[bytes]) -> int:
    """Bytes of memory that a child and all its children hold now; 0 where it has ended."""
    total = 0
    with contextlib.suppress(psutil.Error):
        parent = psutil.Process(process.pid)
        for member in (parent, *parent.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                total += member.memory_info().rss
    return total


class _Reader(threading.Thread):
    """Takes what comes out of a pipe, up to `limit` bytes."""

    def __init__(self, stream: IO[bytes], limit: int) -> None:
        super().__init__(daemon=True)
        self.data = bytearray()
        self.is_full = False
        self._stream = stream
        self._limit = limit
        self.start()

    def wait(self) -> bool:
        """Wait a little; whether there may be more to come."""
        self.join(INTERVAL)
        return self.is_alive()

    def run(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            while piece := os.read(self._stream.fileno(), _PIECE):
                if len(self.data) + len(piece) > self._limit:
                    self.is_full = True
                else:
                    self.data += piece


def _feed(stream: IO[bytes], data: bytes) -> None:
    with contextlib.suppress(OSError):
        stream.write(data)
        stream.close()
