"""Types of arguments of the command line."""

from __future__ import annotations

from pathlib import Path

from writer.base.errors import UserError
from writer.base.paths import named_path


def path(text: str) -> Path:
    """A file or folder that has to be named. Raises UserError for an empty name."""
    found = named_path(text)
    if found is None:
        raise UserError("A name is empty; give the name of a file or folder.")
    return found
