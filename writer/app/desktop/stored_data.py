"""The list of the data that the program stores on this computer: where, how large, and how it is cleared.

Everything in the folders of `writer.base.paths` belongs to one of these items; what no other item has is
listed as other files.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QSettings

from writer.app.documents.authorship_service import FOLDER_NAME as AUTHORSHIP
from writer.app.documents.histories import FOLDER_NAME as HISTORIES
from writer.app.documents.journals import FOLDER_NAME as JOURNALS
from writer.app.documents.journals import clear as clear_journals
from writer.app.documents.session import FILE_NAME as SESSION
from writer.app.documents.spelling_service import FILE_NAME as DICTIONARY
from writer.app.suggestions.learned_taking import FILE_NAME as TAKING
from writer.app.suggestions.usage_statistics import FILE_NAME as STATISTICS
from writer.base import paths
from writer.base.log import FILE as LOG_FILE
from writer.base.user_files.overwriting import NAME as ROLLBACK
from writer.base.user_files.overwriting import clear as clear_rollback_journals
from writer.corpus.private_cache import corpus_cache
from writer.documents.dictionaries import FOLDER as DICTIONARIES
from writer.settings.schema import THEMES
from writer.settings.store import FILE_NAME as SETTINGS
from writer.training.run_folder import TrainingRuns, training_folder

_CACHES = ("graphs", "compiled")
"""The folders of caches beside the corpus cache."""

_VISITED_KEYS = ("FileDialog/history", "FileDialog/lastVisited")
"""The settings in which Qt's file dialogs store the visited folders."""


