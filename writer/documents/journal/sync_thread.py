"""The thread that syncs the journals' logs to the disk, soon after they are written."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

Work = Callable[[], None]


class SyncThread:
    """Calls scheduled functions in its thread, each as late as allowed and once for several requests."""

    def __init__(self) -> None:
        self._due: dict[Work, float] = {}
        self._changed = threading.Condition()
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def schedule(self, work: Work, seconds: float) -> None:
        """Call `work` in the thread, within `seconds`."""
        at = time.monotonic() + seconds
        if self._due.get(work, at + 1) <= at:
            return
        with self._changed:
            self._due[work] = min(at, self._due.get(work, at))
            self._changed.notify()

    def close(self) -> None:
        """Call everything that is scheduled at once, and end the thread."""
        with self._changed:
            self._ended = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._ready():
                    if self._ended and not self._due:
                        return
                    soonest = min(self._due.values(), default=None)
                    self._changed.wait(None if soonest is None else max(0.0, soonest - time.monotonic()))
                ready = self._ready()
                for work in ready:
                    del self._due[work]
            for work in ready:
                work()

    def _ready(self) -> list[Work]:
        now = time.monotonic()
        return [work for work, at in self._due.items() if self._ended or at <= now]
