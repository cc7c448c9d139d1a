"""Child processes with limits on time, memory and output.

A converter may hang, use all memory or write without end on a hostile document. A child that exceeds its
`Limits` is killed with its descendants, and the caller gets an error that names the limit. The restrictions
that a child sets for itself are in `confinement`; a child for many requests is a `JsonLinesChild`.
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
"""Seconds between two checks of a child's memory."""

_POLL = 0.005

GRACE_SECONDS = 0.5
"""The time that a child has to end after SIGTERM before it is killed."""

_NICENESS = 10
"""The niceness of a child that computes in the background; 19 is the lowest priority."""

_PIPE_BYTES = 1 << 16
_STDERR_BYTES = 1 << 14
"""The number of bytes kept of a child's standard error, the last ones."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may use: `seconds` of time, bytes of `memory` with its children, bytes of `output`.

    With a `patience` above 1 it may take that many times as long on the clock, while it and its children have
    not had so many seconds of the processor: on a busy computer they get little of it.
    Time and memory may be `math.inf`. No file that it writes gets longer than `file` bytes, where the system
    can see to that (Linux); the child finds that as an error, or is killed.
    """

    seconds: float = 9.0
    memory: float = 768 << 20
    output: int = 64 << 20
    file: int | None = None
    patience: float = 1.0


class Limit(StrEnum):
    """A limit that a child exceeded."""

    TIME = "time"
    MEMORY = "memory"
    OUTPUT = "output"


class LimitError(Exception):
    """A child was killed because it exceeded `limit`."""

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        super().__init__(f"the child's {limit} ran out")


class ChildError(Exception):
    """A child failed: its exit `status`, None where there is none, and its `stderr`, without blanks around.

    `output` is what it wrote to standard output before.
    """

    def __init__(self, status: int | None, stderr: str = "", output: bytes = b"") -> None:
        self.status = status
        self.stderr = stderr
        self.output = output
        super().__init__(f"the child ended with {status}")


def run(
    command: Sequence[str],
    data: bytes = b"",
    limits: Limits | None = None,
    cancelled: CancelCheck = never,
    *,
    environment: Mapping[str, str] | None = None,
    low_priority: bool = False,
) -> bytes:
    """Run a command with `data` on standard input; returns its standard output.

    `environment` is added to that of this process; `low_priority` lowers the child's. Raises LimitError,
    ChildError where the exit status is not 0, Cancelled, and OSError where it cannot be started.
    """
    limits = limits or Limits()
    process = start(command, environment=environment)
    if limits.file is not None and sys.platform == "linux":
        with contextlib.suppress(psutil.Error):
            psutil.Process(process.pid).rlimit(psutil.RLIMIT_FSIZE, (limits.file, limits.file))
    assert process.stdin
    assert process.stdout
    assert process.stderr
    if low_priority:
        lower_priority(process.pid)
    output = _Reader(process.stdout, limits.output)
    stderr = _Reader(process.stderr, _STDERR_BYTES, tail=True)
    writer = threading.Thread(target=_write_input, args=(process.stdin, data), daemon=True)
    monitor = LimitMonitor(process, limits)
    try:
        writer.start()
        while output.wait() or not has_ended(process, INTERVAL):
            if cancelled():
                wait_or_kill(process)
                raise Cancelled
            monitor.check(output.is_full)
    finally:
        kill(process)
        for thread in (writer, output, stderr):
            thread.join()
        for stream in (process.stdin, process.stdout, process.stderr):
            with contextlib.suppress(OSError):
                stream.close()
    if output.is_full:
        raise LimitError(Limit.OUTPUT)
    if process.returncode:
        message = bytes(stderr.data).decode("utf-8", "replace").strip()
        raise ChildError(process.returncode, message, bytes(output.data))
    return bytes(output.data)


