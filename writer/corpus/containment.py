"""Containment: what of a text another text holds already, by exact sequences of 13 words (`overlap`).

A chapter stands in the manuscript, and most of a draft in the next one; similarity of whole documents sees
neither (Broder 1997 tells resemblance from containment). Time is linear in the text, and memory is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from writer.corpus.overlap import Hashes, SequenceHasher, units

_KNOWN_SHARE = 0.5
"""The share of a line's sequences from which it counts as learned elsewhere."""

_FORM_SHARE = 0.3
"""The share of its sequences from which on a text that repeats them is a form."""

_MAX_SEQUENCES = 1 << 22
"""The most sequences that are kept, 100 MB: those of 4 million words, else a sample of all."""

_FIRST_SLOTS = 1 << 15
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_EMPTY_LINES = re.compile(r"\n{3,}")

Owners = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class NewText:
    """A text without the lines that other texts hold, and the text that holds most of them.

    That is given by its number, -1 where nothing was left out. `is_copy`: it has the same words throughout.
    `digest` and `hashes` are those of the whole text and its sequences.
    """

    text: str
    digest: bytes
    hashes: Hashes = field(repr=False, compare=False)
    holder: int = -1
    is_copy: bool = False


class LearnedTexts:
    """The texts that are learned, numbered in the order in which they are added."""

    def __init__(self, most: int = _MAX_SEQUENCES) -> None:
        self._hasher = SequenceHasher()
        self._table = SequenceTable(most)
        self._digests: dict[bytes, int] = {}
        self._count = 0

    def new_part(self, text: str) -> NewText:
        """What of a text is in no learned one.

        A text that repeats its own sequences, as forms do, shares them with others without being a copy.
        """
        lines = text.split("\n")
        words = [units(line) for line in lines]
        joined = [word for line in words for word in line]
        digest = sha256("\0".join(joined).encode("utf-8", "surrogatepass")).digest()
        hashes = self._hasher.hashes(joined)
        whole = NewText(text, digest, hashes)
        if (twin := self._digests.get(digest)) is not None:
            return replace(whole, text="", holder=twin, is_copy=True)
        owners = self._table.owners(hashes)
        known = owners >= 0
        if not known.any() or _repeated_share(hashes) > _FORM_SHARE:
            return whole
        ends = np.minimum(np.cumsum([len(line) for line in words]), len(hashes))
        old = _known_lines(ends, self._table.can_know(hashes), known)
        if not any(old):
            return whole
        kept = (line for line, is_old in zip(lines, old, strict=True) if not is_old)
        rest = _EMPTY_LINES.sub("\n\n", "\n".join(kept)).strip()
        return replace(whole, text=rest, holder=int(np.bincount(owners[known]).argmax()))

    def add(self, new: NewText) -> None:
        """Add the text that `new` is a part of."""
        self._digests.setdefault(new.digest, self._count)
        self._table.add(new.hashes, self._count)
        self._count += 1


class SequenceTable:
    """The owners of sequences by their hashes: a hash table with open addressing, at most half full.

    Where there are more than `most` sequences, only those whose hashes end in a zero bit are kept, then in
    two, and so on: the same sample of each text. An owner is the first that had the sequence.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._keys: Hashes = np.zeros(_FIRST_SLOTS, np.uint64)
        self._owners: Owners = np.zeros(_FIRST_SLOTS, np.int32)
        self._zeros = np.uint64(0)
        self._count = 0

    def can_know(self, hashes: Hashes) -> NDArray[np.bool_]:
        """Whether each sequence is of the sample that is kept."""
        kept: NDArray[np.bool_] = ((hashes & self._zeros) == 0) & (hashes != 0)
        return kept

    def owners(self, hashes: Hashes) -> Owners:
        """The owner of each sequence, int32; -1 where it is not known."""
        found = np.full(len(hashes), -1, np.int32)
        places, slots = np.arange(len(hashes)), self._first_slots(hashes)
        while len(places):
            keys = self._keys[slots]
            hit = keys == hashes[places]
            found[places[hit]] = self._owners[slots[hit]]
            more = ~hit & (keys != 0)
            places, slots = places[more], self._next_slots(slots[more])
        return found

    def add(self, hashes: Hashes, owner: int) -> None:
        """Add the sequences that are not known yet."""
        new = np.unique(hashes[self.can_know(hashes)])
        new = new[self.owners(new) < 0]
        while 2 * (self._count + len(new)) > len(self._keys):
            self._make_room()
            new = new[self.can_know(new)]
        self._insert(new, np.full(len(new), owner, np.int32))

    def _make_room(self) -> None:
        """Double the table, or halve the sample where it has its largest size."""
        used = self._keys != 0
        keys, owners, slots = self._keys[used], self._owners[used], len(self._keys)
        if slots < 2 * self._most:
            slots *= 2
        else:
            self._zeros = (self._zeros << np.uint64(1)) | np.uint64(1)
            kept = self.can_know(keys)
            keys, owners = keys[kept], owners[kept]
        self._keys, self._owners = np.zeros(slots, np.uint64), np.zeros(slots, np.int32)
        self._count = 0
        self._insert(keys, owners)

    def _insert(self, new: Hashes, owners: Owners) -> None:
        """Insert hashes that are all different, and not there yet."""
        self._count += len(new)
        places, slots = np.arange(len(new)), self._first_slots(new)
        while len(places):
            free = self._keys[slots] == 0
            self._keys[slots[free]] = new[places[free]]  # of several for one slot, the last stays
            done = self._keys[slots] == new[places]
            self._owners[slots[done]] = owners[places[done]]
            places, slots = places[~done], self._next_slots(slots[~done])

    def _first_slots(self, hashes: Hashes) -> NDArray[np.int64]:
        bits = len(self._keys).bit_length() - 1
        return ((hashes * _SPREAD) >> np.uint64(64 - bits)).astype(np.int64)

    def _next_slots(self, slots: NDArray[np.int64]) -> NDArray[np.int64]:
        return (slots + 1) & (len(self._keys) - 1)


def _repeated_share(hashes: Hashes) -> float:
    """The share of a text's sequences that stood in it before."""
    return 1 - len(np.unique(hashes)) / max(1, len(hashes))


def _known_lines(
    ends: NDArray[np.int64], sample: NDArray[np.bool_], known: NDArray[np.bool_]
) -> Sequence[bool]:
    """Whether each line counts as known, by its sequences in the sample.

    `ends` are the places behind the sequences that begin in each line. A line in which none begins, as a
    short last one, is like the line before.
    """
    told = np.concatenate(([0], np.cumsum(sample)))
    found = np.concatenate(([0], np.cumsum(known)))
    starts = np.concatenate(([0], ends[:-1]))
    result: list[bool] = []
    last = False
    for all_told, all_found in zip(told[ends] - told[starts], found[ends] - found[starts], strict=True):
        last = bool(all_found >= _KNOWN_SHARE * all_told) if all_told else last
        result.append(last)
    return result
