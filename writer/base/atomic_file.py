"""A small file that several processes read and write: whole at every moment, and never deleted."""

from __future__ import annotations

import errno
import os
import sys
from datetime import datetime
from pathlib import Path

from writer.base.errors import Sentence

_OWNER_ONLY = 0o600


def replace_file(path: Path, content: bytes) -> None:
    """Put `content` at `path`, readable by its owner only. Other processes and a crash see old or new, whole.

    A symbolic link stays one: the file it names is replaced. The caller holds a lock, so one name for the
    unfinished file is enough, and a killed process leaves no more than one behind.
    """
    path = Path(os.path.realpath(path))
    unfinished = path.with_name(f".{path.name}.part")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    with open(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(unfinished, path)
    sync_folder(path.parent)


def set_aside(path: Path) -> Path:
    """Rename a file that cannot be used to one with the time in its name, and return that path."""
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S-%f")
    aside = path.with_name(f"{path.stem}.bad-{stamp}{path.suffix}")
    os.rename(path, aside)
    return aside


def disk_problem(place: Path, error: OSError) -> Sentence:
    """What a person reads when `place` cannot be written."""
    folder = place.parent
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Sentence("The disk of {folder} is full; make room and start again.", {"folder": folder})
    reason = error.strerror or type(error).__name__
    return Sentence(
        "{folder} cannot be written ({reason}); check who may write there.",
        {"folder": folder, "reason": reason},
    )


def sync_folder(folder: Path) -> None:
    """Let the names in a folder be on the disk. OSError."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
