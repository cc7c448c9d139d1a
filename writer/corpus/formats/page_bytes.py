"""The bytes of a web page as text, with damage and declared encodings taken as browsers take them.

Sources: the encoding standard of WHATWG for the labels of Latin-1, XML 1.0 appendix F for EBCDIC.
"""

from __future__ import annotations

import codecs
import quopri
import re

_META_CHARSET = re.compile(rb"<meta[^>]{1,500}charset\s*=\s*[\"']?([\w-]+)", re.I)

_SHARE = 50
"""One in so many bytes may be null, and one another control; where more are, it is UTF-16, or no text."""

_CONTROLS = bytes([*range(1, 9), *range(16, 27), 28, 29, 30, 31, 127])
"""Bytes that stand for nothing in a page, in any encoding of single bytes; those of ISO 2022 are not here."""

_WINDOWS_1252 = frozenset({"ascii", "iso8859-1", "cp1252"})
"""The codecs whose labels mean Windows 1252 to browsers."""
_UNASSIGNED = b"\x81\x8d\x8f\x90\x9d"
"""The bytes that Windows 1252 has no characters for; browsers show nothing for them."""

_EBCDIC_BLANKS = b"\x40\x05\x0d\x15\x25"
_EBCDIC_STARTS = tuple(
    start.encode("cp037") for start in ("<?xml", "<!doctype", "<!DOCTYPE", "<html", "<HTML")
)
_EBCDIC_LABEL = re.compile(r"(?:charset|encoding)\s*=\s*[\"']?(?:ibm|cp)-?([0-9]{2,5})\b", re.I)
_HEAD = 1024


def repaired(data: bytes) -> bytes:
    """A page without a few control bytes, and not in quoted-printable, as the source of a mail has it."""
    for unwanted in (b"\0", _CONTROLS):
        left = data.translate(None, unwanted)
        if 0 < _SHARE * (len(data) - len(left)) < len(data):
            data = left
    is_quoted = data.count(b"=3D") > 2 and b'="' not in data
    return quopri.decodestring(data) if is_quoted else data


def declared_text(data: bytes) -> str | None:
    """The text in the encoding that a page declares; None where it declares none, or not its own."""
    found = _META_CHARSET.search(data)
    try:
        name = codecs.lookup(found[1].decode()).name if found else ""
        if name in _WINDOWS_1252:
            return data.translate(None, _UNASSIGNED).decode("cp1252")
        return data.decode(name) if name else None
    except (UnicodeError, LookupError):
        return None


def ebcdic_text(data: bytes) -> str | None:
    """The text of a page in EBCDIC, as mainframes write it; None for all others."""
    if not data[:_HEAD].lstrip(_EBCDIC_BLANKS).startswith(_EBCDIC_STARTS):
        return None
    label = _EBCDIC_LABEL.search(data[:_HEAD].decode("cp037"))
    text = data.decode("cp037")  # letters and digits lie alike in all of them
    if label:
        try:
            named = data.decode(f"cp{int(label[1]):03}")
        except (UnicodeError, LookupError):
            named = ""
        text = named if named.lstrip().startswith("<") else text
    return text.replace("\x85", "\n")
