"""Files that hold many texts of their own, such as mailboxes: each day of them becomes a document.

A whole mailbox as one document would be learned or kept aside as a whole, and a verdict needs several texts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from writer.corpus.document import DatedParts, ExtractedText, RejectedFile, RejectionReason, SourceDocument

_BETWEEN = "\n\n"


def join_by_day(texts: Iterable[tuple[date | None, str]]) -> tuple[str, DatedParts]:
    """The texts as one, those of a day together, and the parts that the days are; () where it is only one."""
    days: dict[date | None, list[str]] = {}
    for day, text in texts:
        if stripped := text.strip():
            days.setdefault(day, []).append(stripped)
    joined = {day: _BETWEEN.join(some) for day, some in days.items()}
    parts = tuple((day, len(text)) for day, text in joined.items())
    return _BETWEEN.join(joined.values()), parts if len(parts) > 1 else ()


def dated_texts(texts: Iterable[tuple[date | None, str | RejectionReason]]) -> ExtractedText:
    """The texts in a file, each with its date; one that cannot be read has the reason in its place.

    Raises RejectedFile where none can be read.
    """
    told = list(texts)
    left_out = tuple((str(day or "…"), text) for day, text in told if isinstance(text, RejectionReason))
    text, parts = join_by_day((day, text) for day, text in told if not isinstance(text, RejectionReason))
    if left_out and not text:
        raise RejectedFile(left_out[0][1])
    return ExtractedText(text, next((day for day, _text in told if day), None), left_out, parts)


def fits(parts: Sequence[tuple[object, int]], text: str) -> bool:
    """Whether these can be the parts of `text`, by their lengths."""
    lengths = [length for _day, length in parts]
    between = len(_BETWEEN) * (len(lengths) - 1)
    return not lengths or (min(lengths) > 0 and sum(lengths) + between == len(text))


def divide_by_day(document: SourceDocument) -> list[SourceDocument]:
    """A document for each day of `document`, called by it; the document itself where it has no days."""
    found, place = [], 0
    for day, length in document.parts:
        name = f"{document.name}/{day}" if day else document.name
        digest = hashlib.sha256(f"{document.sha256} {day}".encode()).hexdigest()
        part = replace(document, name=name, date=day or document.date, sha256=digest, parts=())
        found.append(part.with_text(document.text[place : place + length]))
        place += length + len(_BETWEEN)
    return found or [document]
