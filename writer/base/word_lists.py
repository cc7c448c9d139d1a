"""The lists of words that suggestions must not contain."""

from __future__ import annotations

from pathlib import Path

from writer.base.paths import resources_dir


def withheld_words(folder: Path | None = None) -> frozenset[str]:
    """The words of all lists in `folder`; lines that begin with # are comments.

    Raises FileNotFoundError where there is no list, because then nothing would be withheld.
    """
    place = folder or resources_dir() / "wordlists"
    lists = list(place.glob("*.txt"))
    if not lists:
        raise FileNotFoundError(f"no lists of words in {place}")
    lines = [line.strip() for file in lists for line in file.read_text(encoding="utf-8").splitlines()]
    return frozenset(line for line in lines if line and not line.startswith("#"))
