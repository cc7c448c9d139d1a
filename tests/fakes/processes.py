"""The processes that a test has started."""

from __future__ import annotations

import psutil

_TRACKER = "multiprocessing.resource_tracker"


def children() -> list[psutil.Process]:
    """All that this process has started and their children, but for what runs beside all tests."""
    return [p for p in psutil.Process().children(recursive=True) if not _belongs_to_the_run(p)]


def running(argument: str) -> list[psutil.Process]:
    """All processes of this machine that were started with `argument`."""
    return [p for p in psutil.process_iter(["cmdline"]) if argument in (p.info["cmdline"] or ())]


def _belongs_to_the_run(process: psutil.Process) -> bool:
    """Whether it is what multiprocessing keeps to the end, or the check of types, ended or not."""
    try:
        return process.name() == "mypy" or any(_TRACKER in part for part in process.cmdline())
    except psutil.Error:
        return False
