"""What the program keeps on this computer, where, and how much of it may go without a loss."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from writer.app.documents.journals import NAME as JOURNALS
from writer.app.documents.journals import clear as clear_journals
from writer.app.documents.session import FILE_NAME as SESSION
from writer.base import paths
from writer.base.log import FILE as LOG_FILE

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StoredItem:
    """One kind of what is kept: files and folders in `folder`. `title` and `about` are source texts."""

    name: str
    title: str
    about: str
    folder: Path
    what: tuple[Path, ...]
    clearable: bool = False
    delete: Callable[[Path], None] | None = None
    """Deletes what may go of one of `what`, where not all of it may."""

    def bytes(self) -> int:
        """How much room it takes now."""
        return sum(map(paths.bytes_below, self.what))

    def clear(self) -> None:
        """Delete it. What is in use is emptied where it cannot go. OSError."""
        for path in self.what:
            if self.delete is not None:
                self.delete(path)
            elif path.is_dir():
                shutil.rmtree(path)
            elif path.name == LOG_FILE and path.exists():
                os.truncate(path, 0)
            else:
                path.unlink(missing_ok=True)


def stored_items() -> tuple[StoredItem, ...]:
    """Everything that the program keeps, in the order in which a person may ask about it."""
    state, data, settings = paths.state_dir(), paths.data_dir(), paths.config_dir()
    return (
        StoredItem(
            "unsaved",
            "Text not saved yet",
            "So that nothing is lost when the computer stops. It goes when you save or close the text.",
            data,
            (data / JOURNALS,),
            clearable=True,
            delete=clear_journals,
        ),
        StoredItem(
            "settings",
            "Settings",
            "A text file that you may read and edit.",
            settings,
            (settings,),
        ),
        StoredItem(
            "models",
            "Models",
            "The page Model shows them one by one.",
            paths.models_dir(),
            (paths.models_dir(),),
        ),
        StoredItem(
            "statistics",
            "Statistics",
            "Numbers for each day, without any text.",
            state,
            (state / "statistics.json",),
            clearable=True,
        ),
        StoredItem(
            "session",
            "Open and recent files",
            "Their names, and where the window stood.",
            state,
            (state / SESSION,),
            clearable=True,
        ),
        *_left_by_work(paths.log_dir(), paths.cache_dir()),
    )


def _left_by_work(logs: Path, cache: Path) -> tuple[StoredItem, ...]:
    """What the program leaves behind when it runs."""
    return (
        StoredItem(
            "logs",
            "Logs and crash reports",
            "What the program did, never what you wrote.",
            logs,
            tuple(sorted({logs / LOG_FILE, *logs.glob(f"{LOG_FILE}.*"), *logs.glob("crash-*.txt")})),
            clearable=True,
        ),
        StoredItem(
            "caches",
            "Caches",
            "Made again when they are needed; the next start of a model then takes some seconds longer.",
            cache,
            tuple(sorted(cache.iterdir())),
            clearable=True,
        ),
    )
