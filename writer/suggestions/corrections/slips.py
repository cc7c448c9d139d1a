"""A model of slips of the keyboard: what it costs that one word was typed where another was meant.

A cost is the negative natural logarithm of a slip's probability, roughly: a weighted distance of Damerau and
Levenshtein (optimal string alignment) in which neighbouring keys, transposed and doubled letters are cheap.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_VOWELS = frozenset("aeiouy")
_SOUNDS_ALIKE = frozenset(map(frozenset, ("cs", "ck", "sz", "fv", "gj", "dt", "bp", "mn", "kq", "tc")))

TRANSPOSED, NEIGHBOUR, ALIKE, OTHER_KEY = 3.5, 4.5, 4.5, 7.0
OMITTED, OMITTED_TWIN, ADDED, ADDED_NEIGHBOUR = 4.5, 3.5, 5.5, 4.0
APOSTROPHE, CASE, SPACE, FIRST_LETTER = 2.5, 1.0, 4.5, 1.5
"""Costs in nats; `FIRST_LETTER` is added for a slip in a word's first letter, where slips are rare."""

_ALPHABET = "abcdefghijklmnopqrstuvwxyz"


def _neighbours() -> dict[str, str]:
    """The keys beside each key of a QWERTY keyboard, whose rows are shifted by about half a key."""
    found: dict[str, set[str]] = {key: set() for row in _ROWS for key in row}
    for row in _ROWS:
        for left, right in pairwise(row):
            found[left].add(right)
            found[right].add(left)
    for upper, lower in pairwise(_ROWS):
        for index, key in enumerate(lower):
            for other in upper[index : index + 2]:
                found[key].add(other)
                found[other].add(key)
    return {key: "".join(sorted(keys)) for key, keys in found.items()}


NEIGHBOURS = _neighbours()


def slip_cost(typed: str, meant: str) -> float:
    """The cost of `typed` where `meant` was meant; 0.0 for equal words, `CASE` where only capitals differ."""
    if typed == meant:
        return 0.0
    if typed.lower() == meant.lower():
        return CASE
    capital = CASE * (typed[:1].isupper() != meant[:1].isupper())
    typed, meant = typed.lower(), meant.lower()
    before: list[float] = []
    row = [0.0]
    for j in range(1, len(meant) + 1):
        row.append(row[-1] + _omitted(meant, j - 1))
    for i in range(1, len(typed) + 1):
        older, before, row = before, row, [row[0] + _added(typed, i - 1)]
        for j in range(1, len(meant) + 1):
            cost = min(
                before[j - 1] + _replaced(typed[i - 1], meant[j - 1], first=j == 1),
                before[j] + _added(typed, i - 1),
                row[j - 1] + _omitted(meant, j - 1),
            )
            if i > 1 and j > 1 and typed[i - 1] == meant[j - 2] and typed[i - 2] == meant[j - 1]:
                cost = min(cost, older[j - 2] + TRANSPOSED)
            row.append(cost)
    return row[-1] + capital


def one_slip_away(word: str) -> Iterator[str]:
    """The strings that differ from a lower-case word by one slip, some of them twice; few are words."""
    for i in range(len(word)):
        yield word[:i] + word[i + 1 :]
        yield from (word[:i] + key + word[i + 1 :] for key in _may_replace(word[i]))
    for i in range(len(word) - 1):
        yield word[:i] + word[i + 1] + word[i] + word[i + 2 :]
    for i in range(len(word) + 1):
        yield from (word[:i] + letter + word[i:] for letter in _ALPHABET)
    for i in range(1, len(word)):
        yield word[:i] + "'" + word[i:]


def _may_replace(letter: str) -> set[str]:
    """The letters that may stand where `letter` was typed: those beside it, and vowels for vowels."""
    return {*NEIGHBOURS.get(letter, ""), *(_VOWELS if letter in _VOWELS else "")} - {letter}


def _replaced(typed: str, meant: str, first: bool) -> float:
    if typed == meant:
        return 0.0
    if typed in NEIGHBOURS.get(meant, ""):
        cost = NEIGHBOUR
    elif {typed, meant} <= _VOWELS or frozenset((typed, meant)) in _SOUNDS_ALIKE:
        cost = ALIKE
    else:
        cost = OTHER_KEY
    return cost + FIRST_LETTER * first


def _omitted(meant: str, at: int) -> float:
    """The cost of leaving out the letter `at` of `meant`."""
    letter = meant[at]
    if letter == " ":
        return SPACE
    if letter in "'’":
        return APOSTROPHE
    if letter in (meant[at - 1 : at], meant[at + 1 : at + 2]):
        return OMITTED_TWIN
    return OMITTED + FIRST_LETTER * (at == 0)


def _added(typed: str, at: int) -> float:
    """The cost of the letter `at` of `typed` as one too many."""
    letter = typed[at]
    if letter == " ":
        return SPACE
    beside = typed[max(0, at - 1) : at] + typed[at + 1 : at + 2]
    if letter in beside:
        return OMITTED_TWIN
    if any(letter in NEIGHBOURS.get(other, "") for other in beside):
        return ADDED_NEIGHBOUR
    return APOSTROPHE if letter in "'’" else ADDED
