"""Child processes with limits of time, memory and output.

A converter that meets a hostile document may hang, eat all memory or write without end. Here it may do so
only for as long, and with as much, as `Limits` say; then it is killed with all its children, and whoever
asked gets an error that names the limit. What a child does to itself is in `confinement`; a child that is
asked again and again is a `JsonLinesChild`.
"""

from __future__ import annotations

import contextlib
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import IO

import psutil

from writer.base.progress import CancelCheck, Cancelled, never

INTERVAL = 0.05
"""Seconds between two looks at a child's memory."""

_POLL = 0.005

PATIENCE = 0.5
"""Seconds in which a child may follow when it is asked to end."""

_NICENESS = 10
"""Of a child that computes beside a person who writes; 19 is the lowest priority."""

_PIECE = 1 << 16
_COMPLAINTS = 1 << 14
"""Bytes that are kept of what a child says on standard error: the last ones."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may use: `seconds` of time, bytes of `memory` with its children, bytes of `output`.

    Time and memory may be `math.inf`. No file that it writes gets longer than `file` bytes, where the system
    can see to that (Linux); the child finds that as an error, or is killed.
    """

    seconds: float = 9.0
    memory: float = 768 << 20
    output: int = 64 << 20
    file: int | None = None


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
    """A child failed or died: its exit `status` (None: it has none) and what it said on standard error.

    `output` is what it wrote to standard output before.
    """

    def __init__(self, status: int | None, complaint: str = "", output: bytes = b"") -> None:
        self.status = status
        self.complaint = complaint
        self.output = output
        super().__init__(f"the child ended with {status}")


def run(
    command: Sequence[str],
    data: bytes = b"",
    limits: Limits | None = None,
    cancelled: CancelCheck = never,
    *,
    environment: Mapping[str, str] | None = None,
    gently: bool = False,
) -> bytes:
    """Run a program on `data`, which it finds on standard input; returns what it writes to standard output.

    `environment` is what its environment has beside this process's; `gently` lowers its priority. Raises
    LimitError, ChildError when it fails, Cancelled, and OSError when it cannot be started.
    """
    limits = limits or Limits()
    process = start(command, environment=environment)
    if limits.file is not None and sys.platform == "linux":
        with contextlib.suppress(psutil.Error):
            psutil.Process(process.pid).rlimit(psutil.RLIMIT_FSIZE, (limits.file, limits.file))
    assert process.stdin
    assert process.stdout
    assert process.stderr
    if gently:
        lower_priority(process.pid)
    output = _Reader(process.stdout, limits.output)
    complaint = _Reader(process.stderr, _COMPLAINTS, tail=True)
    writer = threading.Thread(target=_feed, args=(process.stdin, data), daemon=True)
    watch = Watch(process, limits)
    try:
        writer.start()
        while output.wait() or not has_ended(process, INTERVAL):
            if cancelled():
                wait_or_kill(process)
                raise Cancelled
            watch.look(output.is_full)
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
        said = bytes(complaint.data).decode("utf-8", "replace").strip()
        raise ChildError(process.returncode, said, bytes(output.data))
    return bytes(output.data)


def start(
    command: Sequence[str],
    stderr: int = subprocess.PIPE,
    *,
    environment: Mapping[str, str] | None = None,
    own_group: bool = False,
) -> subprocess.Popen[bytes]:
    """Start a child with pipes and no window of its own. Raises OSError.

    With `own_group` it leads a process group, where the system has such: `kill` then reaches what the child
    has left behind, too.
    """
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        env=None if environment is None else {**os.environ, **environment},
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        process_group=0 if own_group and sys.platform != "win32" else None,
    )


def has_ended(process: subprocess.Popen[bytes], seconds: float = 0.0) -> bool:
    """Whether a child has ended, or does so within `seconds`.

    Where the system can tell that without taking the exit status, the child's number stays taken, so that
    `kill` can still reach its group.
    """
    end = time.monotonic() + seconds
    while not _is_over(process):
        if time.monotonic() >= end:
            return False
        time.sleep(_POLL)
    return True


def wait_or_kill(process: subprocess.Popen[bytes], seconds: float = PATIENCE) -> int:
    """Ask a child to end, with SIGTERM where there is such; kill it where it has not ended after `seconds`.

    What it has started and left is killed in both cases. Returns its exit status.
    """
    family = _descendants(process)
    process.terminate()
    has_ended(process, seconds)
    kill(process)
    _kill_all(family)
    return process.returncode


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a child and all that it has started, and wait for its end."""
    if process.returncode is None:  # the number is still the child's
        with contextlib.suppress(psutil.Error):
            psutil.Process(process.pid).suspend()  # so that no new children come while they are counted
        family = _descendants(process)
        if sys.platform != "win32":
            with contextlib.suppress(OSError):
                if os.getpgid(process.pid) == process.pid:
                    os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        _kill_all(family)
    process.wait()


def lower_priority(pid: int) -> None:
    """Let the process `pid` come behind the one in which a person writes, where the system can do that."""
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, pid, _NICENESS)


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
        if self._limits.memory == math.inf:
            return
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


def _is_over(process: subprocess.Popen[bytes]) -> bool:
    if sys.platform in ("win32", "darwin") or process.returncode is not None:
        return process.poll() is not None
    with contextlib.suppress(ChildProcessError):
        return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    return process.poll() is not None


def _descendants(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """What a child has started, with what that has started; empty once the child has ended."""
    with contextlib.suppress(psutil.Error):
        found: list[psutil.Process] = psutil.Process(process.pid).children(recursive=True)
        return found
    return []


def _kill_all(processes: Sequence[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.kill()


class _Reader(threading.Thread):
    """Takes what comes out of a pipe, up to `limit` bytes; with `tail` the last ones of whatever comes."""

    def __init__(self, stream: IO[bytes], limit: int, *, tail: bool = False) -> None:
        super().__init__(daemon=True)
        self.data = bytearray()
        self.is_full = False
        self._stream = stream
        self._limit = limit
        self._tail = tail
        self.start()

    def wait(self) -> bool:
        """Wait a little; whether there may be more to come."""
        self.join(INTERVAL)
        return self.is_alive()

    def run(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            while piece := os.read(self._stream.fileno(), _PIECE):
                if self._tail:
                    self.data = (self.data + piece)[-self._limit :]
                elif len(self.data) + len(piece) > self._limit:
                    self.is_full = True
                else:
                    self.data += piece


def _feed(stream: IO[bytes], data: bytes) -> None:
    with contextlib.suppress(OSError):
        stream.write(data)
        stream.close()
