"""The readers that extract the text of a document from its bytes, by kind. For the child process only.

The bytes are untrusted.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from xml.etree.ElementTree import ParseError

from writer.base.child_process import ChildError, Limit, LimitError, Limits, run
from writer.base.typed_data import DamagedError, read_json
from writer.corpus import zip_checks
from writer.corpus.dated_parts import dated_texts, fits
from writer.corpus.dates import find_date
from writer.corpus.document import ExtractedText, RejectedFile, RejectionReason
from writer.corpus.formats import libre_office, own_addresses
from writer.corpus.formats.docx_text import docx_text
from writer.corpus.formats.html_batches import convert_pages
from writer.corpus.formats.html_source import main_text
from writer.corpus.formats.markdown_prose import prose_of, without_front_matter
from writer.corpus.formats.old_word import command
from writer.corpus.formats.page_bytes import declared_text, ebcdic_text, repaired
from writer.corpus.formats.rtf_source import authors_source
from writer.corpus.formats.small_formats import (
    evernote_notes,
    joplin_notes,
    screenplay_text,
    subtitle_text,
    zipped_opendocument,
)
from writer.corpus.formats.unwrap import unwrap
from writer.corpus.formats.zipped_source import book_with_all_words, opendocument_with_all_words
from writer.corpus.pandoc_text import date_of, text_of
from writer.corpus.pdf import read_pdf
from writer.documents import pandoc
from writer.documents.encoding_detection import detect_and_decode
from writer.documents.tree_reader import ToTree
from writer.text.utf16 import without_surrogates

MAX_FILE_BYTES = 100 << 20
"""The largest size of a file, in bytes."""

MAIL_KINDS = ("eml", "mbox")
ENVELOPES = "-envelopes"
"""What follows a kind of mail where not its text is read, but its envelopes."""

MAX_CHARACTERS = 30_000_000
"""The largest length of a text; a long novel has a million characters."""

_NON_ASCII = re.compile(r"[^\x00-\x7f]")
_PER_DOUBT = 200
"""In so many characters one may be doubtful: a quotation mark of old Windows, a stray byte in UTF-8."""

LIMIT_REASONS = {
    Limit.TIME: RejectionReason.TOO_SLOW,
    Limit.MEMORY: RejectionReason.TOO_MUCH_MEMORY,
    Limit.OUTPUT: RejectionReason.TOO_LARGE,
}
"""The reason for a document that reached a limit of pandoc."""

_FORMATS = {
    "odt": pandoc.ODT,
    "epub": pandoc.EPUB,
    "rtf": pandoc.RTF,
    "html": pandoc.HTML,
    "fb2": pandoc.FB2,
    "tex": pandoc.LATEX,
    "org": pandoc.ORG,
    "rst": pandoc.RST,
    "fodt": pandoc.ODT,
    "opml": pandoc.Format("opml", "OPML", (".opml",)),
    "ipynb": pandoc.Format("ipynb", "Jupyter", (".ipynb",)),
    "adoc": pandoc.Format("asciidoc", "AsciiDoc", (".adoc",)),
}
_PAGES_PREVIEW = "QuickLook/Preview.pdf"
_WITH_ALL_WORDS = {
    **dict.fromkeys(("odt", "fodt"), opendocument_with_all_words),
    "epub": book_with_all_words,
}
_NO_FRONT = frozenset({"epub"})
"""Kinds whose metadata are no part of the text."""

_FRONT_DATE = re.compile(r"^\s*\"?(?:date|created|published)\"?\s*[:=]\s*(.+)$", re.I | re.M)
_META_DATE = re.compile(
    r"<meta[^>]+(?:name|property|itemprop)=[\"'](?:date|dc\.date|dcterms\.created|article:published_time"
    r"|datePublished)[\"'][^>]*content=[\"']([^\"']+)|<time[^>]+datetime=[\"']([^\"']+)",
    re.I,
)
_OLD_WRITER = b"vnd.sun.xml.writer"
_OLD_MARKS = {
    b"\xd0\xcf\x11\xe0": ".doc",
    b"\xdb\xa5": ".doc",
    b"\xff\x57\x50\x43": ".wpd",
    b"PK\x03\x04": ".sxw",
    b"\x31\xbe\x00\x00": ".wri",
    b"\x32\xbe\x00\x00": ".wri",
}
"""The first bytes of files of Word, Works, WordPerfect, OpenOffice.org and Write, and their endings."""

_READABLE = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Tools:
    """What readers need beside a document: the limits of other programs, and the pandoc that makes trees.

    `addresses` are the person's own, in lower case, for mails; empty where none are known.
    """

    limits: Limits
    to_tree: ToTree
    addresses: frozenset[str] = frozenset()

    @staticmethod
    def within(limits: Limits) -> Tools:
        """Tools that start a pandoc for each document."""
        return Tools(limits, lambda data, source: pandoc.to_tree(data, source, limits))


def read_text(data: bytes, kind: str, tools: Tools) -> ExtractedText:
    """The text of a file of this `kind` (`scan.KINDS`).

    The text can be encoded in UTF-8, whatever a reader gives. Raises RejectedFile.
    """
    if not data:
        raise RejectedFile(RejectionReason.EMPTY)
    if len(data) > MAX_FILE_BYTES:
        raise RejectedFile(RejectionReason.TOO_LARGE)
    extracted = _READERS.get(kind, _markup)(data, kind, tools)
    if len(extracted.text) > MAX_CHARACTERS:
        raise RejectedFile(RejectionReason.TOO_LARGE)
    text = without_surrogates(extracted.text)
    if not _READABLE.search(text):
        raise RejectedFile(RejectionReason.NO_TEXT)
    return replace(extracted, text=text, parts=extracted.parts if fits(extracted.parts, text) else ())


def _plain(data: bytes, _kind: str, _tools: Tools) -> ExtractedText:
    return ExtractedText(unwrap(_with_newlines(_decoded(data))), None)


def _markdown(data: bytes, _kind: str, _tools: Tools) -> ExtractedText:
    """Markdown without its front matter, and with its prose alone."""
    text, front_matter = without_front_matter(_with_newlines(_decoded(data)))
    declared_date = _FRONT_DATE.search(front_matter)
    day = find_date(declared_date[1]) if declared_date else None
    return ExtractedText(unwrap(prose_of(text)), day)


def _with_newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _pdf(data: bytes, _kind: str, _tools: Tools) -> ExtractedText:
    return ExtractedText(*read_pdf(data))


def _rtf(data: bytes, kind: str, tools: Tools) -> ExtractedText:
    """RTF through striprtf, which knows Asian and Eastern European code pages; pandoc does not."""
    from striprtf.striprtf import rtf_to_text

    if not data.lstrip().startswith(b"{\\rtf"):
        raise RejectedFile(RejectionReason.DAMAGED)
    try:
        source = authors_source(data.decode("latin-1"))
        return ExtractedText(rtf_to_text(source, errors="replace"), None)  # type: ignore[no-untyped-call]
    except (ValueError, LookupError, TypeError, ArithmeticError):  # what it meets in damaged files
        return _through_pandoc(data, kind, tools)


def _zipped(data: bytes, kind: str, tools: Tools) -> ExtractedText:
    if reason := zip_checks.rejection_reason(data):
        raise RejectedFile(reason)
    try:
        data = _WITH_ALL_WORDS[kind](data)
    except zip_checks.DAMAGE_ERRORS as error:
        raise RejectedFile(RejectionReason.DAMAGED) from error
    extracted = _through_pandoc(data, kind, tools)
    return ExtractedText(extracted.text, extracted.date or zip_checks.creation_date(data))


def _docx(data: bytes, _kind: str, tools: Tools) -> ExtractedText:
    if reason := zip_checks.rejection_reason(data):
        raise RejectedFile(reason)

    def chunk(part: bytes, ending: str) -> str:
        """The text of a part in another format; what cannot be read is left out."""
        known = {"htm": "html", "html": "html", "xhtml": "html", "rtf": "rtf", "txt": "txt"}.get(ending)
        try:
            return read_text(part, known, tools).text if known else ""
        except RejectedFile:
            return ""

    try:
        text, day = docx_text(data, chunk)
    except (*zip_checks.DAMAGE_ERRORS, ParseError, LookupError, RecursionError) as error:
        raise RejectedFile(RejectionReason.DAMAGED) from error
    return ExtractedText(text, find_date(day) or zip_checks.creation_date(data))


def _html(data: bytes, kind: str, tools: Tools) -> ExtractedText:
    text = ebcdic_text(data)
    if text is None:
        data = repaired(data)
        text = _decoded(data, declared_text)
    declared_date = _META_DATE.search(text)
    extracted = _through_pandoc(main_text(text).encode(), kind, tools)
    return ExtractedText(
        extracted.text,
        extracted.date or (find_date(declared_date[1] or declared_date[2]) if declared_date else None),
    )


def _mail(data: bytes, kind: str, tools: Tools) -> ExtractedText:
    from writer.corpus.formats.mail import read_own  # takes 40 ms of a start

    found = read_own(data, kind, tools.addresses, partial(_page_text, tools))
    extracted = dated_texts(found.texts)
    if found.received and not extracted.text:
        raise RejectedFile(RejectionReason.RECEIVED)
    return extracted


def _page_text(tools: Tools, source: str) -> str:
    return _through_pandoc(source.encode("utf-8", "replace"), "html", tools).text


def _envelopes(data: bytes, kind: str, _tools: Tools) -> ExtractedText:
    """The envelopes of mails (`own_addresses.Envelope`) as JSON."""
    from writer.corpus.formats.mail import read_envelopes

    return ExtractedText(own_addresses.dump(read_envelopes(data, kind.removesuffix(ENVELOPES))), None)


def _evernote(data: bytes, _kind: str, tools: Tools) -> ExtractedText:
    notes = list(evernote_notes(_decoded(data)))
    texts = convert_pages([page for page, _day in notes], partial(_page_text, tools))
    return dated_texts(zip((find_date(day) for _page, day in notes), texts, strict=True))


def _joplin(data: bytes, _kind: str, _tools: Tools) -> ExtractedText:
    notes = joplin_notes(data)
    return dated_texts((find_date(day), unwrap(prose_of(_with_newlines(note)))) for note, day in notes)


def _flat_opendocument(data: bytes, kind: str, tools: Tools) -> ExtractedText:
    return _zipped(zipped_opendocument(data), kind, tools)


def _screenplay(data: bytes, _kind: str, _tools: Tools) -> ExtractedText:
    return ExtractedText(screenplay_text(_with_newlines(_decoded(data))), None)


def _subtitles(data: bytes, _kind: str, _tools: Tools) -> ExtractedText:
    return ExtractedText(subtitle_text(_with_newlines(_decoded(data))), None)


def _old_word(data: bytes, _kind: str, tools: Tools) -> ExtractedText:
    """A .doc file and the like: of before 2007, where a program that reads it is here, or of another kind."""
    start = data[:1024].lstrip().lower()
    if start.startswith(b"{\\rtf"):
        return _rtf(data, "rtf", tools)
    if start.startswith(b"pk\x03\x04") and _OLD_WRITER not in start:
        return _docx(data, "docx", tools)
    if start.startswith((b"<html", b"<!doctype html", b"<?xml")):
        return _html(data, "html", tools)
    ending = next((ending for mark, ending in _OLD_MARKS.items() if data.startswith(mark)), "")
    if not ending:
        raise RejectedFile(RejectionReason.OLD_FORMAT)
    if not zip_checks.is_ole(data):
        return _through_office(data, ending, tools)
    if (reason := zip_checks.rejection_reason(data)) is RejectionReason.ENCRYPTED:
        raise RejectedFile(reason)
    text = _through_reader_of_old_word(data, tools)
    return ExtractedText(text, None) if _READABLE.search(text) else _through_office(data, ending, tools)


def _through_reader_of_old_word(data: bytes, tools: Tools) -> str:
    """The text that antiword or catdoc find; "" where neither is here, or it cannot read the file."""
    reader = command()
    try:
        return run(reader, data, tools.limits).decode("utf-8", "replace") if reader else ""
    except LimitError as error:
        raise RejectedFile(LIMIT_REASONS[error.limit]) from error
    except (ChildError, OSError):
        return ""


def _through_office(data: bytes, ending: str, tools: Tools) -> ExtractedText:
    """A document through LibreOffice, which tells its kind by its content where `ending` is another's."""
    office = libre_office.program()
    if not office:
        raise RejectedFile(RejectionReason.OLD_FORMAT)
    try:
        converted = libre_office.to_docx(office, data, ending, tools.limits)
    except LimitError as error:
        raise RejectedFile(LIMIT_REASONS[error.limit]) from error
    except (ChildError, OSError) as error:
        raise RejectedFile(RejectionReason.OLD_FORMAT) from error
    return _docx(converted, "docx", tools)


