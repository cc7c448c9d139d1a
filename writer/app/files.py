"""Text files, read and written without losing a byte: encoding mark, line ends, mode and links stay.

Saving writes a temporary file beside the document, syncs it, renames it over the document, and syncs the
folder: at every moment the disk holds the old text or the new one, whole.
"""

from __future__ import annotations

import codecs
import contextlib
import errno
import hashlib
import os
import re
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from writer.settings.sentence import Sentence

_BOM = codecs.BOM_UTF8
_RESERVED = "\r\u2029\ufdd0\ufdd1\ufffc"
_STAND_INS = [
    chr(code)
    for code in [*range(0xFDD2, 0xFDF0), *(p << 16 | n for p in range(1, 17) for n in (0xFFFE, 0xFFFF))]
]
"""Code points that Unicode promises never to give to a character."""


class DocumentError(Exception):
    """A file that cannot be read or written; `sentence` says why and what to do."""

    def __init__(self, text: str, **values: object) -> None:
        self.sentence = Sentence(text, values)
        super().__init__(str(self.sentence))


class ChangedOutsideError(DocumentError):
    """Another program changed the file since it was read or written here."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a text file has besides its text.

    `stand_ins` are pairs (character of the file, character that stands for it in the window): a few
    characters mean something else to the editor, so that they would not come back from it.
    """

    newline: str = "\n"
    bom: bool = False
    stand_ins: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Stamp:
    """Tells whether a file is still the one that was read or written: size, time in ns, SHA-256."""

    size: int
    time: int
    digest: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file's text as the editor takes it (lines end with a newline character), its form and its stamp."""

    text: str
    form: Form
    stamp: Stamp


def read_document(path: Path) -> Loaded:
    """Read a text file in UTF-8. Raises DocumentError."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise DocumentError("{path} is not a file; choose a text file.", path=path)
        with path.open("rb") as file:
            data = file.read()
            status = os.fstat(file.fileno())
    except OSError as error:
        raise _refused("read", path, error) from error
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DocumentError(
            "{path} is not text in UTF-8; convert it first, or choose another file.", path=path
        ) from error
    if "\0" in text:
        raise DocumentError("{path} is not a text file; choose another file.", path=path)
    text, form = _parse(path, text)
    return Loaded(text, form, _stamp(data, status))


def write_document(path: Path, text: str, form: Form, known: Stamp | None) -> Stamp:
    """Put `text` into the file at `path`, and return its new stamp.

    `known` is the stamp of what the window has read or written there, None for "whatever is there".
    Raises ChangedOutsideError where the file is another one now, and DocumentError.
    """
    target = Path(os.path.realpath(path))
    data = _format(text, form)
    try:
        if known is not None and changed_outside(target, known):
            raise ChangedOutsideError("{path} was changed by another program.", path=path)
        if target.is_dir():
            raise DocumentError("{path} is a folder; choose another name.", path=path)
        if target.exists() and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return _stamp(data, _replace(target, data))
    except OSError as error:
        raise _refused("save", path, error) from error


def changed_outside(path: Path, known: Stamp) -> bool:
    """Whether the file has another content than at `known`; one that is gone has none. May raise OSError."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return False
    if (status.st_size, status.st_mtime_ns) == (known.size, known.time):
        return False
    return status.st_size != known.size or _digest(path.read_bytes()) != known.digest


def _parse(path: Path, text: str) -> tuple[str, Form]:
    bom = text.startswith("\ufeff")
    if bom:
        text = text[1:]
    newline = _newline(text)
    if newline != "\n":
        text = text.replace(newline, "\n")
    used = [c for c in _RESERVED if c in text]
    free = [c for c in _STAND_INS if c not in text] if used else []
    if len(used) > len(free):
        raise DocumentError(
            "{path} has characters that the editor cannot keep; edit it elsewhere.", path=path
        )
    pairs = tuple(zip(used, free, strict=False))
    for original, stand_in in pairs:
        text = text.replace(original, stand_in)
    return text, Form(newline, bom, pairs)


def _newline(text: str) -> str:
    """The line end of all lines; a newline character where they are mixed (then "\\r" stays text)."""
    returns = text.count("\r")
    if not returns:
        return "\n"
    if text.count("\r\n") == returns == text.count("\n"):
        return "\r\n"
    return "\r" if "\n" not in text else "\n"


def _format(text: str, form: Form) -> bytes:
    if form.newline != "\n":
        text = text.replace("\n", form.newline)
    for original, stand_in in form.stand_ins:
        text = text.replace(stand_in, original)
    text = re.sub("[\ud800-\udfff]", "\ufffd", text)
    return (_BOM if form.bom else b"") + text.encode("utf-8")


def _replace(target: Path, data: bytes) -> os.stat_result:
    """Write `data` beside `target` and move it there. OSError; then `target` is as it was."""
    part = target.with_name(f".{target.name[:100]}.{secrets.token_hex(4)}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            _take_over_rights(target, part)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            status = os.fstat(file.fileno())
        os.replace(part, target)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise
    if os.name != "nt":
        _sync_folder(target.parent)
    return status


def _take_over_rights(old: Path, new: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        status = old.stat()
        if os.name != "nt" and (status.st_uid, status.st_gid) != (os.getuid(), os.getgid()):
            with contextlib.suppress(PermissionError):
                os.chown(new, status.st_uid, status.st_gid)
        new.chmod(stat.S_IMODE(status.st_mode))


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _stamp(data: bytes, status: os.stat_result) -> Stamp:
    return Stamp(len(data), status.st_mtime_ns, _digest(data))


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
    return DocumentError(
        sentences.get(error.errno or 0, other), path=path, reason=error.strerror or type(error).__name__
    )
