"""The split of documents into three parts: to learn from, to choose by, and to prove with.

The second part chooses the checkpoint and the end of a training, so it cannot prove anything; the third one
is looked at once, after the training. Both are whole documents, the newest first: held-out windows would not
do, as the model would be trained on their neighbours. Where there are only one or two documents, or all are
large, each part is the end of the newest one; texts so few allow no verdict.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from writer.corpus.document import SourceDocument

HELD_OUT_SHARE = 0.1
"""The share of all words that is held out for the proof."""

CHOOSING_SHARE = 0.05
"""The share of all words by which the checkpoint is chosen."""

LEAST_TEXTS = 8
"""The documents of LEAST_CHARACTERS that a verdict needs, where they are no more than _VERDICT_SHARE."""

LEAST_CHARACTERS = 200
_VERDICT_SHARE = 0.3
_MAX_FACTOR = 2
"""How many times its share of the words, or of the documents, a part may have where some are large."""

_BREAKS = tuple(map(re.compile, (r"\n\s*\n|\n", r"[.!?]\s+|[。！？]\s*", r"\s+")))
"""The places at which a text is divided, the best first: ends of paragraphs, sentences and words."""


@dataclass(frozen=True, slots=True)
class Split:
    """The three parts, each in the order of the documents."""

    training: tuple[SourceDocument, ...]
    choosing: tuple[SourceDocument, ...]
    held_out: tuple[SourceDocument, ...]


def split_documents(
    documents: Sequence[SourceDocument], since: date | None = None, verdict: bool = True
) -> Split:
    """The documents in three parts.

    Those of `since` and later are held out where that is given; else the newest, or, where most have no date,
    those with the smallest hashes, a draw that is always the same. `verdict`: take enough for a verdict.
    """
    words = sum(document.words for document in documents)
    if since is not None:
        held_out = tuple(d for d in documents if d.date is not None and d.date >= since)
        rest = _without(documents, held_out)
    else:
        rest, held_out = _divide(documents, words, HELD_OUT_SHARE, _VERDICT_SHARE * verdict)
    training, choosing = _divide(rest, words, CHOOSING_SHARE)
    return Split(training, choosing, held_out)


def oldest_first(documents: Sequence[SourceDocument]) -> list[SourceDocument]:
    """The documents by age, those without a date first; where most have none, in an order that is drawn."""
    by_age = _newest_first(documents)[::-1]
    return [*_without(documents, by_age), *by_age]


def _divide(
    documents: Sequence[SourceDocument], words: int, share: float, verdict: float = 0.0
) -> tuple[tuple[SourceDocument, ...], tuple[SourceDocument, ...]]:
    """The documents without a part of them that has this share of `words`, and the part.

    Up to the share `verdict` is taken where LEAST_TEXTS are reached with it.
    """
    if not documents:
        return (), ()
    count = math.ceil(_MAX_FACTOR * share * len(documents))
    taken = _take(documents, share * words, verdict * words, count, LEAST_TEXTS)
    if sum(len(document.text) >= LEAST_CHARACTERS for document in taken) < LEAST_TEXTS:
        taken = _take(documents, share * words, _MAX_FACTOR * share * words, count)
    if not taken:
        return _divide_newest(documents)
    rest = _without(documents, taken)
    return rest, _without(documents, rest)


def _take(
    documents: Sequence[SourceDocument], words: float, most: float, count: int, texts: int = 0
) -> list[SourceDocument]:
    """The newest documents, until they have so many words, at the most `most`, and are so many `texts`.

    No more than `count` are taken for the sake of the words: beside a huge one the others are few words.
    """
    taken: list[SourceDocument] = []
    found = long = 0
    for document in _newest_first(documents):
        if long >= texts and (found >= words or len(taken) >= count):
            break
        if found + document.words <= most:
            taken.append(document)
            found += document.words
            long += len(document.text) >= LEAST_CHARACTERS
    return taken


def _without(
    documents: Iterable[SourceDocument], others: Iterable[SourceDocument]
) -> tuple[SourceDocument, ...]:
    names = {document.name for document in others}
    return tuple(document for document in documents if document.name not in names)


def _newest_first(documents: Sequence[SourceDocument]) -> list[SourceDocument]:
    dated = [d for d in documents if d.date is not None]
    if 2 * len(dated) >= len(documents):
        return sorted(dated, key=lambda d: (d.date or date.min, d.name), reverse=True)
    return sorted(documents, key=lambda d: d.sha256)


def _divide_newest(
    documents: Sequence[SourceDocument],
) -> tuple[tuple[SourceDocument, ...], tuple[SourceDocument, ...]]:
    """The documents with the newest one shortened, and its end as one of its own (see `_BREAKS`)."""
    newest = _newest_first(documents)[0]
    text = newest.text
    wanted = round(len(text) * (1 - HELD_OUT_SHARE))
    ends = (match.end() for pattern in _BREAKS for match in pattern.finditer(text, wanted))
    position = next((end for end in ends if end < len(text)), wanted)
    parts = [newest.with_text(part.strip()) for part in (text[:position], text[position:])]
    rest = tuple(parts[0] if d is newest else d for d in documents)
    return rest, (parts[1],) if parts[1].words else ()