def remove(path: Path) -> None:
    """Delete a file, or a folder with its content; a missing one is no error. Raises OSError."""
    with suppress(FileNotFoundError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


@dataclass(frozen=True, slots=True)
class StoredItem:
    """One kind of stored data; `title` and `about` are source texts, `folder` can be shown to the user.

    `find` returns its current files and folders, `size` the bytes of one of them.
    """

    name: str
    title: str
    about: str
    folder: Path
    find: Callable[[], Iterable[Path]]
    delete: Callable[[Path], None] | None = None
    """Deletes one of them; OSError, UserError. None where it cannot be deleted here."""

    size: Callable[[Path], int] = paths.bytes_below

    def bytes(self) -> int:
        """The current size in bytes."""
        return sum(map(self.size, self.find()))

    def clear(self) -> None:
        """Delete all files that can be deleted. Raises the first OSError after trying all, and UserError."""
        errors: list[OSError] = []
        if self.delete is None:
            return
        for path in list(self.find()):
            try:
                self.delete(path)
            except OSError as error:
                errors.append(error)
        if errors:
            raise errors[0]


def stored_items() -> tuple[StoredItem, ...]:
    """All items, in the order in which the window lists them."""
    known = (*_text_items(), *_configuration_items(), *_usage_items(), *_runtime_items())
    return (*known, *_other_items(known))


def _text_items() -> Iterator[StoredItem]:
    """Items that hold the user's texts."""
    data = paths.data_dir()
    runs = training_folder()
    yield StoredItem(
        "unsaved",
        "Text not saved yet",
        "So that nothing is lost when the computer stops. It goes when you save or close the text.",
        data,
        lambda: (data / JOURNALS, data / ROLLBACK),
        _clear_unsaved,
    )
    yield StoredItem(
        "versions",
        "Versions of your texts",
        "What you saved, so that you can go back to it. The files of your texts stay as they are.",
        data,
        lambda: (data / HISTORIES,),
        remove,
    )
    yield StoredItem(
        "authorship",
        "Where text comes from",
        "What you typed, took from suggestions, pasted or imported, without the texts themselves.",
        data,
        lambda: (data / AUTHORSHIP,),
        remove,
    )
    yield StoredItem(
        "training",
        "Unfinished trainings",
        "Each holds the texts that it learns from. It goes when the training is finished or discarded.",
        data,
        lambda: (runs,),
        lambda folder: TrainingRuns(folder).clear(),
    )
    yield StoredItem(
        "corpus",
        "Texts read for trainings",
        "What was read in the folders that you chose to learn from, so that the next training starts sooner.",
        corpus_cache(),
        lambda: (corpus_cache(),),
        _remove_unless_training,
    )


def _clear_unsaved(folder: Path) -> None:
    if folder.name == ROLLBACK:
        clear_rollback_journals()
    else:
        clear_journals(folder)


def _remove_unless_training(folder: Path) -> None:
    TrainingRuns().require_idle()
    remove(folder)


def _configuration_items() -> Iterator[StoredItem]:
    """Items that the user configured."""
    folder, models = paths.config_dir(), paths.models_dir()
    yield StoredItem(
        "settings",
        "Settings",
        "A text file that you may read and edit.",
        folder,
        lambda: _versions(folder / SETTINGS),
    )
    yield StoredItem(
        "dictionary",
        "Dictionary",
        "The words that you added to it; a text file that you may read and edit.",
        folder,
        lambda: _versions(folder / DICTIONARY),
        remove,
    )
    yield StoredItem(
        "dictionaries",
        "Dictionaries that you added",
        "With them texts in further languages are checked.",
        folder,
        lambda: (folder / DICTIONARIES,),
        remove,
    )
    yield StoredItem(
        "themes",
        "Themes of your own",
        "Files with colours; you may read and edit them.",
        folder,
        lambda: (folder / THEMES,),
    )
    yield StoredItem(
        "models",
        "Models",
        "The page Model shows them one by one.",
        models,
        lambda: (models,),
    )


def _usage_items() -> Iterator[StoredItem]:
    """Items about the use of the program."""
    state = paths.state_dir()
    yield StoredItem(
        "statistics",
        "Statistics",
        "Numbers for each day, without any text.",
        state,
        lambda: (*_versions(state / STATISTICS), *state.glob("evaluation-*.svg")),
        remove,
    )
    yield StoredItem(
        "taking",
        "Which suggestions you take",
        "A few numbers, without any text, by which fewer are shown of those that you hardly ever take.",
        state,
        lambda: _versions(state / TAKING),
        remove,
    )
    yield StoredItem(
        "session",
        "Open and recent files",
        "Their names, and where the window stood.",
        state,
        lambda: _versions(state / SESSION),
        remove,
    )
    yield _visited_item()


def _runtime_items() -> Iterator[StoredItem]:
    """Logs and caches."""
    logs, cache = paths.log_dir(), paths.cache_dir()
    yield StoredItem(
        "logs",
        "Logs and crash reports",
        "What the program did, never what you wrote.",
        logs,
        lambda: (*logs.glob(f"{LOG_FILE}*"), *logs.glob("crash-*.txt")),
        _empty_or_remove,
    )
    yield StoredItem(
        "caches",
        "Prepared models",
        "Made again when they are needed; the next start of a model then takes some seconds longer.",
        cache,
        _caches,
        remove,
    )


def _caches() -> list[Path]:
    """The cache folders. Where other data has the same folder, only those with known names."""
    cache, others = paths.cache_dir(), _folders()
    if cache in others:
        return [cache / name for name in _CACHES]
    return _unclaimed(cache, (corpus_cache(), *others))


def _folders() -> tuple[Path, ...]:
    """The program's folders except that of the caches, each once: on some systems several are the same."""
    folders = (paths.data_dir(), paths.config_dir(), paths.state_dir(), paths.log_dir(), paths.runtime_dir())
    return tuple(dict.fromkeys(folders))


def _other_items(known: tuple[StoredItem, ...]) -> Iterator[StoredItem]:
    """An item for each of the program's folders that holds files of no known item."""
    own = (*_folders(), paths.cache_dir())
    for number, folder in enumerate(_folders()):

        def find(folder: Path = folder) -> list[Path]:
            return _unclaimed(folder, (*own, *(path for item in known for path in item.find())))

        if find():
            yield StoredItem(
                f"other-{number}",
                "Other files",
                "Nothing that this version knows; look at them, and delete what you do not need.",
                folder,
                find,
            )


def _visited_item() -> StoredItem:
    """The visited folders in the settings file that Qt's dialogs share between programs."""
    file = Path(QSettings(QSettings.Scope.UserScope, "QtProject").fileName())
    return StoredItem(
        "visited",
        "Visited folders",
        "Where you opened and saved files, with this program and others whose dialogs are the same.",
        file.parent,
        lambda: (file,),
        _clear_visited,
        lambda _file: sum(len(text.encode()) for text in _visited_folders()),
    )


def _visited_folders() -> Iterator[str]:
    settings = QSettings(QSettings.Scope.UserScope, "QtProject")
    for key in _VISITED_KEYS:
        value = settings.value(key)
        yield from (value,) if isinstance(value, str) else value or ()


def _clear_visited(file: Path) -> None:
    settings = QSettings(QSettings.Scope.UserScope, "QtProject")
    for key in _VISITED_KEYS:
        settings.remove(key)
    settings.sync()
    if settings.status() != QSettings.Status.NoError:
        raise PermissionError(13, os.strerror(13), str(file))


def _versions(file: Path) -> Iterator[Path]:
    """A file, the damaged versions set aside, and what killed processes left unfinished."""
    for name in (file.name, f"{file.stem}.bad-*{file.suffix}", f".{file.name}*.part"):
        yield from file.parent.glob(name)


def _unclaimed(folder: Path, claimed: Iterable[Path]) -> list[Path]:
    """The entries of a folder that neither are nor contain one of `claimed`."""
    claimed = set(claimed)
    claimed |= {parent for path in claimed for parent in path.parents}
    found = (path for path in folder.iterdir() if path not in claimed)
    return sorted(path for path in found if not _is_lock_or_socket(path))


def _is_lock_or_socket(path: Path) -> bool:
    """Whether this is an empty lock file or a socket."""
    return path.is_socket() or (path.suffix == ".lock" and not paths.bytes_below(path))


def _empty_or_remove(path: Path) -> None:
    """Empty a log that this process writes; delete any other."""
    if path.name in (LOG_FILE, f"crash-{os.getpid()}.txt"):
        os.truncate(path, 0)
    else:
        remove(path)
