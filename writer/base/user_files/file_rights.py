"""The rights of a file: owner, group, mode, access list, attributes; copied to the file that replaces it."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_OF_THE_CONTENT = ("security.capability", "security.ima", "security.evm")
"""Extended attributes that are valid for the old content only."""

_KEPT = ("system.", "user.")
"""The prefixes of attributes that must be copied: access lists, and those of programs.

Attributes of security modules and of the administrator are copied where the system allows it.
"""

_NO_ATTRIBUTES = (errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)


class RightsError(PermissionError):
    """A new file cannot be given the rights of the old one."""

    def __init__(self, reason: OSError | None = None) -> None:
        super().__init__(errno.EPERM, os.strerror(errno.EPERM))
        self.__cause__ = reason


@dataclass(frozen=True, slots=True)
class FileRights:
    """The rights of a file, and its extended attributes (Linux) as sorted pairs of name and value."""

    mode: int
    owner: int
    group: int
    attributes: tuple[tuple[str, bytes], ...] = ()

    def kept(self) -> FileRights:
        """The part that must be copied."""
        kept = tuple((name, value) for name, value in self.attributes if name.startswith(_KEPT))
        return FileRights(self.mode, self.owner, self.group, kept)


def read_rights(file: Path | int) -> FileRights:
    """The rights of a path or an open file. OSError."""
    status = os.stat(file)
    return FileRights(stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid, _attributes(file))


def copy_rights(old: FileRights, descriptor: int) -> None:
    """Set these rights for an open file that only its owner can read yet. Raises RightsError.

    Entries inherited from the folder's access list are removed first, because the wider mask would enable
    them. On Windows a file has the rights of its folder, and nothing is done.
    """
    if sys.platform == "win32":
        return
    try:
        status = os.fstat(descriptor)
        if (status.st_uid, status.st_gid) != (old.owner, old.group):
            os.fchown(descriptor, old.owner, old.group)
        _copy_attributes(old.attributes, descriptor)
        if stat.S_IMODE(os.fstat(descriptor).st_mode) != old.mode:  # disks without modes refuse any change
            os.fchmod(descriptor, old.mode)
        if read_rights(descriptor).kept() == old.kept():
            return
    except OSError as error:
        raise RightsError(error) from error
    raise RightsError


def _attributes(file: Path | int) -> tuple[tuple[str, bytes], ...]:
    if sys.platform != "linux":
        return ()
    try:
        names = sorted(os.listxattr(file))
    except OSError as error:
        if error.errno in _NO_ATTRIBUTES:
            return ()
        raise
    return tuple(_values(file, [name for name in names if name not in _OF_THE_CONTENT]))


def _values(file: Path | int, names: list[str]) -> Iterator[tuple[str, bytes]]:
    for name in names:
        try:
            value = os.getxattr(file, name) if sys.platform == "linux" else b""
        except OSError:
            if name.startswith(_KEPT):
                raise
        else:
            yield name, value


def _copy_attributes(wanted: tuple[tuple[str, bytes], ...], descriptor: int) -> None:
    if sys.platform != "linux":
        return
    present = dict(_attributes(descriptor))
    for name in present.keys() - dict(wanted).keys():
        if name.startswith(_KEPT):
            os.removexattr(descriptor, name)
    for name, value in wanted:
        if present.get(name) != value:
            _set(descriptor, name, value)


def _set(descriptor: int, name: str, value: bytes) -> None:
    if sys.platform != "linux":
        return
    try:
        os.setxattr(descriptor, name, value)
    except OSError:
        if name.startswith(_KEPT):
            raise
