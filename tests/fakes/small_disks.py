"""Disks that are full, used up to the quota, or read-only, for as long as a test wants."""

from __future__ import annotations

import contextlib
import errno
import os
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.fakes.disk_faults import Faults, changing, disk_faults, raising

KINDS = ("full", "quota", "read-only")
_ERRORS = {"full": errno.ENOSPC, "quota": errno.EDQUOT, "read-only": errno.EROFS}
_SIZE = 2 << 20


class SmallDisk:
    """A disk at `path`. `real`: it is a mount of its own, which can really be full."""

    def __init__(self, path: Path, real: bool) -> None:
        self.path = path
        self.real = real
        self._filler = path / ".filler"

    @contextlib.contextmanager
    def shut(self, kind: str, chance: random.Random) -> Iterator[None]:
        """Let it be of a kind of KINDS in the block; a full one has up to 16 KB left, or nothing."""
        if self.real and kind == "full":
            self._fill(chance.choice((0, 0, chance.randrange(16_000))))
            try:
                yield
            finally:
                self._filler.unlink()
        else:
            with disk_faults(Faults(raising(_ERRORS[kind]), every=True, only=changing)):
                yield

    def _fill(self, left: int) -> None:
        with open(self._filler, "wb", buffering=0) as file:
            size = 0
            with contextlib.suppress(OSError):
                while written := file.write(bytes(4096)):
                    size += written
            os.truncate(self._filler, max(0, size - left))


@contextlib.contextmanager
def small_disk(path: Path) -> Iterator[SmallDisk]:
    """A disk of two megabytes at `path`; where nothing may be mounted, a folder whose calls fail."""
    path.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "tmpfs", str(path)]
    try:
        real = not subprocess.run(command, capture_output=True, check=False).returncode
    except FileNotFoundError:
        real = False
    try:
        yield SmallDisk(path, real)
    finally:
        if real:
            subprocess.run(["umount", "-l", str(path)], check=True)
