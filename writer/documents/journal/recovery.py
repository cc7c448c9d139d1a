"""Recovery of the text in a journal: its base with all edits, and whether it differs from the saved file.

Up to the first damaged record the text is exact. The intact edits behind it are applied where they fit best,
which gives a second text. Nothing is written here.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from writer.documents.journal.base_file import BaseText, read_base
from writer.documents.journal.journal_folder import JournalFolder
from writer.documents.journal.records import (
    BEGUN,
    DocumentInfo,
    Edit,
    Record,
    Saving,
    View,
    decode,
    decode_behind,
    is_damaged,
)
from writer.documents.journal.utf16_buffer import Utf16Buffer
from writer.documents.text_file import (
    LOST,
    DocumentError,
    file_state,
    read_document,
    version_if_equal,
)


class JournalError(OSError):
    """A journal cannot be read: its base is missing, or no record in it is intact."""


@dataclass(frozen=True, slots=True)
class RecoveredText:
    """The text recovered from a journal.

    `changed`: the text differs from the file's content; where it does not, `text` may be "". `size` is the
    length of the intact log in bytes, `time` when it was last written (seconds since 1970). `damaged`: the
    journal is damaged; then `text` is the exact one before the damage, and `salvaged` the one with all edits
    that can be read, "" where it is the same.
    """

    generation: int
    info: DocumentInfo
    text: str
    view: View
    changed: bool
    size: int
    time: float
    damaged: bool = False
    salvaged: str = ""


@dataclass(frozen=True, slots=True)
class _Log:
    """The records of a log: the intact ones, which end at byte `size`, and those behind any damage."""

    intact: tuple[Record, ...]
    behind: tuple[Record, ...]
    size: int
    time: float
    damaged: bool

    @property
    def has_begun(self) -> bool:
        return BEGUN in self.intact or BEGUN in self.behind

    @property
    def infos(self) -> list[DocumentInfo]:
        return [record for record in self.intact + self.behind if isinstance(record, DocumentInfo)]

    @property
    def has_edits(self) -> bool:
        return any(isinstance(record, Edit) for record in self.intact + self.behind)


def read_newest(folder: JournalFolder) -> RecoveredText:
    """The text of the newest valid generation. Raises JournalError, OSError."""
    problem = JournalError("no log has begun")
    damaged: list[int] = []
    for generation in folder.generations():
        log = _read_log(folder.log(generation))
        if not log.has_begun and log.damaged and (log.intact or log.behind):
            damaged.append(generation)
        elif log.has_begun:
            try:
                return _recover(folder, generation, log)
            except JournalError as error:
                problem = error
    for generation in damaged:  # the record that says that it counts may be the damaged one
        try:
            return _recover(folder, generation, _read_log(folder.log(generation)))
        except JournalError as error:
            problem = error
    raise problem


def read_info(path: Path) -> DocumentInfo | None:
    """The latest info in the journal at `path`, which another process may be writing. Raises OSError."""
    for log_file in sorted(path.glob("*.log"), key=lambda file: file.stat().st_mtime, reverse=True):
        if infos := _read_log(log_file).infos:
            return infos[-1]
    return None


def read_generation(folder: JournalFolder, generation: int, until: int) -> str:
    """The text of a generation at the byte `until` of its log. Raises JournalError, OSError."""
    log = _read_log(folder.log(generation), until)
    if not log.infos or not log.has_begun or log.damaged:
        raise JournalError("the log has not begun, or is damaged")
    base = _base(folder, generation, log.infos[0])
    if base is None or base.damaged:
        raise JournalError("the base is gone")
    text = Utf16Buffer(base.text)
    for record in log.intact:
        if isinstance(record, Edit):
            text.apply(record)
    return text.text()


def _read_log(path: Path, until: int | None = None) -> _Log:
    with path.open("rb") as file:
        data = file.read() if until is None else file.read(until)
        time = os.fstat(file.fileno()).st_mtime
    read = list(decode(data))
    size = read[-1][1] if read else 0
    damaged = size < len(data) and is_damaged(data, size)
    behind = [record for record, _ in decode_behind(data, size)] if damaged else []
    return _Log(tuple(record for record, _ in read), tuple(behind), size, time, damaged)


def _recover(folder: JournalFolder, generation: int, log: _Log) -> RecoveredText:
    infos = log.infos
    info = infos[-1] if infos else DocumentInfo(saved=False, empty=True)
    found = RecoveredText(generation, info, "", _view(log.intact), False, log.size, log.time)
    base = None
    if info.saved and not log.has_edits and not log.damaged:
        if info.stamp is None or file_state(Path(info.path), info.stamp) not in LOST:
            return found
        base = read_base(folder, generation)
        if base is None:  # nothing but which file was open
            return found
        if not base.damaged:
            return replace(found, text=base.text, changed=True)
    base = base or _base(folder, generation, infos[0] if infos else info)
    if base is None:
        if not log.has_edits:
            raise JournalError("the base is gone")
        base = BaseText("", damaged=True)
    return _replay(found, base, log)


def _replay(found: RecoveredText, base: BaseText, log: _Log) -> RecoveredText:
    """Apply the edits of a log to `base`, and those behind any damage where they fit."""
    text, begin = Utf16Buffer(base.text), base.text
    damaged = log.damaged
    remaining: Sequence[Record] = log.behind
    saving: tuple[Saving, str] | None = None
    for index, record in enumerate(log.intact):
        if isinstance(record, Saving):
            saving = record, text.text()
        elif isinstance(record, Edit):
            try:
                text.apply(record)
            except ValueError:
                damaged, remaining = True, (*log.intact[index:], *log.behind)
                break
    now = text.text()
    info = found.info
    if saving is not None:
        (path, form), saved_text = (saving[0].path, saving[0].form), saving[1]
        if version := version_if_equal(Path(path), saved_text, form):
            info, begin = DocumentInfo(path, form, version), saved_text
    if not info.saved and info.path and (version := version_if_equal(Path(info.path), now, info.form)):
        info, begin = DocumentInfo(info.path, info.form, version), now  # a file that was gone is back
    damaged = damaged or base.damaged
    for record in remaining:
        if isinstance(record, Edit):
            text.apply_nearby(record)
    salvaged = text.text() if damaged else ""
    changed = damaged or not info.saved or now != begin
    return replace(
        found,
        info=info,
        text=now,
        changed=changed,
        damaged=damaged,
        salvaged=salvaged if salvaged != now else "",
    )


def _view(records: Sequence[Record]) -> View:
    """The last logged view; after an edit the cursor is behind it."""
    for record in reversed(records):
        if isinstance(record, View):
            return record
        if isinstance(record, Edit):
            place = record.position + len(record.added) // 2
            return View(place, place)
    return View()


def _base(folder: JournalFolder, generation: int, info: DocumentInfo) -> BaseText | None:
    """The base of a generation; while it is not written yet, the file that it is a copy of."""
    base = read_base(folder, generation)
    if base is not None or info.empty:
        return base or BaseText("")
    try:
        loaded = read_document(Path(info.path), info.form.encoding)
    except DocumentError:
        return None
    if info.stamp is None or loaded.version.digest != info.stamp.digest:
        return None
    return BaseText(loaded.text)
