"""Whether an error says that memory is short: libraries have no common type for it."""

from __future__ import annotations

import re

_NO_MEMORY = re.compile(r"out of memory|not enough memory|bad.?alloc|(can't|failed to) allocate memory", re.I)
"""What torch and ONNX Runtime say; theirs are a RuntimeError and a plain Exception."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory was short."""
    return isinstance(error, MemoryError) or (
        isinstance(error, Exception) and _NO_MEMORY.search(str(error)) is not None
    )
