"""Everything that the program writes, on a full disk, at the quota and on a read-only disk."""

from __future__ import annotations

import logging
import os
import random
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from unittest import mock

from tests.fakes.small_disks import KINDS, SmallDisk, small_disk
from tests.trust.scorecard import Figure, Row
from tests.trust.written_things import WRITES, Write
from writer.base.errors import UserError

ROUNDS = 40
FULL_SCALE = 0.5
"""The scale from which slow things are written, too."""


def refused(seed: int, scale: float) -> Figure:
    """Each thing that is written, on each kind of disk with random room left; then with room again."""
    chance = random.Random(seed)
    rounds = max(1, int(ROUNDS * scale))
    bad: Counter[str] = Counter()
    attempts, real = 0, True
    things = [thing for thing in WRITES if scale >= FULL_SCALE or not thing.slow]
    with tempfile.TemporaryDirectory() as name:
        for number, thing in enumerate(things):
            for kind in KINDS:
                for turn in range(min(rounds, 3) if thing.slow else rounds):
                    with small_disk(Path(name) / f"{number}-{kind}-{turn}") as disk:
                        problem = _problem(thing, kind, disk, chance)
                        real = real and disk.real
                    attempts += 1
                    if problem:
                        bad[f"{thing.name} on a {kind} disk: {problem}"] += 1
    text = f"{len(things)} things written {attempts} times: {bad.total()} without a sentence, or lost"
    if not real:
        text += "; no disk could be mounted, so that all errors were injected"
    if bad:
        text += " (" + "; ".join(f"{what} {count}" for what, count in bad.most_common(5)) + ")"
    return Figure(text, passed=not bad)


def _problem(thing: Write, kind: str, disk: SmallDisk, chance: random.Random) -> str:
    """What went wrong with a thing; "" where it was refused in words, and written when there was room."""
    with mock.patch.dict(os.environ, {"XDG_DATA_HOME": str(disk.path / "data")}):
        try:
            state = thing.begin(disk.path)
            with disk.shut(kind, chance):
                said = _said(state.write)
                found = state.found()
            if found != ("old" if said else "new") and not (thing.silent and found in ("old", "new")):
                return f"said {said!r}, and what is there is {found}"
            again = _said(state.write)
            if again or state.found() != "new":
                return f"with room again: said {again!r}, and what is there is {state.found()}"
            state.end()
        except Exception as error:
            logging.getLogger(__name__).debug("not written", exc_info=True)
            return f"{type(error).__name__}: {error}"[:120]
    return ""


def _said(write: Callable[[], None]) -> str:
    """The sentence with which something is refused, "" where it is written."""
    try:
        write()
    except UserError as error:
        return str(error) or "nothing"
    return ""


ROWS = (
    Row(
        "full-disk",
        "each thing that is written, on a full disk, at the quota, on a read-only disk; then with room again",
        "a sentence, nothing lost",
        refused,
        minutes=1,
    ),
)
