"""Where graphs and tables made from a model are kept: in its folder where possible, else in the cache."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from writer.base.paths import cache_dir

_FOLDER = ".writer"


def derived_folder(folder: Path) -> Path:
    """The folder for graphs and tables made from the model in `folder`. It may not exist yet."""
    return folder / _FOLDER if os.access(folder, os.W_OK) else _in_cache(folder)


def delete_cached(folder: Path) -> None:
    """Delete what the cache keeps of the model in `folder`; the rest goes with the folder."""
    shutil.rmtree(_in_cache(folder), ignore_errors=True)


def _in_cache(folder: Path) -> Path:
    return cache_dir() / "graphs" / hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
