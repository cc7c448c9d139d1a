"""A child process that answers requests: one JSON object a line in, one a line out.

The child may hang, die, answer rubbish or answer without end. Whoever asks gets an error for that question
and waits no longer than the limits say; the next question goes to a new child.
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
from typing import Any

from writer.base.child_process import (
    INTERVAL,
    ChildError,
    Limit,
    LimitError,
    Limits,
    Watch,
    has_ended,
    kill,
    start,
)
from writer.base.progress import CancelCheck, Cancelled, never
from writer.base.typed_data import DamagedError, read_json

log = logging.getLogger(__name__)

_DEATH_SECONDS = 1.0
"""How long a child that has closed its output may take to end, and its output to end once it was killed."""


class InvalidAnswerError(ChildError):
    """A child answered something else than a JSON object, or than what it was asked for."""

    def __str__(self) -> str:
        return "the child's answer is damaged"


class JsonLinesChild:
    """Starts `command` when it is first asked, and again when it has ended or was killed.

    `limits` hold for each question: the seconds until its answer, the memory meanwhile, the bytes of the
    answer. A child that says a line before it is asked, once it is ready, has `ready_seconds` for that; at 0
    it says none. One thread asks at a time; `close` may be called from any.
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
        self._guard = threading.RLock()
        self._dialogue: _Dialogue | None = None
        self._closed = False

    @property
    def pid(self) -> int:
        """The number of the child's process, 0 where there is none."""
        dialogue = self._dialogue
        return dialogue.process.pid if dialogue is not None else 0

    def ask(self, question: Mapping[str, object]) -> dict[str, Any]:
        """The answer to `question`.

        Raises LimitError, ChildError where the child died, InvalidAnswerError, Cancelled, as after `close`,
        and OSError where it cannot be started. Then the child is killed.
        """
        try:
            dialogue = self._started()
            dialogue.questions.put(json.dumps(question).encode() + b"\n")
            return self._answer(dialogue, self._limits)
        except BaseException:
            self._end()
            raise

    def restart(self, command: Sequence[str] | None = None) -> None:
        """Kill the child; the next question starts another, of `command` where it is given."""
        self._end()
        self._command = command or self._command

    def close(self) -> None:
        """Kill the child for good. A question that is being asked ends with Cancelled."""
        with self._guard:
            self._closed = True
            self._end()

    def _started(self) -> _Dialogue:
        with self._guard:
            if self._closed:
                raise Cancelled
            if self._dialogue is not None and not has_ended(self._dialogue.process):
                return self._dialogue
            self._end()
            process = start(self._command, stderr=subprocess.DEVNULL, own_group=True)
            self._dialogue = dialogue = _Dialogue(process, self._limits.output)
        if self._ready_seconds:
            dialogue.questions.put(b"")
            self._answer(dialogue, Limits(self._ready_seconds, self._limits.memory, self._limits.output))
        return dialogue

    def _answer(self, dialogue: _Dialogue, limits: Limits) -> dict[str, Any]:
        watch = Watch(dialogue.process, limits)
        while True:
            try:
                line = dialogue.answers.get(timeout=INTERVAL)
            except queue.Empty:
                if self._closed or self._cancelled():
                    raise Cancelled from None
                if has_ended(dialogue.process):
                    self._kill(dialogue.process)  # and what it has left behind, which may hold its pipe
                watch.look()
                continue
            if line.endswith(b"\n"):
                return _json_object(line)
            raise LimitError(Limit.OUTPUT) if len(line) > limits.output else self._death(dialogue.process)

    def _death(self, process: subprocess.Popen[bytes]) -> Exception:
        """Why there is no whole line. A child that was killed is one for which the memory did not suffice."""
        died = has_ended(process, _DEATH_SECONDS)
        self._kill(process)
        if self._closed:
            return Cancelled()
        if died and process.returncode == -getattr(signal, "SIGKILL", 0):
            return LimitError(Limit.MEMORY)
        return ChildError(process.returncode if died else None)

    def _kill(self, process: subprocess.Popen[bytes]) -> None:
        with self._guard:
            kill(process)

    def _end(self) -> None:
        with self._guard:
            dialogue, self._dialogue = self._dialogue, None
            if dialogue is not None:
                dialogue.end()


class _Dialogue(threading.Thread):
    """Writes questions to a process and reads a line for each; whoever asks need not wait for a pipe."""

    def __init__(self, process: subprocess.Popen[bytes], limit: int) -> None:
        super().__init__(name="json-lines", daemon=True)
        self.process = process
        self.questions: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        """Lines for the process; None ends the thread."""
        self.answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        """Lines of the process, cut off behind `limit` bytes; one without an end of line is the last one."""
        self._limit = limit
        self.start()

    def run(self) -> None:
        """Ask and listen, until the process ends or says too much."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with contextlib.suppress(OSError, ValueError):
            while (question := self.questions.get()) is not None:
                self.process.stdin.write(question)
                self.process.stdin.flush()
                line = self.process.stdout.readline(self._limit + 1)
                self.answers.put(line)
                if not line.endswith(b"\n"):
                    return
        self.answers.put(b"")

    def end(self) -> None:
        """Kill the process, and end the thread."""
        kill(self.process)
        self.questions.put(None)
        self.join(_DEATH_SECONDS)
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
