"""The row of what is left over, small, and that it sees what is left."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.trust import leftovers
from tests.trust.scorecard import MARK


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MARK, f"test {os.getpid()}")


def test_a_kill_of_each_command_leaves_nothing(marked: None) -> None:
    figure = leftovers.left(1, 0.0)
    assert figure.passed, figure.text


def test_a_file_and_a_process_that_stay_are_seen(marked: None, monkeypatch: pytest.MonkeyPatch) -> None:
    found = leftovers._processes
    monkeypatch.setattr(leftovers, "_run", lambda *_arguments: None)
    monkeypatch.setattr(leftovers, "_processes", lambda: found(0.1))
    command = [sys.executable, "-c", "print(flush=True); import time; time.sleep(60)"]
    with subprocess.Popen(command, env=os.environ, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        figure = leftovers.left(1, 0.0)
        process.kill()
    assert not figure.passed
    assert figure.text.startswith("1 files, 1 processes")
