"""Options of glibc's allocator that keep freed memory in the process for the duration of a training.

By default glibc returns each large block to the system when it is freed, and the next layer fetches it again,
zeroed page by page: a fifth of the time of a step on a CPU. Other C libraries are left as they are.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from writer.base.freed_memory import glibc, release_freed_memory

_TRIM_THRESHOLD, _MMAP_MAX = -1, -4
"""Names of `mallopt`, in malloc.h."""

_DEFAULTS = {_TRIM_THRESHOLD: 128 << 10, _MMAP_MAX: 65_536}
_RETAIN = {_TRIM_THRESHOLD: -1, _MMAP_MAX: 0}


@contextlib.contextmanager
def retain_freed_memory() -> Iterator[None]:
    """A context in which freed memory stays in the process; at its end it is returned to the system."""
    _set(_RETAIN)
    try:
        yield
    finally:
        _set(_DEFAULTS)
        release_freed_memory()


def _set(options: dict[int, int]) -> None:
    if library := glibc():
        for name, value in options.items():
            library.mallopt(name, value)
