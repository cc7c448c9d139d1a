"""Kills of real processes: the window while keys are typed, trainings, downloads."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

from tests.trust.scorecard import ROOT, Figure, Row


def benchmark(module: str, *options: str) -> Figure:
    """The exit status and the last line of a benchmark that counts what went wrong."""
    done = subprocess.run(
        [sys.executable, "-m", f"tests.benchmarks.{module}", *options],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
    )
    lines: Sequence[str] = [line for line in done.stdout.splitlines() if line.strip()]
    text = " ".join(lines[-3:]) if lines else done.stderr[-200:]
    return Figure(text.strip("| "), passed=done.returncode == 0)


def _number(full: int, scale: float, least: int) -> str:
    return str(max(least, int(full * scale)))


def window_kills(seed: int, scale: float) -> Figure:
    """SIGKILL while recorded sessions are typed."""
    return benchmark("crash_recovery", "--kills", _number(1000, scale, 5), "--seed", str(seed))


def training_kills(seed: int, scale: float) -> Figure:
    """SIGKILL and SIGTERM in trainings, each resumed."""
    number = _number(100, scale, 2)
    return benchmark("training_kills", "--kills", number, "--terms", number, "--seed", str(seed))


def downloads(seed: int, scale: float) -> Figure:
    """Downloads killed, and one-bit flips."""
    kills, flips = _number(100, scale, 5), _number(1000, scale, 50)
    return benchmark("downloads", "--kills", kills, "--flips", flips, "--seed", str(seed))


ROWS = (
    Row(
        "window-kills",
        "1,000 SIGKILL while real sessions are typed",
        "0 lost but the key in flight",
        window_kills,
        minutes=40,
    ),
    Row(
        "training-kills",
        "100 SIGKILL and 100 SIGTERM in a training",
        "all resume, weights equal",
        training_kills,
        minutes=5,
    ),
    Row(
        "downloads",
        "100 killed downloads, 1,000 flipped bits",
        "no model that is not whole",
        downloads,
        minutes=1,
    ),
)
