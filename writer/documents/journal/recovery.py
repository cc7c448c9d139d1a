"""Reads what a journal holds: the text with all its edits, and whether it is more than what was saved."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from writer.documents.journal.journal_folder import JournalFolder
from writer.documents.journal.records import BEGUN, DocumentInfo, Edit, Record, Saving, View, decode
from writer.documents.journal.utf16_buffer import Utf16Buffer
from writer.documents.text_file import DocumentError, read_document, version_if_it_holds


class JournalError(OSError):
    """A journal cannot be read: its base is gone, or nothing in it is whole."""


@dataclass(frozen=True, slots=True)
class RecoveredText:
    """What a journal holds.

    `changed`: the text differs from what the file held; where it does not, `text` is not read. `size` is how
    much of the log is whole, `time` when it was last written (seconds since 1970).
    """

    generation: int
    title: DocumentInfo
    text: str
    view: View
    changed: bool
    size: int
    time: float


def read_newest(folder: JournalFolder) -> RecoveredText:
    """What the newest generation that counts holds. JournalError, OSError."""
    problem = JournalError("no log has begun")
    for generation in folder.generations():
        try:
            return read_generation(folder, generation)
        except JournalError as error:
            problem = error
    raise problem


def read_generation(folder: JournalFolder, generation: int, until: int | None = None) -> RecoveredText:
    """What a generation holds, `until` a place in its log. JournalError, OSError."""
    with folder.log(generation).open("rb") as file:
        data = file.read() if until is None else file.read(until)
        time = os.fstat(file.fileno()).st_mtime
    records = list(decode(data))
    titles = [record for record, _ in records if isinstance(record, DocumentInfo)]
    if not titles or not any(record is BEGUN for record, _ in records):
        raise JournalError("the log has not begun")
    title, size = titles[-1], records[-1][1]
    if title.saved and not any(isinstance(record, Edit) for record, _ in records):
        return RecoveredText(generation, title, "", _view(records), False, size, time)
    base = _base(folder.base(generation), titles[0])
    text = Utf16Buffer(base)
    saving: tuple[Saving, str] | None = None
    for index, (record, _) in enumerate(records):
        if isinstance(record, Saving):
            saving = record, text.text()
        elif isinstance(record, Edit):
            try:
                text.apply(record)
            except ValueError:
                records = records[:index]
                size = records[-1][1]
                break
    now = text.text()
    if saving is not None:
        (path, form), saved_text = (saving[0].path, saving[0].form), saving[1]
        if stamp := version_if_it_holds(Path(path), saved_text, form):
            title, base = DocumentInfo(path, form, stamp), saved_text
    return RecoveredText(generation, title, now, _view(records), not title.saved or now != base, size, time)


def _view(records: list[tuple[Record, int]]) -> View:
    """The last place that was told: the cursor stands behind an edit."""
    for record, _ in reversed(records):
        if isinstance(record, View):
            return record
        if isinstance(record, Edit):
            place = record.position + len(record.added) // 2
            return View(place, place)
    return View()


def _base(path: Path, title: DocumentInfo) -> str:
    """The text that the edits apply to: the base, or while that is not there the file it is copied from."""
    with contextlib.suppress(FileNotFoundError):
        return path.read_bytes().decode("utf-8", "surrogatepass")
    if title.empty:
        return ""
    try:
        loaded = read_document(Path(title.path), title.form.encoding)
    except DocumentError as error:
        raise JournalError("the base is gone") from error
    if title.stamp is None or loaded.stamp.digest != title.stamp.digest:
        raise JournalError("the base is gone")
    return loaded.text
