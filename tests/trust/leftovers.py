"""What is left over: by imports, trainings and windows that were killed, and by all rows before."""

from __future__ import annotations

import fnmatch
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import psutil

from tests.fakes.small_models import make_gpt2
from tests.training.sample_folders import make_texts
from tests.trust.scorecard import MARK, ROOT, Figure, Row

KILLS = 30
"""Of each command."""

LONGEST = 6.0
"""Seconds after which a command is killed at the latest."""

PATIENCE = 60.0
"""Seconds to wait for what a command does sooner or later."""

TEMPORARY = ("*.part", ".import-*", "*.tmp")


def left(seed: int, scale: float) -> Figure:
    """Kill each command, by turns as soon as it has left something and at a random moment.

    Then look what is left after the next start, and what still runs. Beside a model that lies elsewhere it is
    the next use of that model which deletes what is left.
    """
    chance, kills = random.Random(seed), max(1, int(KILLS * scale))
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        model, texts = make_gpt2(home / "model", steps=2), make_texts(home / "texts", 8)
        scratch = home / "tmp"
        scratch.mkdir()
        env = _environment(home, scratch)
        commands = {
            "import": ["models", "import", str(model), "--name", "tiny", "--no-measure"],
            "train": ["train", str(texts), "--base", str(model), "--max-steps", "50", "--characters", "50"],
            "window": ["gui", str(texts / "2024-01-01-note.txt")],
        }
        for words in commands.values():
            for kill in range(kills):
                seconds = chance.uniform(0.2, LONGEST)
                new = None if kill % 2 else partial(_is_something_new, home, _remains(home))
                _run(words, env, PATIENCE if new else seconds, signal.SIGKILL, new)
        remains = len(_remains(home))
        one_more = Path(env["XDG_STATE_HOME"], "writer", ".one-more.part")  # so that cleaning up is seen
        one_more.parent.mkdir(parents=True, exist_ok=True)
        one_more.touch()
        _run(commands["window"], env, PATIENCE, signal.SIGTERM, lambda: _are_below(model, _remains(home)))
        _run(["complete", "--model", str(model)], env, PATIENCE, signal.SIGTERM)
        files = sorted({str(path.relative_to(home)) for path in _remains(home)})
        running = [" ".join(process.cmdline())[-80:] for process in _processes()]
    text = f"{len(files)} files, {len(running)} processes after {kills * len(commands)} kills"
    text += f" and a start; {remains} files before it"
    text += "".join(f"; {what}" for what in [*files, *running][:5])
    return Figure(text, passed=not files and not running)


def _environment(home: Path, scratch: Path) -> dict[str, str]:
    own = {f"XDG_{name}_HOME": str(home / name.lower()) for name in ("CONFIG", "CACHE", "STATE", "DATA")}
    more = {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT), "TMPDIR": str(scratch)}
    return os.environ | own | more


def _run(
    words: Sequence[str],
    env: dict[str, str],
    seconds: float,
    ending: signal.Signals,
    enough: Callable[[], bool] | None = None,
) -> None:
    """Start a command, and end it after so many seconds, or as soon as it is `enough`."""
    command = [sys.executable, "-m", "writer", *words]
    end = time.monotonic() + seconds
    with subprocess.Popen(
        command,
        env=env,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdin is not None
        process.stdin.write(b"The cat")
        process.stdin.close()
        while process.poll() is None and time.monotonic() < end:
            if enough and enough():
                break
            time.sleep(0.002 if enough else 0.05)
        if process.poll() is None:
            process.send_signal(ending)


def _is_something_new(home: Path, before: set[Path]) -> bool:
    return bool(_remains(home) - before)


def _are_below(folder: Path, files: set[Path]) -> bool:
    return all(file.is_relative_to(folder) for file in files)


def _remains(home: Path) -> set[Path]:
    """Files that are there for a while only, wherever the program may write."""
    found: set[Path] = set()
    for folder, folders, files in os.walk(home):
        if Path(folder).name == "tmp":
            found |= {Path(folder, name) for name in (*folders, *files)}
        names = (name for pattern in TEMPORARY for name in fnmatch.filter((*folders, *files), pattern))
        found |= {Path(folder, name) for name in names}
    return found


def _processes(seconds: float = 15.0) -> list[psutil.Process]:
    """Processes that this run has started and that do not end."""
    own = {os.getpid(), *(process.pid for process in psutil.Process().parents())}
    end = time.monotonic() + seconds
    while found := [
        process for process in psutil.process_iter() if process.pid not in own and _ours(process)
    ]:
        if time.monotonic() > end:
            return found
        time.sleep(0.5)
    return []


def _ours(process: psutil.Process) -> bool:
    try:
        mark = process.environ().get(MARK)
        return mark == os.environ[MARK] and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


ROWS = (
    Row(
        "leftovers",
        "30 kills each of imports, trainings and windows, then a start",
        "no file, no process",
        left,
        minutes=3.5,
        alone=True,
    ),
)
"""The row of what is left over, played after all others."""
