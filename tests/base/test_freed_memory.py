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
