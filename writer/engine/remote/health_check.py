"""Looks whether a server is there (again), in a thread of its own: nobody waits for one that hangs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from writer.engine.protocol import Engine
from writer.engine.remote.completions_api import RemoteError


class SupportsHealthCheck(Engine, Protocol):
    """An engine that asks another machine."""

    def check_health(self, cancelled: Callable[[], bool]) -> None:
        """Whether it is there, without sending any of the text. Raises RemoteError where it is not."""
        ...


class HealthCheck:
    """Reaches a server with `load` and greets it. Used from one thread; `close` it."""

    def __init__(self, load: Callable[[], SupportsHealthCheck]) -> None:
        self._load = load
        self._thread: threading.Thread | None = None
        self._found: SupportsHealthCheck | RemoteError | None = None
        self._closing = threading.Event()

    def result(self, seconds: float) -> SupportsHealthCheck | RemoteError | None:
        """The server, or what is wrong with it; None where that takes longer. Greets where that was over."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="greeting", daemon=True)
            self._thread.start()
        self._thread.join(seconds)
        if self._thread.is_alive():
            return None
        found, self._thread, self._found = self._found, None, None
        return found

    def close(self) -> None:
        """Stop greeting."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join()
        if self._found is not None and not isinstance(self._found, RemoteError):
            self._found.close()

    def _run(self) -> None:
        try:
            remote = self._load()
        except RemoteError as error:
            self._found = error
            return
        try:
            remote.check_health(self._closing.is_set)
            self._found = remote
        except RemoteError as error:
            remote.close()
            self._found = error
