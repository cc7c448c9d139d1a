"""The place of derived files (ONNX graphs, token tables): in the model's folder, or in the cache.

The cache is used where the model's folder cannot be written.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from writer.base.paths import cache_dir

_FOLDER = ".writer"


def derived_folder(folder: Path) -> Path:
    """The folder for the files derived from the model in `folder`. It may not exist yet."""
    return folder / _FOLDER if os.access(folder, os.W_OK) else _in_cache(folder)


def delete_cached(folder: Path) -> None:
    """Delete the derived files of the model in `folder` from the cache; those in the folder stay."""
    shutil.rmtree(_in_cache(folder), ignore_errors=True)


def _in_cache(folder: Path) -> Path:
    return cache_dir() / "graphs" / hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
