"""The lists of words that suggestions withhold, as they are installed with the program."""

from __future__ import annotations

from pathlib import Path

from writer.base.paths import resources_dir

LANGUAGES = ("en", "zh")


def withheld_words(folder: Path | None = None) -> frozenset[str]:
    """All listed words of all languages; lines that begin with # are no words."""
    place = folder or resources_dir() / "wordlists"
    lines = [
        line.strip()
        for language in LANGUAGES
        for line in (place / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    ]
    return frozenset(line for line in lines if line and not line.startswith("#"))
