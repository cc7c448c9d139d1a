"""`writer complete` in a process of its own, which prints its answer and ends at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ENDING = """
import atexit, sys
from writer.cli import main
atexit.register(print, "taken down")
sys.argv = ["writer", "complete", "--model", sys.argv[1], *sys.argv[2:]]
sys.exit(main())
"""


def complete(model: Path, text: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", ENDING, model, *options],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_process_ends_behind_its_answer(starter: Path) -> None:
    done = complete(starter, "It had rained all night, and in the", "--length", "2")
    assert done.returncode == 0
    assert done.stdout.strip()
    assert "taken down" not in done.stdout
    assert done.stderr == ""


def test_what_fails_is_told_as_ever(tmp_path: Path) -> None:
    done = complete(tmp_path / "nothing", "It had")
    assert done.returncode == 2
    assert "writer: " in done.stderr
