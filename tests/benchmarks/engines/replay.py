"""Replays a typing trace in real time through a mailbox of one, as an editor would ask an engine.

Every key asks; the newest request replaces the waiting one and stops the running one before its
next token, where the engine can stop.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any

from adapter import Adapter


class _Mailbox:
    """Holds the newest key that nobody has taken."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._waiting: int | None = None
        self._stale = False
        self._over = False

    def put(self, index: int | None) -> None:
        """Replace what waits and make what runs stale; None asks nothing."""
        with self._condition:
            self._waiting = index
            self._stale = True
            self._condition.notify()

    def end(self) -> None:
        """No key will come any more."""
        with self._condition:
            self._over = True
            self._condition.notify()

    def stale(self) -> bool:
        """Whether a key came since the newest was taken."""
        return self._stale

    def take(self) -> int | None:
        """The newest key, waiting for one; None at the end."""
        with self._condition:
            while self._waiting is None and not self._over:
                self._condition.wait()
            taken, self._waiting = self._waiting, None
            self._stale = False
            return taken


def through_mailbox(adapter: Adapter, schedule: Sequence[dict[str, Any]], new: int) -> list[dict[str, Any]]:
    """Milliseconds from each key to each token of its answer: {"key", "tokens": [[ms, id], ...]}.

    `schedule`: {"at_ms", "ids", "ask"} per key; one that does not ask, a deletion, only stops what runs.
    Keys whose request was replaced before it began are left out.
    """
    mailbox = _Mailbox()
    records: list[dict[str, Any]] = []
    start = time.perf_counter() + 0.05

    def answer() -> None:
        while (index := mailbox.take()) is not None:
            key = schedule[index]
            due = start + key["at_ms"] / 1e3
            came: list[tuple[float, int]] = []
            records.append({"key": index, "tokens": came})

            def told(token: int, due: float = due, came: list[tuple[float, int]] = came) -> None:
                came.append(((time.perf_counter() - due) * 1e3, token))

            adapter.run(key["ids"], new, mailbox.stale, told)

    engine = threading.Thread(target=answer)
    engine.start()
    for index, key in enumerate(schedule):
        time.sleep(max(0.0, start + key["at_ms"] / 1e3 - time.perf_counter()))
        mailbox.put(index if key["ask"] else None)
    time.sleep(1.0)
    mailbox.end()
    engine.join()
    return records
