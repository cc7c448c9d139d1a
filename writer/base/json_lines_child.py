"""A child process that answers requests: one JSON object a line in, one a line out.

The child may hang, die, or answer with invalid or endless data. Then the caller gets an error within the
limits, and the next request starts a new child.
"""

from __future__ import annotations

import contextlib
import json
import logging
import queue
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from writer.base.child_process import (
    INTERVAL,
    ChildError,
    Limit,
    LimitError,
    LimitMonitor,
    Limits,
    has_ended,
    kill,
    start,
)
from writer.base.progress import CancelCheck, Cancelled, never
from writer.base.typed_data import DamagedError, read_json

log = logging.getLogger(__name__)

_EXIT_SECONDS = 1.0
"""The time that a child has to end after it closed its output, and its output to end after it was killed."""


class InvalidAnswerError(ChildError):
    """A child's answer was no JSON object, or not what was asked for."""

    def __str__(self) -> str:
        return "the child's answer is damaged"


class JsonLinesChild:
    """A child that is started at the first request, and again when it has ended or was killed.

    `limits` hold for each request: the seconds until its answer, the memory meanwhile, the bytes of the
    answer. A child that writes a line once it is ready has `ready_seconds` for that; at 0 it writes none.
    Requests come from one thread at a time; `close` may be called from any.
    """

    def __init__(
        self,
        command: Sequence[str],
        limits: Limits,
        cancelled: CancelCheck = never,
        *,
        ready_seconds: float = 0.0,
    ) -> None:
        self._command = command
        self._limits = limits
        self._cancelled = cancelled
        self._ready_seconds = ready_seconds
        self._lock = threading.RLock()
        self._thread: _RequestThread | None = None
        self._closed = False

    @property
    def pid(self) -> int:
        """The child's process id, 0 where there is no child."""
        thread = self._thread
        return thread.process.pid if thread is not None else 0

    def ask(self, request: Mapping[str, object], seconds: float | None = None) -> dict[str, Any]:
        """The answer to `request`; `seconds` is its time limit where it has another.

        Raises LimitError, ChildError where the child died, InvalidAnswerError, Cancelled, as after `close`,
        and OSError where it cannot be started. After an error the child is killed.
        """
        try:
            return _json_object(self.ask_bytes(json.dumps(request).encode() + b"\n", seconds))
        except InvalidAnswerError:
            self._end()
            raise

    def ask_bytes(self, request: bytes, seconds: float | None = None) -> bytes:
        """The line that answers `request`, a line itself or what else the child reads; see `ask`."""
        try:
            thread = self._started()
            thread.requests.put(request)
            limits = self._limits if seconds is None else replace(self._limits, seconds=seconds)
            return self._answer(thread, limits)
        except BaseException:
            self._end()
            raise

    def restart(self, command: Sequence[str] | None = None, limits: Limits | None = None) -> None:
        """Kill the child; the next request starts another, of `command` and with `limits` where given."""
        self._end()
        self._command = command or self._command
        self._limits = limits or self._limits

    def close(self) -> None:
        """Kill the child for good. A running request ends with Cancelled."""
        with self._lock:
            self._closed = True
            self._end()

    def _started(self) -> _RequestThread:
        with self._lock:
            if self._closed:
                raise Cancelled
            if self._thread is not None and not has_ended(self._thread.process):
                return self._thread
            self._end()
            process = start(self._command, stderr=subprocess.DEVNULL, own_group=True)
            self._thread = thread = _RequestThread(process, self._limits.output)
        if self._ready_seconds:
            thread.requests.put(b"")
            self._answer(thread, Limits(self._ready_seconds, self._limits.memory, self._limits.output))
        return thread

    def _answer(self, thread: _RequestThread, limits: Limits) -> bytes:
        monitor = LimitMonitor(thread.process, limits)
        while True:
            try:
                line = thread.responses.get(timeout=INTERVAL)
            except queue.Empty:
                if self._closed or self._cancelled():
                    raise Cancelled from None
                if has_ended(thread.process):
                    self._kill(thread.process)  # and its descendants, which may hold its pipe
                monitor.check()
                continue
            if line.endswith(b"\n"):
                return line
            raise LimitError(Limit.OUTPUT) if len(line) > limits.output else self._exit_error(thread.process)

    def _exit_error(self, process: subprocess.Popen[bytes]) -> Exception:
        """The error for a missing answer; LimitError where the system killed the child for its memory."""
        died = has_ended(process, _EXIT_SECONDS)
        self._kill(process)
        if self._closed:
            return Cancelled()
        if died and process.returncode == -getattr(signal, "SIGKILL", 0):
            return LimitError(Limit.MEMORY)
        return ChildError(process.returncode if died else None)

    def _kill(self, process: subprocess.Popen[bytes]) -> None:
        with self._lock:
            kill(process)

    def _end(self) -> None:
        with self._lock:
            thread, self._thread = self._thread, None
            if thread is not None:
                thread.end()


class _RequestThread(threading.Thread):
    """A thread that writes requests to a process and reads one line for each, so that callers never block."""

    def __init__(self, process: subprocess.Popen[bytes], limit: int) -> None:
        super().__init__(name="json-lines", daemon=True)
        self.process = process
        self.requests: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        """Lines for the process; None ends the thread."""
        self.responses: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        """Lines of the process, truncated after `limit` bytes; one without a line end is the last."""
        self._limit = limit
        self.start()

    def run(self) -> None:
        """Send requests and read answers, until the process ends or exceeds the limit."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with contextlib.suppress(OSError, ValueError):
            while (request := self.requests.get()) is not None:
                self.process.stdin.write(request)
                self.process.stdin.flush()
                line = self.process.stdout.readline(self._limit + 1)
                self.responses.put(line)
                if not line.endswith(b"\n"):
                    return
        self.responses.put(b"")

    def end(self) -> None:
        """Kill the process and end the thread."""
        kill(self.process)
        self.requests.put(None)
        self.join(_EXIT_SECONDS)
        if self.is_alive():
            log.warning("a process that got away holds the output of a child that was killed")
            return
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


def _json_object(line: bytes) -> dict[str, Any]:
    try:
        return read_json(line, dict[str, Any], len(line))
    except DamagedError as error:
        raise InvalidAnswerError(None) from error
