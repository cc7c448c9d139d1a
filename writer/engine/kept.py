"""Where graphs and tables made from a model are kept: in its folder where possible, else in the cache."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from writer.paths import cache_dir

_FOLDER = ".writer"


def kept_beside(folder: Path) -> Path:
    """The folder for graphs and tables made from the model in `folder`. It may not exist yet."""
    if os.access(folder, os.W_OK):
        return folder / _FOLDER
    return cache_dir() / "graphs" / hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
