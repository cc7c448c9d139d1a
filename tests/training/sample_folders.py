"""Folders of made-up texts that a small model can learn something from, and the command that learns."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

from tests.fakes.small_models import SENTENCES
from writer.training import events as job

LEARNED = SENTENCES[:4]
"""The small model's tokens are made for these, and it knows little of them yet."""


def make_texts(folder: Path, count: int = 8, paragraphs: int = 5, seed: int = 0) -> Path:
    """Documents of some 300 words each, one a day; each begins with words that make it a text of its own."""
    chance = random.Random(seed)
    words = " ".join(LEARNED).split()
    folder.mkdir(parents=True, exist_ok=True)
    for day in range(count):
        text = "\n\n".join(
            " ".join(chance.choice(LEARNED) for _ in range(7)) for _paragraph in range(paragraphs)
        )
        text = f"{' '.join(chance.choices(words, k=20))}\n\n{text}"
        (folder / f"2024-01-{day + 1:02}-note.txt").write_text(text, encoding="utf-8")
    return folder


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "writer", "train", *map(str, arguments)]


def environment() -> dict[str, str]:
    """One thread: small models gain nothing from two, and sums do not depend on it."""
    return {**os.environ, "OMP_NUM_THREADS": "1"}


def train(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def events(output: str) -> list[job.Event]:
    found = [job.load(line) for line in output.splitlines()]
    assert None not in found, output
    return [event for event in found if event is not None]


def only(kind: type[job.Event], told: list[job.Event]) -> job.Event:
    (event,) = (event for event in told if isinstance(event, kind))
    return event
