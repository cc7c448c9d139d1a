"""Faults of the system calls with which files are written: an error, or a kill, at any one of them."""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from writer.base import atomic_file

CALLS = (
    *("open", "close", "read", "write", "lseek", "ftruncate", "truncate", "fsync", "stat", "lstat", "fstat"),
    *("replace", "rename", "unlink", "mkdir", "rmdir", "listdir", "scandir", "chmod", "fchmod", "chown"),
    *("fchown", "listxattr", "getxattr", "setxattr", "removexattr"),
)
"""Functions of `os` that are watched, beside `fcntl.flock`, and writing and closing of atomic files."""

_CHANGING = frozenset({"write", "ftruncate", "replace", "rename", "mkdir", "chmod", "fchmod", "setxattr"})
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


@dataclass
class Faults:
    """What goes wrong: the `at`th watched call of this thread, and with `lasting` all later ones of its kind.

    `when` is "before" the call is made, "within" it (half of what is written is) or "after" it. `act` is
    called there, and raises or ends the process. With `every`, all calls of all threads go wrong. `only`
    says which calls are watched. `calls` are the names of those that were seen.
    """

    act: Callable[[], None] = lambda: None
    at: int = -1
    when: str = "before"
    lasting: bool = False
    every: bool = False
    only: Callable[[str, tuple[Any, ...]], bool] = lambda _name, _arguments: True
    calls: list[str] = field(default_factory=list)
    thread: int = field(default_factory=threading.get_ident)

    def call(self, name: str, real: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """Make a call, or let it go wrong."""
        if not (self.every or threading.get_ident() == self.thread) or not self.only(name, arguments):
            return real(*arguments, **named)
        if self.every:
            self.act()
        self.calls.append(name)
        number = len(self.calls) - 1
        if number != self.at and not (self.lasting and number > self.at >= 0 and name == self.calls[self.at]):
            return real(*arguments, **named)
        if name == "close" or (name == "flock" and arguments[1] == fcntl.LOCK_UN):
            # A descriptor and its lock are gone even where closing it reports an error.
            real(*arguments, **named)
        elif self.when == "within" and name == "write":
            *first, data = arguments
            real(*first, bytes(data)[: len(data) // 2])
        elif self.when == "after":
            real(*arguments, **named)
        self.act()
        return real(*arguments, **named)


class _Raw(io.FileIO):
    """The file behind an atomic file, whose writing and closing go through `faults`."""

    faults: Faults

    def write(self, data: Any) -> int:
        return self.faults.call("write", super().write, data)

    def close(self) -> None:
        if not self.closed:
            self.faults.call("close", super().close)


@contextlib.contextmanager
def disk_faults(faults: Faults) -> Iterator[Faults]:
    """Watch the calls of this thread in the block."""

    def watched(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *arguments, **named: faults.call(name, real, *arguments, **named)

    def create(part: Path, mode: int) -> io.BufferedWriter:
        raw = _Raw.__new__(_Raw)
        raw.faults = faults
        raw.__init__(str(part), "xb", opener=lambda name, flags: os.open(name, flags, mode))
        return io.BufferedWriter(raw)

    with contextlib.ExitStack() as stack:
        for name in CALLS:
            stack.enter_context(mock.patch.object(os, name, watched(name, getattr(os, name))))
        stack.enter_context(mock.patch.object(fcntl, "flock", watched("flock", fcntl.flock)))
        stack.enter_context(mock.patch.object(atomic_file, "_create", create))
        yield faults


def changing(name: str, arguments: tuple[Any, ...]) -> bool:
    """Whether a call needs room, or a disk that may be written."""
    return name in _CHANGING or (name == "open" and bool(arguments[1] & _WRITING))


def raising(number: int) -> Callable[[], None]:
    """What fails with an error number."""

    def act() -> None:
        raise OSError(number, os.strerror(number))

    return act


def kill() -> None:
    """End this process as the system does."""
    os.kill(os.getpid(), signal.SIGKILL)
