"""Text files, read and written without losing a byte: encoding, line ends, mode and links stay.

At every moment the disk holds the old text or the new one, whole.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from writer.base import atomic_file
from writer.base.errors import UserError, os_reason
from writer.documents.encoding_detection import candidates, detect_and_decode
from writer.documents.text_format import TextFormat, UnkeptError, UnwritableError, decode, encode

_EXCERPT = 2_000
"""Characters of a text that help to tell whether it was read rightly."""


class DocumentError(UserError):
    """A file that cannot be read or written; `sentence` says why and what to do."""


class EncodingError(DocumentError):
    """The encoding of the file cannot hold the text; in UTF-8 it can be saved."""


class ChangedOutsideError(DocumentError):
    """Another program changed the file since it was read or written here."""


@dataclass(frozen=True, slots=True)
class FileVersion:
    """Tells whether a file is still the one that was read or written: size, time in ns, SHA-256.

    `status_time` is when the system last noted a change of the file itself (ctime, ns), which other programs
    cannot set back; 0 where that is not known, and then the content is compared.
    """

    size: int
    time: int
    digest: str
    status_time: int = 0


FileState = Literal["same", "changed", "emptied", "missing"]
"""What another program may have made of a file."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An encoding in which a file gives a text, and how the first of its telling lines look then."""

    encoding: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class LoadedText:
    """A file's text as the editor takes it (lines end with a newline character), its form and its stamp.

    Where nothing tells the encoding beyond doubt, `doubt` has those that are possible, the likeliest first,
    which `text` was read in: the writer is to be asked before anything else.
    """

    text: str
    form: TextFormat
    stamp: FileVersion
    doubt: tuple[Candidate, ...] = ()


def read_document(path: Path, encoding: str = "") -> LoadedText:
    """Read a text file, in the encoding that it shows or in the one that is given. Raises DocumentError."""
    data, status = _read(path)
    doubt: tuple[Candidate, ...] = ()
    if not encoding:
        found = detect_and_decode(data)
        if found is None:
            raise DocumentError("{path} is not a text file; choose another file.", path=path)
        encoding = found.encoding
        doubt = () if found.sure else _candidates(data)
    try:
        text, form = decode(data, encoding)
    except UnicodeDecodeError as error:
        raise DocumentError(
            "{path} is not text in the encoding {encoding}; choose another one.", path=path, encoding=encoding
        ) from error
    except UnkeptError as error:
        raise DocumentError(
            "{path} has characters that the editor cannot keep; edit it elsewhere.", path=path
        ) from error
    return LoadedText(text, form, _stamp(data, status), doubt)


def read_candidates(path: Path) -> tuple[Candidate, ...]:
    """The encodings in which the file at `path` gives a text, the likeliest first. Raises DocumentError."""
    return _candidates(_read(path)[0])


def _read(path: Path) -> tuple[bytes, os.stat_result]:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise DocumentError("{path} is not a file; choose a text file.", path=path)
        with path.open("rb") as file:
            return file.read(), os.fstat(file.fileno())
    except OSError as error:
        raise _refused("read", path, error) from error


def _candidates(data: bytes) -> tuple[Candidate, ...]:
    return tuple(Candidate(found.encoding, _excerpt(found.text)) for found in candidates(data))


def _excerpt(text: str) -> str:
    """The lines that show most about the encoding, from the first one that is more than ASCII."""
    lines = text.splitlines()
    first = next((i for i, line in enumerate(lines) if not line.isascii()), 0)
    return "\n".join(lines[max(0, first - 1) :])[:_EXCERPT]


def write_document(path: Path, text: str, form: TextFormat, known: FileVersion | None) -> FileVersion:
    """Put `text` into the file at `path`, and return its new stamp.

    `known` is the stamp of what the window has read or written there, None for "whatever is there".
    Raises ChangedOutsideError where the file is another one now, EncodingError where the form's encoding
    lacks a character, and DocumentError.
    """
    target = Path(os.path.realpath(path))
    data = _bytes(path, text, form)
    try:
        if known is not None and changed_outside(target, known):
            raise ChangedOutsideError("{path} was changed by another program.", path=path)
        if target.is_dir():
            raise DocumentError("{path} is a folder; choose another name.", path=path)
        if target.exists() and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return _stamp(data, atomic_file.replace(target, data, keep_rights=True))
    except OSError as error:
        raise _refused("save", path, error) from error


def version_if_it_holds(path: Path, text: str, form: TextFormat) -> FileVersion | None:
    """The stamp of the file at `path`, if it is what saving this text there gives; else None."""
    try:
        stamp = _stamp(*_read(path))
        return stamp if stamp.digest == _digest(_bytes(path, text, form)) else None
    except DocumentError:
        return None


def changed_outside(path: Path, known: FileVersion) -> bool:
    """Whether the file has another content than at `known`; one that is gone has none. May raise OSError."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return False
    times = (status.st_size, status.st_mtime_ns, _status_time(status))
    if known.status_time and times == (known.size, known.time, known.status_time):
        return False
    return status.st_size != known.size or _digest(path.read_bytes()) != known.digest


def file_state(path: Path, known: FileVersion) -> FileState:
    """What became of the content that the file had at `known`. A disk that does not answer has lost it."""
    try:
        if path.stat().st_size == 0 and known.size:
            return "emptied"
        return "changed" if changed_outside(path, known) else "same"
    except OSError:
        return "missing"


def _bytes(path: Path, text: str, form: TextFormat) -> bytes:
    if not form.exact:
        raise EncodingError("{path} has bytes that its encoding does not give back.", path=path)
    try:
        return encode(text, form)
    except UnwritableError as error:
        raise EncodingError(
            "The encoding of {path} does not have {characters}.", path=path, characters=error.characters
        ) from error


def _stamp(data: bytes, status: os.stat_result) -> FileVersion:
    return FileVersion(len(data), status.st_mtime_ns, _digest(data), _status_time(status))


def _status_time(status: os.stat_result) -> int:
    return 0 if sys.platform == "win32" else status.st_ctime_ns  # there it is when the file was made


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _refused(verb: str, path: Path, error: OSError) -> DocumentError:
    if verb == "read":
        sentences = {
            errno.ENOENT: "There is no file {path}; check the name.",
            errno.EACCES: "You may not read {path}; ask its owner for permission.",
        }
        other = "{path} could not be read ({reason})."
    else:
        sentences = {
            errno.ENOENT: "The folder of {path} is gone; save the text in another folder.",
            errno.EACCES: "You may not write {path}; save the text under another name.",
            errno.EROFS: "{path} is on a disk that can only be read; save the text somewhere else.",
            errno.ENOSPC: "The disk is full; make room, or save {path} on another disk.",
            errno.EDQUOT: "Your share of the disk is used up; make room, or save {path} on another disk.",
        }
        other = "{path} could not be saved ({reason}); save the text somewhere else."
    sentences[errno.EPERM] = sentences[errno.EACCES]
    return DocumentError(sentences.get(error.errno or 0, other), path=path, reason=os_reason(error))
