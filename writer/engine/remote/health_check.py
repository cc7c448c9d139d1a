"""The health check of a server, run in a thread of its own so that a server that hangs blocks nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from writer.engine.protocol import Engine
from writer.engine.remote.refusals import RemoteError


class SupportsHealthCheck(Engine, Protocol):
    """An engine on another machine that can be checked.

    `has_answered` says whether its model answered a question when the engine was made.
    """

    has_answered: bool

    @property
    def longest_wait(self) -> float:
        """The seconds that it may take to the first token of an answer."""
        ...

    def check_health(self, cancelled: Callable[[], bool]) -> None:
        """Let the server answer without any of the user's text. Raises RemoteError where it does not."""
        ...


class HealthCheck:
    """Connects to a server with `load` and checks it. Used from one thread; `close` it."""

    def __init__(self, load: Callable[[], SupportsHealthCheck]) -> None:
        self._load = load
        self._thread: threading.Thread | None = None
        self._found: SupportsHealthCheck | RemoteError | None = None
        self._closing = threading.Event()

    def start(self) -> bool:
        """Start a check where none runs, and no result waits; whether it was started."""
        if self._thread is not None:
            return False
        self._thread = threading.Thread(target=self._run, name="health-check", daemon=True)
        self._thread.start()
        return True

    def result(self, seconds: float) -> SupportsHealthCheck | RemoteError | None:
        """The result of the running check, the server's engine or an error; starts one where none runs.

        None where there is none yet; one that is started now is waited for `seconds`.
        """
        started = self.start()
        assert self._thread is not None
        if started:
            self._thread.join(seconds)
        if self._thread.is_alive():
            return None
        found, self._thread, self._found = self._found, None, None
        return found

    def close(self) -> None:
        """Cancel the running check and wait for its end."""
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
