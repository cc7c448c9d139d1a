"""Pages of mapped files that the process holds although it may never read them again. Linux alone.

A library that copies a file's content into a layout of its own leaves the pages that it read in the process.
Those that were not changed can go: the system has them in its cache, and reading brings them back.
"""

from __future__ import annotations

import ctypes
import mmap
import re
import sys
from collections.abc import Iterator
from pathlib import Path

_MAPPING = re.compile(r"([0-9a-f]+)-([0-9a-f]+) \S+ \S+ \S+ [1-9]\d* +(.+)")
_UNCHANGED = re.compile(r"Anonymous: +0 kB")


def release_mapped_pages(file: Path) -> None:
    """Let go of the pages of a file where it is mapped and unchanged; what is read again comes back."""
    if sys.platform != "linux":
        return
    library = ctypes.CDLL(None)
    for start, end in _unchanged_mappings(str(file.resolve())):
        library.madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), mmap.MADV_DONTNEED)


def _unchanged_mappings(path: str) -> Iterator[tuple[int, int]]:
    """The addresses at which the file at `path` is mapped, and no page was written to."""
    try:
        lines = Path("/proc/self/smaps").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return
    place = None
    for line in lines:
        if found := _MAPPING.fullmatch(line):
            place = (int(found[1], 16), int(found[2], 16)) if found[3] == path else None
        elif line[0].islower() or line[0].isdigit():
            place = None  # a mapping of no file
        elif place is not None and _UNCHANGED.match(line):
            yield place
