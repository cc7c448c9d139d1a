"""Tests of the garbage collector's thresholds."""

import subprocess
import sys

from writer.base.garbage import THRESHOLDS


def test_every_process_of_the_program_collects_less_often() -> None:
    program = "import writer, gc; print(*gc.get_threshold())"
    output = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert tuple(map(int, output.split())) == THRESHOLDS
