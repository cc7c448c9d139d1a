"""Files that hold what people wrote: readable by their owner alone, and whole or not there at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from writer.base import paths
from writer.base.atomic_file import disk_problem
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
    part = file.with_name(f".{file.name}.{secrets.token_hex(4)}.part")
    try:
        make_private_folder(file.parent)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as target:
            target.write(data)
        os.replace(part, file)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise disk_error(file, error) from error


def disk_error(place: Path, error: OSError) -> CorpusError:
    """What is raised when `place` cannot be written."""
    return CorpusError(disk_problem(place, error))
