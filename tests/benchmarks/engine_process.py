"""An engine in a process of its own: started, asked, and frozen while others are measured."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
from pathlib import Path
from typing import Any

ENGINES_FOLDER = Path(__file__).parent / "engines"


class EngineFailedError(Exception):
    """An engine did not start, died, or said that it cannot; its text is one sentence."""


class EngineProcess:
    """An engine in a process of its own, stopped (SIGSTOP) unless it answers: it disturbs no other."""

    def __init__(self, python: Path, place: str, model: Path, threads: int, log: Path) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
        self._log = log
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": str(threads)}
        with log.open("wb") as errors:
            self._process = subprocess.Popen(
                [str(python), str(ENGINES_FOLDER / "engine_server.py"), place, str(model), str(threads)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=environment,
            )
        self.process = self._process.pid
        ready = self._read(180)
        self.version: str = ready["version"]
        self.load_ms: float = ready["load_ms"]
        self._freeze()

    def ask(self, do: str, *, timeout: float = 120, **question: Any) -> dict[str, Any]:
        """One question and its answer. Raises `EngineFailedError`."""
        assert self._process.stdin is not None
        self._process.send_signal(signal.SIGCONT)
        try:
            self._process.stdin.write(json.dumps({"do": do, **question}).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise EngineFailedError(self._last_words()) from error
        answer = self._read(timeout)
        self._freeze()
        if "error" in answer:
            raise EngineFailedError(answer["error"])
        return answer

    def close(self) -> None:
        """End the process, politely first."""
        self._process.send_signal(signal.SIGCONT)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):  # it died with a question unread
            self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def _freeze(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def _read(self, timeout: float) -> dict[str, Any]:
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            if not selector.select(timeout):
                self._process.kill()
                raise EngineFailedError(f"no answer within {timeout:.0f} s")
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            raise EngineFailedError(self._last_words())
        return json.loads(line)

    def _last_words(self) -> str:
        lines = self._log.read_text("utf-8", "replace").strip().splitlines()
        return lines[-1][:200] if lines else f"the process ended with status {self._process.poll()}"
