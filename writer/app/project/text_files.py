"""New, renamed, moved and deleted texts of a folder: nothing is overwritten, and nothing leaves it."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QFile

from writer.base import atomic_file
from writer.base.errors import os_reason
from writer.documents.text_file import DocumentError

_NEW_ENDING = ".md"
_FORBIDDEN = '<>:"\\|?*'
"""Characters that not every system takes in a name."""


def create_text(folder: Path, name: str) -> Path:
    """Make an empty text with the path `name` below a folder, and the subfolders that lead to it.

    A name without the ending of a text gets one. Raises DocumentError.
    """
    path = folder / checked_name(name, _NEW_ENDING)
    _require_free(path, name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "x", encoding="utf-8"):
            pass
    except OSError as error:
        raise DocumentError(
            "{name} could not be made ({reason}).", name=name, reason=os_reason(error)
        ) from error
    return path


def move_entry(folder: Path, old: str, new: str) -> Path:
    """Give a text or subfolder another path below the folder; returns the new path. Raises DocumentError.

    A text keeps its ending where the new name has none.
    """
    source = folder / old
    path = folder / checked_name(new, "" if source.is_dir() else source.suffix)
    if os.path.lexists(path) and not _is_same(source, path):
        _require_free(path, new)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic_file.move(source, path)
    except OSError as error:
        raise DocumentError(
            "{name} could not be moved ({reason}).", name=old, reason=os_reason(error)
        ) from error
    return path


def trash(path: Path) -> None:
    """Move a file or folder to the trash of the desktop. Raises DocumentError."""
    if not QFile(str(path)).moveToTrash():
        raise DocumentError(
            "{path} could not be moved to the trash; delete it in the file manager.", path=path
        )


def checked_name(name: str, ending: str) -> str:
    """A path for a text below the folder, with `ending` where it has none of a text. Raises DocumentError."""
    parts = [part.strip() for part in name.replace("\\", "/").split("/")]
    if not all(parts) or any(part.startswith(".") for part in parts) or set("".join(parts)) & set(_FORBIDDEN):
        raise DocumentError(
            "“{name}” cannot be used as a name; leave out points at its beginning, and {characters}.",
            name=name,
            characters=" ".join(_FORBIDDEN),
        )
    if not "".join(parts).isprintable():
        raise DocumentError("“{name}” has characters that cannot be seen; leave them out.", name=name)
    path = "/".join(parts)
    from writer.corpus.scan import KINDS  # takes 10 ms of a start

    return path if Path(path).suffix.lower() in KINDS else path + ending


def _require_free(path: Path, name: str) -> None:
    if os.path.lexists(path):
        raise DocumentError("There is a text or folder {name} already; choose another name.", name=name)


def _is_same(one: Path, other: Path) -> bool:
    """Whether both paths are one file, whose name changes its case only."""
    try:
        return os.path.samefile(one, other) and one.name.casefold() == other.name.casefold()
    except OSError:
        return False
