"""Deduplication of documents: what one of them holds already, and lines that several of them repeat.

What is contained in another document is learned once (`containment`): in the newest, of equally old ones in
the longest; a manuscript comes after its chapters, which are texts of their own for the proof.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from writer.base.progress import CancelCheck, Cancelled, OnProgress, Progress, never
from writer.corpus.containment import LearnedTexts
from writer.corpus.document import Rejection, RejectionReason, SourceDocument

_LEAST_NEW = 0.2
"""The share of its words that must be new for a document to be learned at all; less is scraps."""

_DRAFT_FACTOR = 4
"""Documents of one age are taken for drafts of one text within a power of this in length."""

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
    """The documents that are kept, the rejected ones, and the number of dropped lines.

    `contained` names the documents that lost paragraphs to others, each with the one that holds most of them.
    """

    documents: tuple[SourceDocument, ...]
    rejections: tuple[Rejection, ...]
    repeated_lines: int
    contained: dict[str, str] = field(default_factory=dict)


def clean(
    documents: Sequence[SourceDocument], on_progress: OnProgress, cancelled: CancelCheck = never
) -> CleanedDocuments:
    """Normalise documents and remove what others hold, and repeated lines. Raises Cancelled."""
    normal = [replace(document, text=normalise(document.text)) for document in documents]
    different = _without_contained(normal, on_progress, cancelled)
    texts, repeated_lines = without_boilerplate([document.text for document in different.documents])
    cleaned = [old.with_text(text) for old, text in zip(different.documents, texts, strict=True)]
    return CleanedDocuments(
        tuple(document for document in cleaned if document.words),
        (*different.rejections, *nothing_left(cleaned)),
        repeated_lines,
        different.contained,
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
    keys = [[_line_key(line) for line in text.split("\n")] for text in texts]
    seen = Counter(key for lines in keys for key in set(lines) if key)
    repeated = {key for key, count in seen.items() if count >= _MIN_DOCUMENTS}
    first: set[int] = set()
    result, dropped = [], 0
    for text, lines in zip(texts, keys, strict=True):
        new = repeated.intersection(lines) - first
        kept = [
            line
            for line, key in zip(text.split("\n"), lines, strict=True)
            if key not in repeated or key in new
        ]
        first |= new
        dropped += len(lines) - len(kept)
        result.append(_EMPTY_LINES.sub("\n\n", "\n".join(kept)).strip() if len(kept) < len(lines) else text)
    return result, dropped


def _line_key(line: str) -> int:
    """The key by which lines are compared, a hash of their words in lower case; 0 for lines too short."""
    if 2 * len(line) < _MIN_LETTERS:
        return 0
    words = _WORDS.findall(line)
    letters = sum(map(len, words))
    if letters < _MIN_LETTERS:
        letters += sum(len(word) for word in words if "\u3400" <= word[0] <= "\u9fff")
    return hash(" ".join(words).casefold()) if letters >= _MIN_LETTERS else 0


def _without_contained(
    documents: Sequence[SourceDocument], on_progress: OnProgress, cancelled: CancelCheck
) -> CleanedDocuments:
    """The documents without what others hold, in their order."""
    learned = LearnedTexts()
    names: list[str] = []
    kept: dict[str, SourceDocument] = {}
    contained: dict[str, str] = {}
    rejections = []
    by_age = sorted(documents, key=_age)
    for done, document in enumerate(by_age):
        if cancelled():
            raise Cancelled
        on_progress(Progress("cleaning", done, len(by_age)))
        new = learned.new_part(document.text)
        rest = document if new.holder < 0 else document.with_text(new.text)
        if new.is_copy or rest.words < _LEAST_NEW * document.words:
            reason = RejectionReason.COPY if new.is_copy else RejectionReason.CONTAINED
            rejections.append(Rejection(document.name, reason, names[new.holder]))
            continue
        if new.holder >= 0:
            contained[document.name] = names[new.holder]
        learned.add(new)
        names.append(document.name)
        kept[document.name] = rest
    ordered = tuple(kept[document.name] for document in documents if document.name in kept)
    return CleanedDocuments(ordered, tuple(rejections), 0, contained)


def _age(document: SourceDocument) -> tuple[int, int, int]:
    """The key by which the document that keeps what others hold, too, comes first."""
    length = len(document.text)
    return -(document.date or date.min).toordinal(), int(math.log(length + 1, _DRAFT_FACTOR)), -length