def _pages(data: bytes, _kind: str, tools: Tools) -> ExtractedText:
    """A document of Pages through the PDF of its preview, which older versions and some settings keep.

    Without one through LibreOffice, which reads those of older versions.
    """
    if reason := zip_checks.rejection_reason(data):
        raise RejectedFile(reason)
    preview = zip_checks.member(data, _PAGES_PREVIEW, MAX_FILE_BYTES)
    if not preview:
        return _through_office(data, ".pages", tools)
    return ExtractedText(*read_pdf(preview))


def _markup(data: bytes, kind: str, tools: Tools) -> ExtractedText:
    return _through_pandoc(_decoded(data).encode(), kind, tools)


def _through_pandoc(data: bytes, kind: str, tools: Tools) -> ExtractedText:
    try:
        data = tools.to_tree(data, _FORMATS[kind])
        tree = read_json(data, dict[str, Any], len(data), len(data))  # this process has little memory
        return ExtractedText(text_of(tree, with_front=kind not in _NO_FRONT), find_date(date_of(tree)))
    except LimitError as error:
        raise RejectedFile(LIMIT_REASONS[error.limit]) from error
    except (
        *(ChildError, DamagedError),
        *(ValueError, LookupError, TypeError, AttributeError, RecursionError),
    ) as error:
        raise RejectedFile(RejectionReason.DAMAGED) from error


