"""The overlap of documents: sequences of 13 words that also stand in other documents.

Held-out documents prove nothing where the model has learned the same sentences elsewhere: in the manuscript
that holds a chapter, or in an earlier draft. Similarity of whole documents does not see that, but shared
sequences do (13 words, as in Brown et al. 2020, appendix C). A sequence is compared by a hash of 64 bits.
Memory grows with the held-out documents alone, time with all of the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from writer.base.progress import CancelCheck, Cancelled, never
from writer.corpus.document import Rejection, RejectionReason, SourceDocument

SEQUENCE = 13
"""The words of a sequence, a Han character counting as one."""

MAX_OVERLAP = 0.01
"""The share of a held-out document's sequences that may stand in what is learned."""

_LEAST_LEFT = 0.5
"""The share of the learned words that must be left. Texts that lose more repeat each other throughout."""

_KEPT_HASHES = 1 << 18
"""The most words whose hashes are kept, some 40 MB."""

_UNITS = re.compile(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+")

Hashes: TypeAlias = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Separated:
    """What may be learned beside some held-out documents.

    `learned` are the documents without what also stands in held-out ones. `shortened` names those that lost
    paragraphs, each with the held-out document that has the most of them, `rejections` those of which too
    little was left. `overlap` is the largest share of a held-out document's sequences that still stand in
    `learned`.
    """

    learned: tuple[SourceDocument, ...]
    shortened: dict[str, str]
    rejections: tuple[Rejection, ...]
    overlap: float


def units(text: str) -> list[str]:
    """The words of a text by which documents are compared, in lower case; each Han character is one."""
    return _UNITS.findall(text.casefold())


class SequenceHasher:
    """Hashes of sequences of words: sums of the words' hashes times odd factors, modulo 2^64.

    The hashes of single words are kept for the next text.
    """

    def __init__(self) -> None:
        self._known: dict[str, int] = {}
        draws = np.random.default_rng(SEQUENCE).integers(0, 1 << 63, SEQUENCE, np.uint64)
        self._factors = draws * np.uint64(2) + np.uint64(1)

    def hashes(self, words: Sequence[str]) -> Hashes:
        """The hash of the sequence at each place, uint64 [max(1, words - 12)]; of no words, none."""
        single = np.fromiter(map(self._hash, words), np.uint64, len(words))
        count = max(1, len(words) - SEQUENCE + 1) if len(words) else 0
        result = np.zeros(count, np.uint64)
        for place, factor in enumerate(self._factors[: len(words)]):
            result += single[place : place + count] * factor
        return result

    def _hash(self, word: str) -> int:
        found = self._known.get(word)
        if found is None:
            if len(self._known) >= _KEPT_HASHES:
                self._known.clear()
            digest = blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
            found = self._known[word] = int.from_bytes(digest, "little")
        return found


def separate(
    learned: Sequence[SourceDocument], held_out: Sequence[SourceDocument], cancelled: CancelCheck = never
) -> Separated:
    """Take out of `learned` the paragraphs that also stand in a held-out document, where it shares too much.

    A document shares too much from MAX_OVERLAP on. Where fewer than half of the words would be left,
    everything stays as it is, and `overlap` says so. Raises Cancelled.
    """
    index = _HeldOutIndex([document.text for document in held_out], cancelled)
    for document in learned:
        index.add(units(document.text))
    unchanged = Separated(tuple(learned), {}, (), index.overlap())
    if unchanged.overlap <= MAX_OVERLAP:
        return unchanged
    result = _without_shared(learned, held_out, index)
    enough = sum(d.words for d in result.learned) >= _LEAST_LEFT * sum(d.words for d in learned)
    return result if enough else unchanged


def largest_overlap(learned: Iterable[str], held_out: Sequence[str], cancelled: CancelCheck = never) -> float:
    """The largest share of the sequences of a held-out text that stand in learned texts. Raises Cancelled."""
    index = _HeldOutIndex(held_out, cancelled)
    for text in learned:
        index.add(units(text))
    return index.overlap()


class _HeldOutIndex:
    """The sequences of held-out texts, and which of them were found in other texts."""

    def __init__(self, texts: Sequence[str], cancelled: CancelCheck) -> None:
        self._hasher = SequenceHasher()
        self._cancelled = cancelled
        parts = [self._hashes(units(text)) for text in texts]
        joined = np.concatenate(parts) if parts else np.zeros(0, np.uint64)
        owners = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        self._known, first, self._places = np.unique(joined, return_index=True, return_inverse=True)
        self._owners = owners[first]
        self._ends = np.cumsum([len(part) for part in parts], dtype=np.int64)
        self._found = np.zeros(len(self._known), bool)
        self._leaking = np.zeros(len(self._known), bool)

    def add(self, words: Sequence[str]) -> None:
        """Record the sequences of a text as found. Raises Cancelled."""
        numbers, among = self._look_up(words)
        self._found[numbers[among]] = True

    def overlap(self) -> float:
        """The largest share of a text's sequences that were found; 0 where there are none."""
        shares = (float(found.mean()) for found in self._by_text(self._found) if len(found))
        return max(shares, default=0.0)

    def forget_found(self) -> None:
        """Begin again; `shared` then looks for the texts of which too much was found until now."""
        start = 0
        for found in self._by_text(self._found):
            end = start + len(found)
            if len(found) and found.mean() > MAX_OVERLAP:
                self._leaking[self._places[start:end]] = True
            start = end
        self._found[:] = False

    def shared(self, words: Sequence[str]) -> tuple[NDArray[np.bool_], int]:
        """Which words are part of sequences to look for, bool [words], and the text that has most of them.

        The text is given by its number, -1 where there are no such sequences.
        """
        numbers, among = self._look_up(words)
        among[among] = self._leaking[numbers[among]]
        marked = np.zeros(len(words) + SEQUENCE, np.int64)
        places = np.flatnonzero(among)
        np.add.at(marked, places, 1)
        np.add.at(marked, places + SEQUENCE, -1)
        owners = self._owners[numbers[among]]
        most = int(np.bincount(owners).argmax()) if len(owners) else -1
        return np.cumsum(marked)[: len(words)] > 0, most

    def _look_up(self, words: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """The number of each sequence among the known ones, and whether it is one of them."""
        hashes = self._hashes(words)
        if not len(self._known):
            return np.zeros(len(hashes), np.int64), np.zeros(len(hashes), bool)
        numbers = np.minimum(np.searchsorted(self._known, hashes), len(self._known) - 1)
        return numbers, self._known[numbers] == hashes

    def _by_text(self, values: NDArray[np.bool_]) -> Iterator[NDArray[np.bool_]]:
        start = 0
        for end in self._ends:
            yield values[self._places[start:end]]
            start = end

    def _hashes(self, words: Sequence[str]) -> Hashes:
        if self._cancelled():
            raise Cancelled
        return self._hasher.hashes(words)


def _without_shared(
    learned: Sequence[SourceDocument], held_out: Sequence[SourceDocument], index: _HeldOutIndex
) -> Separated:
    index.forget_found()
    kept: list[SourceDocument] = []
    shortened: dict[str, str] = {}
    rejections: list[Rejection] = []
    for document in learned:
        text, most = _unshared_text(document.text, index.shared)
        rest = document if most < 0 else document.with_text(text)
        if rest.words < _LEAST_LEFT * document.words or not rest.words:
            rejections.append(Rejection(document.name, RejectionReason.HELD_OUT, held_out[most].name))
            continue
        if most >= 0:
            shortened[document.name] = held_out[most].name
        index.add(units(text))
        kept.append(rest)
    return Separated(tuple(kept), shortened, tuple(rejections), index.overlap())


def _unshared_text(
    text: str, shared: Callable[[Sequence[str]], tuple[NDArray[np.bool_], int]]
) -> tuple[str, int]:
    """The text without lines that hold a part of a shared sequence, and who shares most (-1: nobody)."""
    lines = text.split("\n")
    words = [units(line) for line in lines]
    marked, most = shared([word for line in words for word in line])
    if most < 0:
        return text, -1
    kept, start = [], 0
    for line, parts in zip(lines, words, strict=True):
        if not marked[start : start + len(parts)].any():
            kept.append(line)
        start += len(parts)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip(), most
