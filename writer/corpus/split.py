"""The split into training and held-out documents: whole documents are held out, the newest first.

Held-out windows would not do, as the model would be trained on their neighbours.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from writer.corpus.document import SourceDocument, make_document

HELD_OUT_SHARE = 0.1
"""The share of all words that is held out."""

_MAX_SHARE = 0.2
"""The largest share, reached where documents are large."""

_PARAGRAPH = re.compile(r"\n\s*\n|\n")


def split_documents(
    documents: Sequence[SourceDocument], since: date | None = None
) -> tuple[tuple[SourceDocument, ...], tuple[SourceDocument, ...]]:
    """The training and the held-out documents, each in the order of `documents`.

    The documents of `since` and later are held out where that is given; else the newest, or, where most have
    no date, those with the smallest hashes, a draw that is always the same. Where each document is too large,
    the end of the newest is held out, from a paragraph on.
    """
    if since is not None:
        chosen = {d.name for d in documents if d.date is not None and d.date >= since}
    else:
        chosen = _held_out_names(documents)
    if not chosen and since is None and documents:
        return _split_newest(documents)
    return (
        tuple(d for d in documents if d.name not in chosen),
        tuple(d for d in documents if d.name in chosen),
    )


def _held_out_names(documents: Sequence[SourceDocument]) -> set[str]:
    total = sum(d.words for d in documents)
    chosen: set[str] = set()
    words = 0
    for document in _newest_first(documents):
        if words >= HELD_OUT_SHARE * total:
            break
        if words + document.words <= _MAX_SHARE * total:
            chosen.add(document.name)
            words += document.words
    return chosen


def _newest_first(documents: Sequence[SourceDocument]) -> list[SourceDocument]:
    dated = [d for d in documents if d.date is not None]
    if 2 * len(dated) >= len(documents):
        return sorted(dated, key=lambda d: (d.date or date.min, d.name), reverse=True)
    return sorted(documents, key=lambda d: d.sha256)


def _split_newest(
    documents: Sequence[SourceDocument],
) -> tuple[tuple[SourceDocument, ...], tuple[SourceDocument, ...]]:
    """The documents with the newest one shortened, and its end as a held-out document."""
    newest = _newest_first(documents)[0]
    wanted = round(len(newest.text) * (1 - HELD_OUT_SHARE))
    position = next((m.end() for m in _PARAGRAPH.finditer(newest.text, wanted)), wanted)
    if position == len(newest.text):
        position = wanted
    parts = [
        make_document(newest.name, newest.kind, text.strip(), newest.date, newest.sha256)
        for text in (newest.text[:position], newest.text[position:])
    ]
    training = tuple(parts[0] if d is newest else d for d in documents)
    return training, (parts[1],) if parts[1].words else ()
