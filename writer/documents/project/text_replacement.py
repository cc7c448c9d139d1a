"""Replacing what a search found in files that are not open, through the way that every text is saved."""

from __future__ import annotations

from pathlib import Path

from writer.documents.text_file import (
    ChangedOutsideError,
    DocumentError,
    FileVersion,
    read_document,
    write_document,
)
from writer.text.search import Query, Replacement, replace_all
from writer.text.utf16 import code_point_positions


def replace_in_file(path: Path, query: Query, replacement: str, known: FileVersion) -> int:
    """Replace all matches in the file at `path`, which is saved; returns their number.

    Raises ChangedOutsideError where the file is no longer `known`, SearchError, and DocumentError,
    also where its encoding is not certain; then the file stays as it is.
    """
    loaded = read_document(path)
    if loaded.version.digest != known.digest:
        raise ChangedOutsideError("{path} was changed by another program.", path=path)
    if loaded.candidates:
        raise DocumentError("The encoding of {path} is not certain; open it to choose one.", path=path)
    edit = replace_all(query, loaded.text, replacement)
    if edit is None:
        return 0
    write_document(path, replaced(loaded.text, edit), loaded.form, loaded.version)
    return edit.count


def replaced(text: str, edit: Replacement) -> str:
    """The text after an edit."""
    to_code_points = code_point_positions(text)
    return text[: to_code_points(edit.start)] + edit.text + text[to_code_points(edit.end) :]
