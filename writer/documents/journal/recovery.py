"""Recovery of what a journal holds: the text with all its edits, and whether it is more than what was saved.

Damage never hides what is whole. Up to the first damaged record the text is exact; behind it the remaining
edits are made where they fit best, and that text is a second one. Nothing is written here.
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
    DocumentError,
    FileState,
    file_state,
    read_document,
    version_if_it_holds,
)


class JournalError(OSError):
    """A journal cannot be read: its base is gone, or nothing in it is whole."""


@dataclass(frozen=True, slots=True)
class RecoveredText:
    """What a journal holds.

    `changed`: the text differs from what the file holds; where it does not, `text` is not read. `size` is how
    much of the log is whole, `time` when it was last written (seconds since 1970). `damaged`: bytes of the
    journal have changed; then `text` is what came before the damage, and `rest` the text with all edits that
    can be read, "" where that is the same.
    """

    generation: int
    title: DocumentInfo
    text: str
    view: View
    changed: bool
    size: int
    time: float
    damaged: bool = False
    rest: str = ""


@dataclass(frozen=True, slots=True)
class _Log:
    """The records of a log: those before any damage, which end at `size`, and those behind it."""

    whole: tuple[Record, ...]
    behind: tuple[Record, ...]
    size: int
    time: float
    damaged: bool

    @property
    def begun(self) -> bool:
        return BEGUN in self.whole or BEGUN in self.behind

    @property
    def titles(self) -> list[DocumentInfo]:
        return [record for record in self.whole + self.behind if isinstance(record, DocumentInfo)]

    @property
    def edited(self) -> bool:
        return any(isinstance(record, Edit) for record in self.whole + self.behind)


def read_newest(folder: JournalFolder) -> RecoveredText:
    """What the newest generation that counts holds. JournalError, OSError."""
    problem = JournalError("no log has begun")
    damaged: list[int] = []
    for generation in folder.generations():
        log = _read_log(folder.log(generation))
        if not log.begun and log.damaged:
            damaged.append(generation)
        elif log.begun:
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


def read_generation(folder: JournalFolder, generation: int, until: int) -> str:
    """The text of a generation at the place `until` in its log. JournalError, OSError."""
    log = _read_log(folder.log(generation), until)
    if not log.titles or not log.begun or log.damaged:
        raise JournalError("the log has not begun, or is damaged")
    base = _base(folder, generation, log.titles[0])
    if base is None or base.damaged:
        raise JournalError("the base is gone")
    text = Utf16Buffer(base.text)
    for record in log.whole:
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
    titles = log.titles
    title = titles[-1] if titles else DocumentInfo(saved=False, empty=True)
    found = RecoveredText(generation, title, "", _view(log.whole), False, log.size, log.time)
    base = None
    if title.saved and not log.edited and not log.damaged:
        if title.stamp is None or file_state(Path(title.path), title.stamp) not in _GONE:
            return found
        base = read_base(folder, generation)
        if base is None:  # nothing but which file was open
            return found
        if not base.damaged:
            return replace(found, text=base.text, changed=True)
    base = base or _base(folder, generation, titles[0] if titles else title)
    if base is None:
        if not log.edited:
            raise JournalError("the base is gone")
        base = BaseText("", damaged=True)
    return _replay(found, base, log)


def _replay(found: RecoveredText, base: BaseText, log: _Log) -> RecoveredText:
    """The text with the edits of a log, and where there is damage what comes behind it."""
    text, begin = Utf16Buffer(base.text), base.text
    damaged, size = log.damaged, found.size
    left: Sequence[Record] = log.behind
    saving: tuple[Saving, str] | None = None
    for index, record in enumerate(log.whole):
        if isinstance(record, Saving):
            saving = record, text.text()
        elif isinstance(record, Edit):
            try:
                text.apply(record)
            except ValueError:
                damaged, left = True, (*log.whole[index:], *log.behind)
                break
    now = text.text()
    title = found.title
    if saving is not None:
        (path, form), saved_text = (saving[0].path, saving[0].form), saving[1]
        if stamp := version_if_it_holds(Path(path), saved_text, form):
            title, begin = DocumentInfo(path, form, stamp), saved_text
    damaged = damaged or base.damaged
    for record in left:
        if isinstance(record, Edit):
            text.apply_nearby(record)
    rest = text.text() if damaged else ""
    changed = damaged or not title.saved or now != begin
    return replace(
        found,
        title=title,
        text=now,
        changed=changed,
        size=size,
        damaged=damaged,
        rest=rest if rest != now else "",
    )


_GONE: tuple[FileState, ...] = ("missing", "emptied")


def _view(records: Sequence[Record]) -> View:
    """The last place that was told: the cursor stands behind an edit."""
    for record in reversed(records):
        if isinstance(record, View):
            return record
        if isinstance(record, Edit):
            place = record.position + len(record.added) // 2
            return View(place, place)
    return View()


def _base(folder: JournalFolder, generation: int, title: DocumentInfo) -> BaseText | None:
    """The text that the edits apply to: the base, or while that is not there the file it is copied from."""
    base = read_base(folder, generation)
    if base is not None or title.empty:
        return base or BaseText("")
    try:
        loaded = read_document(Path(title.path), title.form.encoding)
    except DocumentError:
        return None
    if title.stamp is None or loaded.stamp.digest != title.stamp.digest:
        return None
    return BaseText(loaded.text)
