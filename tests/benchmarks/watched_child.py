"""A child process that answers line by line while its memory is watched; killed when it takes too much."""

from __future__ import annotations

import contextlib
import json
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psutil

from tests.benchmarks.models import ROOT
from writer.base.child_process import kill, memory_of

SAMPLE_SECONDS = 0.005


@dataclass(frozen=True, slots=True)
class Reply:
    """What a child said, None where it died or had to be killed; seconds, and megabytes it held and took.

    `held` is the most at any moment, with its own children; `grown` is that without what it held before.
    """

    value: Any
    seconds: float
    held: float
    grown: float


class WatchedChild:
    """A process that prints a line when it is ready, and then one of JSON for each line that it reads.

    It is killed where an answer takes more than `seconds`, or it grows by more than `megabytes`; `alive` is
    False afterwards.
    """

    def __init__(self, command: Sequence[str], seconds: float, megabytes: float) -> None:
        self._limits = (seconds, megabytes)
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdin
        assert self._process.stdout
        self._requests, self._replies = self._process.stdin, self._process.stdout
        self._replies.readline()
        self.alive = True

    def ask(self, line: str) -> Reply:
        """Send a line; what came of it."""
        before, began = memory_of(self._process), time.monotonic()
        peak, answer = before, b""

        def read() -> None:
            nonlocal answer
            answer = self._replies.readline()

        reader = threading.Thread(target=read)
        reader.start()
        self._requests.write(line.encode() + b"\n")
        self._requests.flush()
        while reader.is_alive():
            reader.join(SAMPLE_SECONDS)
            with contextlib.suppress(psutil.Error):
                peak = max(peak, memory_of(self._process))
            seconds = time.monotonic() - began
            if self.alive and (seconds > self._limits[0] or peak - before > self._limits[1] * 1e6):
                self.alive = False
                kill(self._process)
        self.alive = self.alive and bool(answer)
        value = json.loads(answer) if answer else None
        return Reply(value, time.monotonic() - began, peak / 1e6, (peak - before) / 1e6)

    def close(self) -> None:
        """End the child and wait for it."""
        with contextlib.suppress(OSError):
            self._requests.close()
        self._process.wait()
        self._replies.close()
