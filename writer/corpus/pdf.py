"""The text of PDF files, with paragraphs reassembled from the lines of the pages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from writer.corpus.dates import find_date
from writer.corpus.document import RejectedFile, RejectionReason
from writer.corpus.formats.unwrap import width
from writer.text.language import is_cjk

_PASSWORD = 4
"""PDFium's error code for a document with a password (fpdfview.h)."""

_EDGE_LINES = 2
"""The number of lines at the top and bottom of a page that may be header or footer."""

_HEADER_DISTANCE = 2
"""The most pages from a header to the next one like it."""

_LEAST_HEADERS = 3
"""The least number of such pages."""

_FULL_WIDTH = 0.8
"""The share of the usual width from which a line counts as full, so that its paragraph continues."""

_HYPHEN = re.compile("[\ufffe\x02\xad](?:\r?\n)?")
"""PDFium's characters for a hyphen at a line break within a word."""

_SENTENCE_END = re.compile(r"[.!?。！？…:：;；][\"'”’»)\]）」』]*$")
_HYPHENATED = re.compile(r"[^\W\d_]-$")
_NUMBER = re.compile(r"\d+")
_ROMAN = r"(?=[ivxlc])(?:xc|xl|l?x{0,3}|c{1,3}(?:xc|xl|l?x{0,3}))(?:ix|iv|v?i{0,3})"
_ROMAN_NUMBER = re.compile(rf"^\W*(?:{_ROMAN})\b|\b(?:{_ROMAN})\W*$", re.I)


def read_pdf(data: bytes) -> tuple[str, date | None]:
    """The text, with empty lines between paragraphs, and the creation date. Raises RejectedFile."""
    from pypdfium2 import PdfDocument, PdfiumError

    try:
        document = PdfDocument(data)
    except PdfiumError as error:
        encrypted = getattr(error, "err_code", None) == _PASSWORD
        raise RejectedFile(RejectionReason.ENCRYPTED if encrypted else RejectionReason.DAMAGED) from error
    try:
        pages = [_lines(document, number) for number in range(len(document))]
        day = _creation_date(document.get_metadata_dict().get("CreationDate", ""))
    except PdfiumError as error:
        raise RejectedFile(RejectionReason.DAMAGED) from error
    finally:
        document.close()
    return "\n\n".join(reflow([line for page in without_headers_and_footers(pages) for line in page])), day


def _creation_date(stated: str) -> date | None:
    """The date in PDF's format D:YYYYMMDDHHmmSS, or another one of `find_date`."""
    return find_date(stated[2:10] if stated.startswith("D:") else stated)


def without_headers_and_footers(pages: Sequence[list[str]]) -> list[list[str]]:
    """The lines of each page without those at its edges that pages near it repeat, but for numbers."""
    seen: dict[str, list[int]] = {}
    for number, page in enumerate(pages):
        for key in {_without_numbers(line) for line in _edges(page)}:
            seen.setdefault(key, []).append(number)
    repeated = {key: frozenset(_repeating(numbers, len(pages))) for key, numbers in seen.items()}

    def stays(number: int, place: int) -> bool:
        page = pages[number]
        edge = place < _EDGE_LINES or place >= len(page) - _EDGE_LINES
        return not edge or number not in repeated[_without_numbers(page[place])]

    return [
        [line for place, line in enumerate(page) if stays(number, place)] for number, page in enumerate(pages)
    ]


def _repeating(numbers: Sequence[int], pages: int) -> Iterator[int]:
    """The pages on which a line is a header or footer, of those in whose edges it stands.

    Headers of a book stand on each page or each other one, of the whole book or of a chapter.
    """
    if pages > 2 and 2 * len(numbers) > pages:
        yield from numbers
        return
    run: list[int] = []
    for number in numbers:
        if run and number - run[-1] > _HEADER_DISTANCE:
            run = []
        run.append(number)
        if len(run) == _LEAST_HEADERS:
            yield from run
        elif len(run) > _LEAST_HEADERS:
            yield number


def reflow(lines: Sequence[str]) -> Iterator[str]:
    """The paragraphs of some lines, ended by an empty line, or a short one unless its sentence continues."""
    lengths = sorted(width(line) for line in lines if line)
    usual = lengths[len(lengths) * 4 // 5] if lengths else 0
    paragraph = ""
    for line, after in zip(lines, [*lines[1:], ""], strict=False):
        paragraph = _joined(paragraph, line)
        if paragraph and not _continues(line, after, usual):
            yield paragraph
            paragraph = ""
    if paragraph:
        yield paragraph


def _lines(document: Any, number: int) -> list[str]:
    page = document[number]
    text = page.get_textpage()
    try:
        found: str = text.get_text_range(errors="ignore")
    finally:
        text.close()
        page.close()
    return [" ".join(line.split()) for line in _HYPHEN.sub("", found).splitlines()]


def _edges(page: list[str]) -> list[str]:
    return [*page[:_EDGE_LINES], *page[-_EDGE_LINES:]]


def _without_numbers(line: str) -> str:
    """The line with "#" in place of numbers, such as the page's, which may be Roman."""
    return _ROMAN_NUMBER.sub("#", _NUMBER.sub("#", line))


def _continues(line: str, after: str, usual: int) -> bool:
    if not line or not after:
        return False
    full = width(line) >= _FULL_WIDTH * usual
    return full if _SENTENCE_END.search(line) else full or after[0].islower()


def _joined(paragraph: str, line: str) -> str:
    if not paragraph or not line:
        return paragraph or line
    if _HYPHENATED.search(paragraph) and line[0].islower():
        return paragraph[:-1] + line
    if is_cjk(paragraph[-1]) and is_cjk(line[0]):
        return paragraph + line
    return f"{paragraph} {line}"
