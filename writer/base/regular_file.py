"""Regular files, read without blocking and with a size limit: folders, pipes, sockets, devices are refused.

Opening a pipe waits for its other end, a device may never end, and a sparse file may have any size.
"""

from __future__ import annotations

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path

AT_ONCE = getattr(os, "O_NONBLOCK", 0)
"""The flag of `os.open` that opens a pipe without waiting, if one has replaced the file meanwhile."""


class NotRegularError(OSError):
    """The path is no regular file, but a folder, a pipe, a socket or a device."""

    def __init__(self, path: Path) -> None:
        super().__init__(errno.EINVAL, "Not a regular file", str(path))


class TooLargeError(OSError):
    """The file is larger than the limit."""

    def __init__(self, path: Path) -> None:
        super().__init__(errno.EFBIG, os.strerror(errno.EFBIG), str(path))


def require_regular(path: Path, status: os.stat_result) -> None:
    """Raise NotRegularError where `status` is not that of a regular file."""
    if not stat.S_ISREG(status.st_mode):
        raise NotRegularError(path)


def open_regular(path: Path) -> BufferedReader:
    """The file at `path`, open for reading. Raises NotRegularError, OSError.

    Other kinds of files are not even opened, because opening a device may start it.
    """
    require_regular(path, os.stat(path))
    return open(path, "rb", opener=_open)


def read_regular(path: Path, limit: int) -> tuple[bytes, os.stat_result]:
    """The bytes of the file at `path`, and its status before reading.

    Raises TooLargeError where there are more than `limit`, without reading more; NotRegularError, OSError.
    """
    with open_regular(path) as file:
        status = os.fstat(file.fileno())
        data = file.read(limit + 1) if status.st_size <= limit else b""
    if max(len(data), status.st_size) > limit:
        raise TooLargeError(path)
    return data, status


def _open(name: str, flags: int) -> int:
    descriptor = os.open(name, flags | AT_ONCE)
    try:
        require_regular(Path(name), os.fstat(descriptor))
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
