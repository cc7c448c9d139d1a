"""The processes that a test has started."""

from __future__ import annotations

import psutil


def children() -> list[psutil.Process]:
    """All that this process has started and their children, but for the tracker of multiprocessing."""
    return [p for p in psutil.Process().children(recursive=True) if not _is_tracker(p)]


def running(argument: str) -> list[psutil.Process]:
    """All processes of this machine that were started with `argument`."""
    return [p for p in psutil.process_iter(["cmdline"]) if argument in (p.info["cmdline"] or ())]


def _is_tracker(process: psutil.Process) -> bool:
    """Whether it is the process that multiprocessing keeps until this one ends."""
    try:
        return any("multiprocessing.resource_tracker" in part for part in process.cmdline())
    except psutil.Error:
        return False
