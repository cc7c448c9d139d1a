"""The command line meets pipes, sockets, devices and sparse files of 5 GB: one sentence, soon."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.odd_files import KINDS, odd_file

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes and devices of POSIX")
SECONDS = 240
"""How long a command may take, most of it its start on a machine that does much else."""

MEMORY = 3 << 30


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The program with these arguments and 3 GB of addresses; 5 GB do not fit."""
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_DATA, ({MEMORY}, {MEMORY}))"
    code = f"{limited}; from writer.cli import main; raise SystemExit(main())"
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "folder"])
@pytest.mark.parametrize(
    ("command", "name"),
    [(["evaluate"], "a.txt"), (["models", "import"], "a.gguf")],
    ids=lambda value: value[0],
)
def test_they_are_one_sentence(tmp_path: Path, command: list[str], name: str, kind: str) -> None:
    with odd_file(tmp_path / name, kind) as path:
        done = run(*command, path)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert done.stderr.count("\n") == 1
    assert name in done.stderr
    assert "Traceback" not in done.stderr
