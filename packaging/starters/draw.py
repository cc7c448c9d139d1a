"""Draws a part of the laid texts for a training that must be short, and texts to compare models on.

A text comes the sooner the more often its source is read; each comes once, and long ones are cut at a
paragraph. Sources that the list marks as `held` are never learned from: a few beginnings of their texts lie
apart.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
from collections.abc import Sequence
from pathlib import Path

from sources import Source, read_list

ROOT = Path(__file__).resolve().parent
LONGEST = 20_000
"""Characters of a text that are learned, at the most."""

HELD_TEXTS, HELD_CHARACTERS = 8, 6_000
"""Texts of each held source, and the characters of each."""

_TICKETS = 4
"""Chances of a text that is read once in an epoch."""


def main() -> int:
    """Draw from one language's laid texts; prints how many texts and characters it gave."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("language", choices=("en", "zh"))
    parser.add_argument("folder", type=Path, help="where the texts were laid")
    parser.add_argument("drawn", type=Path, help="an empty or new folder for texts/ and held/")
    parser.add_argument("--characters", type=int, default=4_600_000, metavar="N", help="to learn from")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--list", type=Path, help="another list of sources")
    options = parser.parse_args()
    os.umask(0o077)
    sources = read_list(options.list or ROOT / f"{options.language}.toml").source
    learned, held = draw(options.folder / "texts", sources, random.Random(options.seed))
    count = write(learned, options.folder / "texts", options.drawn / "texts", LONGEST, options.characters)
    write(held, options.folder / "texts", options.drawn / "held", HELD_CHARACTERS, sys.maxsize)
    print(f"{count[0]:,} texts, {count[1]:,} characters; {len(held)} texts of held sources")
    return 0


def draw(folder: Path, sources: Sequence[Source], chance: random.Random) -> tuple[list[Path], list[Path]]:
    """The files to learn from, in a drawn order, and those of held sources."""
    tickets: list[Path] = []
    held: list[Path] = []
    for source in sources:
        files = sorted((folder / source.kind / source.name).glob("*.txt"))
        if source.held:
            held += chance.sample(files, min(HELD_TEXTS, len(files)))
        else:
            tickets += (file for file in files for _ in range(max(1, round(_TICKETS * source.reads))))
    chance.shuffle(tickets)
    return list(dict.fromkeys(tickets)), held


def write(files: Sequence[Path], source: Path, target: Path, longest: int, most: int) -> tuple[int, int]:
    """Copy texts, cut after `longest` characters, until there are `most`; how many texts and characters."""
    texts = characters = 0
    for file in files:
        text = cut(file.read_text("utf-8"), longest)
        place = target / file.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, "utf-8")
        texts, characters = texts + 1, characters + len(text)
        if characters > most:
            break
    return texts, characters


def cut(text: str, longest: int) -> str:
    """The text up to the last paragraph that ends within `longest` characters."""
    return text if len(text) <= longest else text[:longest].rsplit("\n\n", 1)[0]


if __name__ == "__main__":
    sys.exit(main())
