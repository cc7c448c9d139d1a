"""The words of all texts of a folder; a text that did not change is not read again."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from writer.base.progress import CancelCheck, Cancelled
from writer.documents.project.text_search import FileId, file_id
from writer.documents.text_file import DocumentError, read_document
from writer.text.word_count import count_text

FileState = tuple[FileId, int, int]
"""A file, its size in bytes and its time of change in ns."""


@dataclass(frozen=True, slots=True)
class FolderWords:
    """The words of a folder, and those of each file that was read, for the next count."""

    words: int = 0
    files: Mapping[FileState, int] | None = None


def count_words(
    folder: Path,
    names: Iterable[str],
    open_texts: Mapping[Path, str],
    before: FolderWords,
    cancelled: CancelCheck,
) -> FolderWords:
    """The words of the files `names` below `folder`; `open_texts` has those in the window by their paths.

    A file that cannot be read has none. Raises Cancelled.
    """
    opened = {file_id(path): text for path, text in open_texts.items()}
    known, files, total = before.files or {}, {}, 0
    for name in names:
        if cancelled():
            raise Cancelled
        try:
            status = os.stat(folder / name)
        except OSError:
            continue
        key = (status.st_dev, status.st_ino)
        if key in opened:
            total += count_text(opened[key]).words
            continue
        state = (key, status.st_size, status.st_mtime_ns)
        if state not in known:
            try:
                files[state] = count_text(read_document(folder / name).text).words
            except DocumentError:
                files[state] = 0
        else:
            files[state] = known[state]
        total += files[state]
    return FolderWords(total, files)
