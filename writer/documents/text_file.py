"""Lossless reading and atomic writing of text files: encoding, line ends, rights and links are kept."""

from __future__ import annotations

import errno
import hashlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from writer.base.errors import UserError, os_reason
from writer.base.regular_file import NotRegularError, TooLargeError, read_regular, require_regular
from writer.base.user_files import user_file
from writer.base.user_files.overwriting import roll_back
from writer.documents.encoding_detection import detect_and_decode, possible_decodings
from writer.documents.text_format import TextFormat, TooFewStandInsError, UnencodableError, decode, encode

MAX_MEGABYTES = 50
"""The largest file that is read as a text, in MB.

A long novel has 1 to 5. With 50 MB of prose the window takes 0.7 GB and six seconds, with 100 MB twice the
memory and three times as long.
"""

MAX_BYTES = MAX_MEGABYTES * 1_000_000

_EXCERPT = 2_000
"""The length of the excerpt in which the user can see whether an encoding is right, in characters."""


class DocumentError(UserError):
    """A file cannot be read or written; `sentence` says why and what to do."""


class EncodingError(DocumentError):
    """The file's encoding lacks characters of the text; in UTF-8 it can be saved."""


class ChangedOutsideError(DocumentError):
    """Another program changed the file since this one read or wrote it."""


@dataclass(frozen=True, slots=True)
class FileVersion:
    """The version of a file's content: size in bytes, time of change in ns, SHA-256 in hexadecimal.

    `status_time` is the file's ctime in ns, which other programs cannot set back; 0 where it is unknown or in
    whole seconds, in which a file can change again, and then the content is compared.
    """

    size: int
    time: int
    digest: str
    status_time: int = 0


NEW_FILE = FileVersion(0, 0, hashlib.sha256(b"").hexdigest())
"""The version of a file that is not there yet: as if it were empty, so that a missing one is no loss."""

FileState = Literal["same", "changed", "emptied", "missing"]
"""The state of a file compared with a known version."""

LOST: tuple[FileState, ...] = ("missing", "emptied")
"""The states in which the file no longer holds its text."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible encoding of a file, and in it an excerpt from the first lines that are not ASCII."""

    encoding: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class LoadedText:
    """A file's text for the editor (with newline characters), its format and its version.

    Where the encoding is not certain, `candidates` are the possible ones, the likeliest first; `text` is
    decoded in that one, and the user must choose.
    """

    text: str
    form: TextFormat
    version: FileVersion
    candidates: tuple[Candidate, ...] = ()


def read_document(path: Path, encoding: str = "") -> LoadedText:
    """Read a text file in the detected encoding or in `encoding`. Raises DocumentError."""
    data, status = _read(path)
    candidates: tuple[Candidate, ...] = ()
    if not encoding:
        found = detect_and_decode(data)
        if found is None:
            raise DocumentError("{path} is not a text file; choose another file.", path=path)
        encoding = found.encoding
        candidates = () if found.certain else _candidates(data)
    try:
        text, form = decode(data, encoding)
    except UnicodeDecodeError as error:
        raise DocumentError(
            "{path} is not text in the encoding {encoding}; choose another one.", path=path, encoding=encoding
        ) from error
    except TooFewStandInsError as error:
        raise DocumentError(
            "{path} has characters that the editor cannot keep; edit it elsewhere.", path=path
        ) from error
    return LoadedText(text, form, _version(data, status), candidates)


def can_begin(path: Path) -> bool:
    """Whether there is nothing at `path`, in a folder that is there."""
    return not os.path.lexists(path) and path.parent.is_dir()


def read_candidates(path: Path) -> tuple[Candidate, ...]:
    """The possible encodings of the file at `path`, the likeliest first. Raises DocumentError."""
    return _candidates(_read(path)[0])