def _decoded(data: bytes, declared: Callable[[bytes], str | None] = lambda _data: None) -> str:
    """The text in its certain or declared encoding, or where hardly any character depends on that.

    Raises RejectedFile where it is none of these.
    """
    found = detect_and_decode(data)
    if found is None:
        raise RejectedFile(RejectionReason.NOT_TEXT)
    if found.certain:
        return found.text
    text = declared(data)
    if text is not None:
        return text
    doubtful = (
        found.text.count("\ufffd") if found.encoding == "utf-8" else len(_NON_ASCII.findall(found.text))
    )
    if doubtful * _PER_DOUBT > len(found.text):
        raise RejectedFile(RejectionReason.UNSURE)
    return found.text.replace("\ufffd", "")


_READERS = {
    "txt": _plain,
    "md": _markdown,
    "pdf": _pdf,
    "rtf": _rtf,
    "html": _html,
    **dict.fromkeys(_WITH_ALL_WORDS, _zipped),
    **dict.fromkeys(("docx", "docm"), _docx),
    "doc": _old_word,
    "pages": _pages,
    "fodt": _flat_opendocument,
    **dict.fromkeys(MAIL_KINDS, _mail),
    **dict.fromkeys((f"{kind}{ENVELOPES}" for kind in MAIL_KINDS), _envelopes),
    "enex": _evernote,
    "jex": _joplin,
    "fountain": _screenplay,
    "srt": _subtitles,
}
