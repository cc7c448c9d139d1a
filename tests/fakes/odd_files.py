"""Paths that look like texts or documents and must not be read to the end: pipes, sockets, devices, 5 GB."""

from __future__ import annotations

import contextlib
import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

KINDS = ("pipe", "socket", "device", "folder", "huge")
NO_FILES = KINDS[:-1]
HUGE = 5 << 30
"""The bytes of the huge file, all of them in a hole."""


@contextlib.contextmanager
def odd_file(path: Path, kind: str) -> Iterator[Path]:
    """Put one of KINDS at `path`. Whoever waits at the pipe is let go at the end."""
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        _make_socket(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "folder":
        path.mkdir()
    else:
        path.touch()
        os.truncate(path, HUGE)
    yield path
    if kind == "pipe":
        os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK))


def _make_socket(path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="wt-", dir=path.parent) as folder:
        inside = os.open(folder, os.O_RDONLY)
        try:
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(f"/proc/self/fd/{inside}/s")  # the path of a socket has 107 characters at most
            os.replace(Path(folder) / "s", path)
        finally:
            os.close(inside)