def _read(path: Path) -> tuple[bytes, os.stat_result]:
    try:
        roll_back(Path(os.path.realpath(path)))
        return read_regular(path, MAX_BYTES)
    except NotRegularError as error:
        raise DocumentError("{path} is not a file; choose a text file.", path=path) from error
    except TooLargeError as error:
        raise DocumentError(
            "{path} is larger than {limit} MB; split it, and open its parts.", path=path, limit=MAX_MEGABYTES
        ) from error
    except OSError as error:
        raise _os_error("read", path, error) from error


def _candidates(data: bytes) -> tuple[Candidate, ...]:
    return tuple(Candidate(found.encoding, _excerpt(found.text)) for found in possible_decodings(data))


def _excerpt(text: str) -> str:
    """The lines from before the first one that is not ASCII, _EXCERPT characters at most."""
    lines = text.splitlines()
    first = next((i for i, line in enumerate(lines) if not line.isascii()), 0)
    return "\n".join(lines[max(0, first - 1) :])[:_EXCERPT]


def write_document(path: Path, text: str, form: TextFormat, known: FileVersion | None) -> FileVersion:
    """Replace the content of the file at `path` by `text`, whole or not at all; returns its new version.

    `known` is the version that was last read or written here, None to overwrite any. Raises
    ChangedOutsideError where the file has another one, EncodingError where the encoding lacks a character,
    and DocumentError.
    """
    target = Path(os.path.realpath(path))
    data = _bytes(path, text, form)
    try:
        roll_back(target)
        if target.is_dir():
            raise DocumentError("{path} is a folder; choose another name.", path=path)
        if known is not None and changed_outside(target, known):
            raise ChangedOutsideError("{path} was changed by another program.", path=path)
        if target.exists() and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return _version(data, user_file.write(target, data))
    except NotRegularError as error:
        raise DocumentError("{path} is not a file; choose another name.", path=path) from error
    except OSError as error:
        raise _os_error("save", path, error) from error


def version_if_equal(path: Path, text: str, form: TextFormat) -> FileVersion | None:
    """The version of the file at `path` if its content is `text` in this format; else None."""
    try:
        expected = _bytes(path, text, form)
        data, status = read_regular(path, len(expected))
    except (DocumentError, OSError):
        return None
    return _version(data, status) if data == expected else None


def changed_outside(path: Path, known: FileVersion) -> bool:
    """Whether the file's content differs from `known`; False where it is missing. Raises OSError."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return False
    times = (status.st_size, status.st_mtime_ns, _status_time(status))
    if known.status_time and times == (known.size, known.time, known.status_time):
        return False
    try:
        return status.st_size != known.size or _digest(read_regular(path, known.size)[0]) != known.digest
    except (NotRegularError, TooLargeError):
        return True


def file_state(path: Path, known: FileVersion) -> FileState:
    """The state of the file compared with `known`; "missing" also where it is no file or cannot be read.

    A new file that is not there is the same.
    """
    try:
        status = path.stat()
        require_regular(path, status)
        if status.st_size == 0 and known.size:
            return "emptied"
        return "changed" if changed_outside(path, known) else "same"
    except FileNotFoundError:
        return "same" if known == NEW_FILE else "missing"
    except OSError:
        return "missing"


def _bytes(path: Path, text: str, form: TextFormat) -> bytes:
    if not form.exact:
        raise EncodingError("{path} has bytes that its encoding does not give back.", path=path)
    try:
        return encode(text, form)
    except UnencodableError as error:
        raise EncodingError(
            "The encoding of {path} does not have {characters}.", path=path, characters=error.characters
        ) from error


def _version(data: bytes, status: os.stat_result) -> FileVersion:
    return FileVersion(len(data), status.st_mtime_ns, _digest(data), _status_time(status))


def _status_time(status: os.stat_result) -> int:
    if sys.platform == "win32" or status.st_ctime_ns % 1_000_000_000 == 0:  # there: when the file was made
        return 0
    return status.st_ctime_ns


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _os_error(verb: str, path: Path, error: OSError) -> DocumentError:
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
