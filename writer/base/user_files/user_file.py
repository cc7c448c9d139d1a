"""Writing of the user's files: atomic, with rights and hard links preserved."""

from __future__ import annotations

import errno
import os
from functools import partial
from pathlib import Path

from writer.base import atomic_file, paths
from writer.base.regular_file import require_regular
from writer.base.user_files.file_rights import copy_rights, read_rights
from writer.base.user_files.overwriting import overwrite

_USUAL = 0o666
"""The mode of any new file of this user, less the umask."""

_NOT_REPLACEABLE = (errno.EPERM, errno.EACCES, errno.EBUSY, errno.EXDEV)
"""Errors where rights cannot be copied, the folder is not writable, or the file is a mount point."""


def write(path: Path, data: bytes) -> os.stat_result:
    """Replace the content of the file at `path`; returns its status. Raises NotRegularError, OSError.

    A symbolic link stays one. The file is replaced by a new one with the same owner, group, mode, access list
    and attributes. Where it has other hard links, or cannot be replaced by such a file, it is overwritten in
    place. A crash leaves the old or the new content. A new file has the usual rights.
    """
    target = Path(os.path.realpath(path))
    try:
        status = os.stat(target)
    except FileNotFoundError:
        return atomic_file.replace(target, data, mode=_USUAL)
    require_regular(target, status)
    if status.st_nlink > 1:
        return overwrite(target, data)
    try:
        return atomic_file.replace(target, data, prepare=partial(copy_rights, read_rights(target)))
    except OSError as error:
        if error.errno not in _NOT_REPLACEABLE:
            raise
        try:
            return overwrite(target, data)
        except paths.PathError:  # the old content cannot be stored either
            raise error from None
