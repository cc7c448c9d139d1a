"""Files that hold what people wrote: readable by their owner alone, and whole or not there at all."""

from __future__ import annotations

from pathlib import Path

from writer.base import atomic_file, paths
from writer.corpus.document import CorpusError

PRIVATE_FOLDER = 0o700


def corpus_cache() -> Path:
    """Where everything lies that was read from people's folders, a folder for each."""
    return paths.cache_dir() / "corpus"


def make_private_folder(folder: Path) -> Path:
    """The folder, made where it is missing. Raises CorpusError."""
    try:
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    except OSError as error:
        raise disk_error(folder, error) from error
    return folder


def write_private(file: Path, data: bytes) -> None:
    """Put `data` into `file`, at once. Raises CorpusError; then what was there before is still there."""
    make_private_folder(file.parent)
    try:
        atomic_file.replace(file, data, sync=False)
    except OSError as error:
        raise disk_error(file, error) from error


def disk_error(place: Path, error: OSError) -> CorpusError:
    """What is raised when `place` cannot be written."""
    return CorpusError(atomic_file.disk_problem(place, error))
