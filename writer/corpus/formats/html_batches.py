"""Many small pages of HTML, such as mails and notes, converted with few calls; none spoils another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from writer.corpus.document import RejectedFile, RejectionReason

_MARK = "\ue001"
_BETWEEN = f"\n<p>{_MARK}</p>\n"
"""What stands between pages that are converted together; the mark is then where one ends."""

_CHARACTERS = 1_000_000
"""Those of the pages that are converted together, about: the tree of a text takes fifty times its memory."""


def convert_pages(pages: Sequence[str], convert: Callable[[str], str]) -> list[str | RejectionReason]:
    """The text of each page by `convert`, or the reason for which that rejects it (RejectedFile)."""
    return [text for batch in _batches(pages) for text in _converted(batch, convert)]


def _batches(pages: Sequence[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    characters = 0
    for page in pages:
        if batch and characters + len(page) > _CHARACTERS:
            yield batch
            batch, characters = [], 0
        batch.append(page.replace(_MARK, ""))
        characters += len(page)
    if batch:
        yield batch


def _converted(pages: list[str], convert: Callable[[str], str]) -> list[str | RejectionReason]:
    """The texts of pages that are converted together, by halves where one spoils those behind it.

    A comment or an attribute that does not end takes all that follows with it.
    """
    reason = RejectionReason.DAMAGED
    texts: list[str | RejectionReason] = []
    try:
        texts = [*convert(_BETWEEN.join(pages)).split(_MARK)]
    except RejectedFile as refused:
        reason = refused.reason
    if len(texts) == len(pages):
        return texts
    if len(pages) == 1:
        return [reason]
    middle = len(pages) // 2
    return [*_converted(pages[:middle], convert), *_converted(pages[middle:], convert)]
