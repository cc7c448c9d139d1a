"""The tour, taken as a user takes it: it fails where any part of the real program does."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest


@pytest.mark.slow
@pytest.mark.usefixtures("starter")
def test_the_tour_sees_every_step_and_pictures_it(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "writer", "tour", "--json", "--screenshots", str(tmp_path / "shots")],
        capture_output=True,
        text=True,
        timeout=300,
    )
    report = json.loads(done.stdout)
    assert done.returncode == 0, [step for step in report["steps"] if not step["ok"]]
    assert report["ok"]
    assert all((tmp_path / "shots" / step["screenshot"]).is_file() for step in report["steps"])
    assert report["accepted"]
    assert 0 < report["window_ms"] < report["first_ghost_ms"] < 60_000
    assert 100 < report["memory_mb"] < 1_500
    assert all(text in report["text"] for text in report["accepted"])
    assert "Traceback" not in done.stderr
