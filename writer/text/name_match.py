"""Matching of names of files by a few of their letters, as for opening a text by its name."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from heapq import nsmallest

Rank = tuple[int, int, int]
"""The kind of the match, 0 being the best, then how far it spreads, and the length of the name."""


class NameIndex:
    """Paths with "/" between their parts, prepared for many searches. Earlier names win among equal ones."""

    def __init__(self, names: Sequence[str]) -> None:
        folded = [_folded(name) for name in names]
        self._paths = [(path, path.rpartition("/")[2]) for path in folded]

    def best(self, query: str, limit: int) -> list[int]:
        """The indices of the names that match `query`, the best first, `limit` at most.

        Each word of the query must match: whole, or letter by letter in its order. An empty query matches
        all.
        """
        words = _folded(query).split()
        if not words:
            return list(range(min(limit, len(self._paths))))
        ranked = [
            (rank, index)
            for index, (path, label) in enumerate(self._paths)
            if (rank := _rank(words, path, label)) is not None
        ]
        return [index for _, index in nsmallest(limit, ranked)]


def _folded(text: str) -> str:
    """The text without regard to case, or to how accents are stored."""
    return unicodedata.normalize("NFC", text).casefold().replace("\\", "/")


def _rank(words: list[str], path: str, label: str) -> Rank | None:
    kind = spread = 0
    for word in words:
        found = _rank_word(word, path, label)
        if found is None:
            return None
        kind += found[0]
        spread += found[1]
    return kind, spread, len(path)


def _rank_word(word: str, path: str, label: str) -> tuple[int, int] | None:
    """The kind and the spread of the match of one word; None where it does not match."""
    place = label.find(word)
    if place >= 0:
        if place == 0:
            return 0, 0
        return (1 if not label[place - 1].isalnum() else 2), place
    if (place := path.find(word)) >= 0:
        return 3, place
    for kind, text in ((4, label), (5, path)):
        if (spread := _spread(word, text)) is not None:
            return kind, spread
    return None


def _spread(word: str, text: str) -> int | None:
    """The length of the part of `text` with the letters of `word` in their order; None where none has."""
    first = place = text.find(word[0])
    for letter in word[1:]:
        if place < 0:
            return None
        place = text.find(letter, place + 1)
    return place - first if place >= 0 else None
