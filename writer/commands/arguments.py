"""Types of command line arguments."""

from __future__ import annotations

from pathlib import Path

from writer.base.errors import UserError
from writer.base.paths import named_path


def path(text: str) -> Path:
    """The path of a file or folder. Raises UserError where `text` is empty."""
    found = named_path(text)
    if found is None:
        raise UserError("A name is empty; give the name of a file or folder.")
    return found
