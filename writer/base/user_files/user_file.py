"""The files that belong to the user: written whole, with the rights and links that they have."""

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
"""The mode of any new file of this user, from which the umask is taken."""

_NOT_REPLACEABLE = (errno.EPERM, errno.EACCES, errno.EBUSY, errno.EXDEV)
"""The rights cannot be copied, nothing may be put into the folder, or the file is a mount of its own."""


def write(path: Path, data: bytes) -> os.stat_result:
    """Make `data` the content of the file at `path`, and return its status. NotRegularError, OSError.

    A symbolic link stays one. The file is replaced by a new one with the same owner, group, mode, access list
    and attributes; where it has other hard links, or no new file can be like it or take its place, it is
    overwritten. A crash leaves the old or the new content (see `overwriting`). A new file has usual rights.
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
        except paths.PathError:  # nor is there a place for the old content
            raise error from None
