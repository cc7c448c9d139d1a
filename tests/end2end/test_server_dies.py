"""The real window on the model of a server that is a process of its own; then that is killed."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.benchmarks.models import ROOT


@pytest.mark.slow
@pytest.mark.usefixtures("starter")
def test_the_local_model_answers_soon_after_a_kill() -> None:
    """Within two seconds where nothing else computes; here as much may go on as in any suite."""
    options = ["--rounds", "1", "--keys", "10", "--within", "20"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.servers", *options],
        cwd=ROOT,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "after KILL, 1 times" in done.stdout
