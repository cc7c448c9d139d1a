"""Pages of mapped files that the process holds although it may never read them again. Linux alone.

A library that copies a file's content into a layout of its own leaves the pages that it read in the process.
Those that were not changed can go: the system has them in its cache, and reading brings them back.
"""

from __future__ import annotations

import ctypes
import mmap
import re
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

_MAPPING = re.compile(r"([0-9a-f]+)-([0-9a-f]+) \S+ \S+ \S+ [1-9]\d* +(.+)")
_UNCHANGED = re.compile(r"Anonymous: +0 kB")

_LOOK_SECONDS = 0.002
"""Seconds between two looks at the processor's time."""

Place = tuple[int, int]
"""The addresses of the first byte of a mapping, and behind its last."""


def release_mapped_pages(file: Path) -> None:
    """Let go of the pages of a file where it is mapped and unchanged; what is read again comes back."""
    release_pages(mapped_places(file))


def mapped_places(file: Path) -> tuple[Place, ...]:
    """The places at which a file is mapped, and no page was written to."""
    return tuple(_unchanged_mappings(str(file.resolve()))) if sys.platform == "linux" else ()


def release_pages(places: Iterable[Place]) -> None:
    """Let go of the pages at `places`, as of `mapped_places`; the file must still be mapped there."""
    library = ctypes.CDLL(None)
    for start, end in places:
        library.madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), mmap.MADV_DONTNEED)


@contextmanager
def released_meanwhile(places: tuple[Place, ...], seconds: float) -> Iterator[None]:
    """A context in which pages at `places` are let go after each `seconds` of the process's processor time.

    What reads a large mapping once from its start to its end then holds a part of it at a time.
    """
    ended = threading.Event()
    thread = threading.Thread(target=_release_until, args=(ended, places, seconds), name="mapped-pages")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _release_until(ended: threading.Event, places: tuple[Place, ...], seconds: float) -> None:
    last = time.process_time()
    while not ended.wait(_LOOK_SECONDS):
        if (now := time.process_time()) - last >= seconds:
            release_pages(places)
            last = now


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
