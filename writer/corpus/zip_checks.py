"""Checks of zipped documents before their conversion: zip bombs, encryption, and the creation date."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from datetime import date

from writer.corpus.dates import find_date
from writer.corpus.document import RejectionReason

MAX_BYTES = 200 << 20
"""The largest size of all members of a document together, in bytes after decompression."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""The first bytes of an OLE file: a Word document from before 2007, or an encrypted one."""

_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_MAX_MEMBER_BYTES = 1 << 20
_PROPERTIES = {
    "docProps/core.xml": re.compile(rb"<dcterms:created[^>]*>([^<]+)<"),
    "meta.xml": re.compile(rb"<meta:creation-date>([^<]+)<"),
}
"""The members with the creation date, and its pattern."""

_ENCRYPTION_MARKS = {
    "META-INF/manifest.xml": re.compile(rb"<manifest:encryption-data"),
    "META-INF/encryption.xml": re.compile(rb"URI=[\"'][^\"']+\.x?html?[\"']"),
}
"""The members that declare encrypted content, and the pattern of the declaration."""

DAMAGE_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    OSError,
)
"""The errors that the standard library raises on damaged archives."""


def is_ole(data: bytes) -> bool:
    """Whether a file is one of OLE's containers, as of Word before 2007."""
    return data.startswith(_OLE)


def rejection_reason(data: bytes) -> RejectionReason | None:
    """The reason to reject an archive; None where there is none."""
    if is_ole(data):
        return RejectionReason.ENCRYPTED if _ENCRYPTED in data else RejectionReason.OLD_FORMAT
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if sum(member.file_size for member in members) > MAX_BYTES:
                return RejectionReason.TOO_LARGE
            if any(member.flag_bits & 1 for member in members):
                return RejectionReason.ENCRYPTED
            locked = any(
                pattern.search(_read_member(archive, name)) for name, pattern in _ENCRYPTION_MARKS.items()
            )
            return RejectionReason.ENCRYPTED if locked else None
    except DAMAGE_ERRORS:
        return RejectionReason.DAMAGED


def creation_date(data: bytes) -> date | None:
    """The creation date in the properties of a zipped document; None where there is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name, pattern in _PROPERTIES.items():
                if found := pattern.search(_read_member(archive, name)):
                    return find_date(found[1].decode("utf-8", "replace"))
    except DAMAGE_ERRORS:
        pass
    return None


def member(data: bytes, name: str, limit: int) -> bytes:
    """The first `limit` bytes of a member of an archive; empty where it is missing or damaged."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _read_member(archive, name, limit)
    except DAMAGE_ERRORS:
        return b""


def _read_member(archive: zipfile.ZipFile, name: str, limit: int = _MAX_MEMBER_BYTES) -> bytes:
    """The first bytes of a member; empty where it is missing."""
    try:
        with archive.open(name) as found:
            return found.read(limit)
    except KeyError:
        return b""
