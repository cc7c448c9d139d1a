"""The cache of extracted texts: files that only their owner can read, written atomically."""

from __future__ import annotations

from pathlib import Path

from writer.base import atomic_file, paths
from writer.corpus.document import CorpusError

PRIVATE_FOLDER = 0o700


def corpus_cache() -> Path:
    """The folder of the cache, with a subfolder for each source folder."""
    return paths.cache_dir() / "corpus"


def make_private_folder(folder: Path) -> Path:
    """Make `folder` where it is missing, readable by its owner only; returns it. Raises CorpusError."""
    try:
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    except OSError as error:
        raise disk_error(folder, error) from error
    return folder


def write_private(file: Path, data: bytes) -> None:
    """Replace the content of `file` by `data`. Raises CorpusError; the file is then as it was."""
    make_private_folder(file.parent)
    try:
        atomic_file.replace(file, data, sync=False)
    except OSError as error:
        raise disk_error(file, error) from error


def disk_error(place: Path, error: OSError) -> CorpusError:
    """The error for a `place` that cannot be written."""
    return CorpusError(atomic_file.disk_problem(place, error))
