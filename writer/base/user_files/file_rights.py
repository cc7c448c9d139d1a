"""The rights of a file, copied to the one that replaces it: owner, group, mode, access list, attributes."""

from __future__ import annotations

import errno
import os
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

_OF_THE_CONTENT = ("security.capability", "security.ima", "security.evm")
"""Attributes that hold for the old bytes alone."""

_KEPT = ("system.", "user.")
"""How the names of attributes begin that must be the same: access lists, and what programs note.

Those of the security modules and of the administrator are copied where the system lets us.
"""

_NO_ATTRIBUTES = (errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)


class RightsError(PermissionError):
    """A new file cannot be given the rights of the old one."""

    def __init__(self, reason: OSError | None = None) -> None:
        super().__init__(errno.EPERM, os.strerror(errno.EPERM))
        self.__cause__ = reason


@dataclass(frozen=True, slots=True)
class FileRights:
    """Who may do what with a file, and its extended attributes (Linux): pairs of name and value, sorted."""

    mode: int
    owner: int
    group: int
    attributes: tuple[tuple[str, bytes], ...] = ()

    def kept(self) -> FileRights:
        """What must be the same in the new file."""
        kept = tuple((name, value) for name, value in self.attributes if name.startswith(_KEPT))
        return FileRights(self.mode, self.owner, self.group, kept)


def read_rights(file: Path | int) -> FileRights:
    """The rights of a path or an open file. OSError."""
    status = os.stat(file)
    return FileRights(stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid, _attributes(file))


def copy_rights(old: FileRights, descriptor: int) -> None:
    """Give an open file of our own, which only we may read yet, these rights. Raises RightsError.

    What it inherited from its folder's access list is removed first: behind a wider mask, it would let others
    read. Windows gives each file the rights of its folder, and nothing is done.
    """
    if sys.platform == "win32":
        return
    try:
        status = os.fstat(descriptor)
        if (status.st_uid, status.st_gid) != (old.owner, old.group):
            os.fchown(descriptor, old.owner, old.group)
        _copy_attributes(old.attributes, descriptor)
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
    return tuple((name, os.getxattr(file, name)) for name in names if name not in _OF_THE_CONTENT)


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
