"""Freed memory, which goes back to the system."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

PROBE = """
import psutil
from writer.base.freed_memory import release_freed_memory

def resident():
    return psutil.Process().memory_info().rss

blocks = [bytes([1]) * 50_000 for _ in range(1000)]
pins = [bytes([1]) * 50_000 for _ in range(2)]
del blocks
held = resident()
release_freed_memory()
print(held - resident())
"""
"""50 MB below a block in use, which keeps them from the system."""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_freed_blocks_below_one_in_use_are_returned():
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 40_000_000


LARGE = """
import psutil
from writer.base.freed_memory import return_large_blocks

def resident():
    return psutil.Process().memory_info().rss

return_large_blocks()
for _ in range(3):
    block = bytes([1]) * 30_000_000
    del block
blocks = [bytes([1]) * 400_000 for _ in range(100)]
held = resident()
del blocks
print(held - resident())
"""
"""Blocks of 40 MB, freed where a larger one has been before."""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_what_was_once_large_does_not_keep_what_is_freed_later():
    done = subprocess.run([sys.executable, "-c", LARGE], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 25_000_000
