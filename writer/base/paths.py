"""The folders of data, settings, caches and logs on each system, and the program's own resources.

The places are the platform's (XDG on Linux, Library on macOS, AppData on Windows) and move with the
platform's own environment variables. Folders are made when they are asked for, readable by their owner
only: they hold what people write.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

import platformdirs

from writer.base.atomic_file import sync_folder
from writer.base.errors import UserError, os_reason

APP = "writer"
PRIVATE = 0o700


class PathError(UserError, OSError):
    """A folder cannot be used; carries a sentence for the user."""


def data_dir() -> Path:
    """The folder of persistent data: models, journals, corpora."""
    return _made(platformdirs.user_data_path(APP, appauthor=False))


def models_dir() -> Path:
    """The folder of the model folders."""
    return _made(data_dir() / "models")


def shipped_models_dir() -> Path:
    """The folder of models in an installed bundle; missing in a checkout or a wheel."""
    return resources_dir() / "models"


def config_dir() -> Path:
    """The folder of the settings, which the user may edit."""
    return _made(platformdirs.user_config_path(APP, appauthor=False))


def cache_dir() -> Path:
    """The folder of data that can be made again, such as ONNX graphs."""
    return _made(platformdirs.user_cache_path(APP, appauthor=False))


def state_dir() -> Path:
    """The folder of state between starts, such as the window's geometry and recent files."""
    return _made(platformdirs.user_state_path(APP, appauthor=False))


def runtime_dir() -> Path:
    """The folder of sockets and locks of running processes, which only the user can write."""
    if not sys.platform.startswith("linux"):
        return _made(platformdirs.user_runtime_path(APP, appauthor=False))
    session = Path(os.environ.get("XDG_RUNTIME_DIR", ""))
    return _made(session / APP) if session.is_absolute() and _private(session) else state_dir()


def log_dir() -> Path:
    """The folder of logs and crash reports."""
    return _made(platformdirs.user_log_path(APP, appauthor=False))


def resources_dir() -> Path:
    """The folder of fonts, themes and tables: inside the package, or beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "resources"
    return installed if installed.is_dir() else package.parent / "resources"


def named_path(text: str) -> Path | None:
    """The path of a text; None where it is empty, for which `Path` would give the current folder."""
    return Path(text) if text.strip() else None


def can_be_path(text: str) -> bool:
    """Whether the system takes a text as a path: no NUL, and no surrogate but those that stand for bytes."""
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


def home_path(text: str) -> Path | None:
    """Like `named_path`, with a leading "~" or "~user" expanded."""
    return named_path(os.path.expanduser(text))


def holds_home(folder: Path) -> bool:
    """Whether a folder is the user's home folder, holds it, or is the root of a disk."""
    whole = Path(os.path.realpath(folder))
    home = Path(os.path.realpath(os.path.expanduser("~")))
    return whole == home or whole in home.parents or whole == whole.parent


def make_folder(folder: Path, sync: bool = True) -> None:
    """Make a folder with mode 0700 and its parents where they are missing. Raises OSError.

    With `sync` also on the disk, for which it may wait: in the window's thread without.
    """
    if folder.is_dir():
        return
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=PRIVATE, exist_ok=True)
    for path in made if sync else ():
        with contextlib.suppress(OSError):  # it is there, though perhaps not after a power cut
            sync_folder(path.parent)


def bytes_below(path: Path) -> int:
    """The size of a file, or of all files below a folder, in bytes; files deleted meanwhile are left out."""
    files = (os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names)
    total = 0
    for file in files if path.is_dir() else (path,):
        with contextlib.suppress(OSError):
            total += os.stat(file).st_size
    return total


def program() -> list[str]:
    """The command that starts this program as a child: from a checkout, a wheel or a bundle."""
    return [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "writer"]


def _private(folder: Path) -> bool:
    """Whether a folder exists, is owned by this process's user, and closed to all others."""
    try:
        status = folder.stat()
    except OSError:
        return False
    return status.st_uid == os.getuid() and not status.st_mode & 0o077


def _made(folder: Path) -> Path:
    """The folder, created with mode 0700 where it is missing. Raises PathError."""
    try:
        make_folder(folder)
    except OSError as error:
        raise PathError(
            "Writer cannot make its folder {folder} ({reason}); check who may write there.",
            folder=folder,
            reason=os_reason(error),
        ) from error
    return folder
