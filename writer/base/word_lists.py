"""The program's lists of words: what is withheld, what tells a language, what is confused."""

from __future__ import annotations

from pathlib import Path

from writer.base.paths import resources_dir
from writer.base.typed_data import read_toml


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


def function_words() -> dict[str, str]:
    """The most frequent words of each language, by its code (ISO 639-1), separated by blanks."""
    table = (resources_dir() / "wordlists" / "function_words.toml").read_bytes()
    return read_toml(table, dict[str, str])


def confusable_words() -> dict[str, str]:
    """The English words that are taken for one another, see `ConfusableWords`."""
    table = (resources_dir() / "wordlists" / "confusable_words.toml").read_bytes()
    return read_toml(table, dict[str, str])