def start(
    command: Sequence[str],
    stderr: int = subprocess.PIPE,
    *,
    environment: Mapping[str, str] | None = None,
    own_group: bool = False,
) -> subprocess.Popen[bytes]:
    """Start a child with pipes and without a console window. Raises OSError.

    With `own_group` it leads a process group, where the system has such, so that `kill` reaches orphaned
    descendants.
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
    """Whether a child has ended, or ends within `seconds`.

    Where the system allows it, the exit status is not collected, so that the process id stays valid for
    `kill`.
    """
    end = time.monotonic() + seconds
    while not _is_over(process):
        if time.monotonic() >= end:
            return False
        time.sleep(_POLL)
    return True


def wait_or_kill(process: subprocess.Popen[bytes], seconds: float = GRACE_SECONDS) -> int:
    """Terminate a child (SIGTERM), and kill it if it has not ended after `seconds`; returns the exit status.

    Its descendants are killed in both cases.
    """
    descendants = _descendants(process)
    process.terminate()
    has_ended(process, seconds)
    kill(process)
    _kill_all(descendants)
    return process.returncode


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a child and its descendants, and wait for its end."""
    if process.returncode is None:  # the process id is still the child's
        with contextlib.suppress(psutil.Error):
            psutil.Process(process.pid).suspend()  # so that it starts no children meanwhile
        descendants = _descendants(process)
        if sys.platform != "win32":
            with contextlib.suppress(OSError):
                if os.getpgid(process.pid) == process.pid:
                    os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        _kill_all(descendants)
    process.wait()


def lower_priority(pid: int) -> None:
    """Lower the priority of the process `pid`, where the system allows it."""
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, pid, _NICENESS)


class LimitMonitor:
    """A monitor of a child's time and memory, from the moment it is made.

    The time of the processor counts from the first check: to ask for it takes longer than most answers.
    """

    def __init__(self, process: subprocess.Popen[bytes], limits: Limits) -> None:
        self._process = process
        self._limits = limits
        self._end = time.monotonic() + limits.seconds
        self._computed: float | None = None
        self.peak = 0

    @property
    def seconds_left(self) -> float:
        """The seconds until the time limit."""
        return self._end - time.monotonic()

    def check(self, full: bool = False) -> None:
        """Raise LimitError where a limit is exceeded; `full` says that the output's is."""
        if full:
            raise LimitError(Limit.OUTPUT)
        if self._computed is None and self._limits.patience > 1:
            self._computed = processor_seconds(self._process)
        if self.seconds_left <= 0 and not self._waits_for_the_processor():
            raise LimitError(Limit.TIME)
        if self._limits.memory == math.inf:
            return
        memory = memory_of(self._process)
        self.peak = max(self.peak, memory)
        if memory > self._limits.memory:
            raise LimitError(Limit.MEMORY)

    def _waits_for_the_processor(self) -> bool:
        seconds, patience = self._limits.seconds, self._limits.patience
        if -self.seconds_left >= seconds * (patience - 1):
            return False
        return processor_seconds(self._process) - (self._computed or 0.0) < seconds


def processor_seconds(process: subprocess.Popen[bytes]) -> float:
    """The seconds that a child and its descendants have computed, as far as the system tells."""
    total = 0.0
    with contextlib.suppress(psutil.Error):
        parent = psutil.Process(process.pid)
        for member in (parent, *parent.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                total += sum(member.cpu_times()[:4])  # with those of children that have ended
    return total


def memory_of(process: subprocess.Popen[bytes]) -> int:
    """The resident memory of a child and its descendants in bytes; 0 where it has ended."""
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
    """The descendants of a child; empty once it has ended."""
    with contextlib.suppress(psutil.Error):
        found: list[psutil.Process] = psutil.Process(process.pid).children(recursive=True)
        return found
    return []


def _kill_all(processes: Sequence[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.kill()


class _Reader(threading.Thread):
    """A thread that reads a pipe: the first `limit` bytes, or with `tail` the last ones."""

    def __init__(self, stream: IO[bytes], limit: int, *, tail: bool = False) -> None:
        super().__init__(daemon=True)
        self.data = bytearray()
        self.is_full = False
        self._stream = stream
        self._limit = limit
        self._tail = tail
        self.start()

    def wait(self) -> bool:
        """Wait for INTERVAL; whether more data may come."""
        self.join(INTERVAL)
        return self.is_alive()

    def run(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            while chunk := os.read(self._stream.fileno(), _PIPE_BYTES):
                if self._tail:
                    self.data = (self.data + chunk)[-self._limit :]
                elif len(self.data) + len(chunk) > self._limit:
                    self.is_full = True
                else:
                    self.data += chunk


def _write_input(stream: IO[bytes], data: bytes) -> None:
    with contextlib.suppress(OSError):
        stream.write(data)
        stream.close()
