"""The words that are taken for one another, and the short ones that are usual, of one language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


class ConfusableWords:
    """Lookups in `table`, whose entries are texts.

    Each line of `sound` has words that sound alike; each of `slip` a word and what a slip of the fingers
    makes it of; each of `misspelt` a usual misspelling and the text that is meant. `modal` are the words
    behind which "of" is "have"; `short` are the usual short words.
    """

    def __init__(self, table: Mapping[str, str]) -> None:
        self._sound = _sets(_lines(table, "sound"))
        self._slip = {first: tuple(others) for first, *others in map(str.split, _lines(table, "slip"))}
        self._misspelt = dict(line.strip().split(" ", 1) for line in _lines(table, "misspelt"))
        self._modal = frozenset(table.get("modal", "").split())
        self._short = frozenset(table.get("short", "").split())
        self._shortest = max(map(len, self._short), default=0)

    def by_sound(self, word: str, previous: str) -> tuple[str, ...]:
        """The words that `word`, in lower case, is confused with behind the word `previous`."""
        if word == "of" and previous in self._modal:
            return ("have",)
        return self._sound.get(word, ())

    def by_slip(self, word: str) -> tuple[str, ...]:
        """The words that a slip of the fingers makes `word` of, which is in lower case."""
        return self._slip.get(word, ())

    def misspelt(self, word: str) -> str:
        """The text that is meant by a usual misspelling in lower case, "" for other words."""
        return self._misspelt.get(word, "")

    def is_unusual(self, word: str) -> bool:
        """Whether a word in lower case is as short as the usual short ones, and none of them."""
        return 0 < len(word) <= self._shortest and word not in self._short


def _lines(table: Mapping[str, str], name: str) -> list[str]:
    return [line for line in table.get(name, "").splitlines() if line.strip()]


def _sets(lines: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The other words of each word's sets."""
    others: dict[str, list[str]] = {}
    for line in lines:
        for word in line.split():
            others.setdefault(word, []).extend(other for other in line.split() if other != word)
    return {word: tuple(dict.fromkeys(found)) for word, found in others.items()}
