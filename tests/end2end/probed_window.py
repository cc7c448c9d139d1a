"""The program's window in a D-Bus session of its own, beside an input method, and what is in it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


class ProbedWindow:
    """A process of `window_probe` and of the shell command `beside`; `close` ends both.

    `home` is the home folder; `script` is the fake engine's.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        home: Path,
        beside: str = "",
        script: dict[str, str] | None = None,
    ) -> None:
        probe = f'exec {sys.executable} -m tests.end2end.window_probe "$1"'
        session = f"{beside} & {probe}" if beside else probe
        self._process = subprocess.Popen(
            ["dbus-run-session", "--", "bash", "-c", session, "probe", json.dumps(script or {})],
            env={
                **environment,
                "HOME": str(home),
                "XDG_CONFIG_HOME": str(home / ".config"),
                "NO_AT_BRIDGE": "1",
            },
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )

    def state(self, size: int = 0) -> dict[str, Any]:
        """What is in the window; `size` is the text's new size."""
        self._process.stdin.write(f"{size}\n")
        self._process.stdin.flush()
        while not (line := self._process.stdout.readline()).startswith("{"):
            assert line, "the window is gone"  # a line is what a service of the session says
        return json.loads(line)

    def close(self) -> None:
        """End the program and the session."""
        self._process.stdin.close()
        time.sleep(0.3)
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait(10)
        self._process.stdout.close()
