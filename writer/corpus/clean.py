"""Deduplication of documents: copies, near copies (drafts of one text) and lines that several of them repeat.

Copies are found by their words alone, near copies by MinHash (Broder 1997). Of such documents the newest is
kept, of equally old ones the longest.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from writer.base.progress import CancelCheck, Cancelled, OnProgress, Progress, never
from writer.corpus.document import Rejection, RejectionReason, SourceDocument
from writer.corpus.overlap import units

NEAR_COPY_SIMILARITY = 0.8
"""The Jaccard similarity of two documents' shingles from which they count as near copies."""

_PERMUTATIONS = 128
_BANDS = 16
"""128 hashes in 16 bands of 8: pairs with a similarity of 0.8 share a band with a probability of 95 %."""

_SHINGLE = 5
_MIN_DOCUMENTS = 3
"""The number of documents with the same line from which it counts as boilerplate."""

_MIN_LETTERS = 20
"""The least letters of a boilerplate line, a Han character counting as two."""

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u2060\ufeff\u00ad\u200e\u200f"))
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x80-\x84\x86-\x9f]")
_SPACES = re.compile(r"[\u00a0\u2000-\u200a\u202f\u205f]")
_TRAILING = re.compile(r"[ \t]+$", re.M)
_EMPTY_LINES = re.compile(r"\n{3,}")
_WORDS = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class CleanedDocuments:
    """The documents that are kept, the rejected copies, and the number of dropped lines."""

    documents: tuple[SourceDocument, ...]
    rejections: tuple[Rejection, ...]
    repeated_lines: int


def clean(
    documents: Sequence[SourceDocument], on_progress: OnProgress, cancelled: CancelCheck = never
) -> CleanedDocuments:
    """Normalise documents and remove copies, near copies and repeated lines. Raises Cancelled."""
    normal = [replace(document, text=normalise(document.text)) for document in documents]
    different, rejections = _without_copies(normal, on_progress, cancelled)
    texts, repeated_lines = without_boilerplate([document.text for document in different])
    cleaned = [old.with_text(text) for old, text in zip(different, texts, strict=True)]
    rejections += nothing_left(cleaned)
    return CleanedDocuments(
        tuple(document for document in cleaned if document.words), tuple(rejections), repeated_lines
    )


def nothing_left(documents: Sequence[SourceDocument]) -> list[Rejection]:
    """A rejection for each document without words."""
    return [Rejection(d.name, RejectionReason.NOTHING_LEFT) for d in documents if not d.words]


def normalise(text: str) -> str:
    """The text in NFC with newline characters and plain spaces, without control and invisible characters."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = _SPACES.sub(" ", _CONTROL.sub("", text.replace("\x0c", "\n").translate(_INVISIBLE)))
    return _EMPTY_LINES.sub("\n\n", _TRAILING.sub("", text)).strip()


def without_boilerplate(texts: Sequence[str]) -> tuple[list[str], int]:
    """The texts with each boilerplate line only in the first of them, and the number of dropped lines."""
    seen = Counter(key for text in texts for key in {_line_key(line) for line in text.split("\n")} if key)
    seen_lines: set[str] = set()
    result, dropped = [], 0
    for text in texts:
        kept = [
            line
            for line in text.split("\n")
            if seen[_line_key(line)] < _MIN_DOCUMENTS or _line_key(line) not in seen_lines
        ]
        dropped += text.count("\n") + 1 - len(kept)
        seen_lines |= {key for line in kept if (key := _line_key(line))}
        result.append(_EMPTY_LINES.sub("\n\n", "\n".join(kept)).strip())
    return result, dropped


def _line_key(line: str) -> str:
    """The key by which lines are compared, their words in lower case; "" for lines that are too short."""
    words = _WORDS.findall(line)
    letters = sum(len(word) * (2 if "\u3400" <= word[0] <= "\u9fff" else 1) for word in words)
    return " ".join(words).casefold() if letters >= _MIN_LETTERS else ""


def _without_copies(
    documents: Sequence[SourceDocument], on_progress: OnProgress, cancelled: CancelCheck
) -> tuple[list[SourceDocument], list[Rejection]]:
    """The documents to keep, in their order, and a rejection for each copy and near copy."""
    from rensa import RMinHash, RMinHashLSH

    index = RMinHashLSH(threshold=NEAR_COPY_SIMILARITY, num_perm=_PERMUTATIONS, num_bands=_BANDS)
    exact: dict[bytes, str] = {}
    kept: list[tuple[SourceDocument, RMinHash]] = []
    rejections = []
    by_age = sorted(documents, key=lambda d: (d.date or date.min, len(d.text)), reverse=True)
    for done, document in enumerate(by_age):
        if cancelled():
            raise Cancelled
        on_progress(Progress("cleaning", done, len(by_age)))
        words = units(document.text)
        key = hashlib.sha256("\0".join(words).encode()).digest()
        if key in exact:
            rejections.append(Rejection(document.name, RejectionReason.COPY, exact[key]))
            continue
        sketch = RMinHash(num_perm=_PERMUTATIONS, seed=1)
        sketch.update(list(_shingles(words)))
        alike = [kept[i] for i in index.query(sketch)]
        other = max(alike, key=lambda pair: sketch.jaccard(pair[1]), default=None)
        if other is not None and sketch.jaccard(other[1]) >= NEAR_COPY_SIMILARITY:
            rejections.append(Rejection(document.name, RejectionReason.NEAR_COPY, other[0].name))
            continue
        exact[key] = document.name
        index.insert(len(kept), sketch)
        kept.append((document, sketch))
    kept_names = {document.name for document, _ in kept}
    return [d for d in documents if d.name in kept_names], sorted(rejections, key=lambda r: r.name)


def _shingles(words: Sequence[str]) -> Iterator[str]:
    """The shingles: each sequence of five words, a Han character counting as one."""
    for start in range(max(1, len(words) - _SHINGLE + 1)):
        yield " ".join(words[start : start + _SHINGLE])
