"""Damage over every byte range of the journals of several texts: what comes back, and what is kept."""

from __future__ import annotations

import random
import shutil
import tempfile
from pathlib import Path

from tests.trust.scorecard import Figure, Row
from writer.documents.journal.base_file import write_base
from writer.documents.journal.journal import JournalStart
from writer.documents.journal.journal_folder import JournalFolder, create
from writer.documents.journal.records import DocumentInfo, Edit, encode
from writer.documents.journal.recovery import JournalError, read_newest

MUTATIONS = 4000
BASE = "What stood in the file, 原来的文字。 " * 40
TYPED = "All that was typed behind it, 后来的文字。 " * 30
KINDS = ("flip", "zero", "junk", "gone")
LEAST = 0.8
"""The share of a text that must come back from one damaged range of up to 64 bytes."""


def journal(path: Path, base: str) -> JournalFolder:
    """A text typed key by key behind a base, "" for one that was never saved."""
    folder = create(path)
    JournalStart(folder, DocumentInfo(saved=not base, empty=not base)).write_log()
    if base:
        write_base(folder, 1, base)
    data = TYPED.encode("utf-16-le")
    edits = (Edit(len(base) + at // 2, 0, data[at : at + 2]) for at in range(0, len(data), 2))
    with folder.log(1).open("ab") as log:
        log.writelines(map(encode, edits))
    return folder


def mutate(data: bytes, chance: random.Random) -> bytes:
    """Flip, zero, take out or fill with junk a range of 1 to 64 bytes."""
    at, width = chance.randrange(len(data)), chance.choice([1, 1, 1, 8, 64])
    return mutate_range(data, at, width, chance.choice(KINDS), chance)


def mutate_range(data: bytes, at: int, width: int, kind: str, chance: random.Random) -> bytes:
    """Damage of one of KINDS to `width` bytes from `at` on; a flip takes one bit of the first byte."""
    part = data[at : at + width]
    new = {
        "flip": lambda: bytes([part[0] ^ (1 << chance.randrange(8))]) + part[1:],
        "zero": lambda: bytes(len(part)),
        "junk": lambda: chance.randbytes(len(part)),
        "gone": lambda: b"",
    }[kind]()
    return data[:at] + new + data[at + len(part) :]


def damaged(seed: int, scale: float) -> Figure:
    """Mutate logs and bases; read; compare."""
    chance = random.Random(seed)
    count = max(50, int(MUTATIONS * scale))
    poor = raised = unnoticed = 0
    worst = 1.0
    with tempfile.TemporaryDirectory() as name:
        for base in ("", BASE):
            folder = journal(Path(name) / ("saved" if base else "new"), base)
            whole = base + TYPED
            files = [folder.log(1), folder.base(1)] if base else [folder.log(1)]
            for file in files:
                before = file.read_bytes()
                for _ in range(count // 3):
                    data = mutate(before, chance)
                    file.write_bytes(data)
                    try:
                        found = read_newest(folder)
                    except JournalError:
                        raised += 1
                        continue
                    share = max(len(found.text), len(found.salvaged)) / len(whole)
                    worst = min(worst, share)
                    poor += share < LEAST
                    exact = whole.startswith(found.text) or found.damaged
                    unnoticed += not exact
                file.write_bytes(before)
            folder.release()
            shutil.rmtree(folder.path)
    text = f"{count} mutations: {raised} unreadable, {unnoticed} unnoticed, "
    text += f"{poor} under {LEAST:.0%} (worst {worst:.0%})"
    return Figure(text, passed=not (poor or raised or unnoticed))


ROWS = (
    Row(
        "journal-damage",
        "flip, zero, junk or cut of up to 64 bytes anywhere in logs and bases",
        f"all read, at least {LEAST:.0%} of the text, none unnoticed",
        damaged,
        minutes=0.5,
    ),
)
