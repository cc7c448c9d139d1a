"""The session file: window geometry, order of the documents, recent files; texts are in the journals."""

from __future__ import annotations

import base64
import contextlib
import json
import logging
import threading
from dataclasses import asdict, dataclass
from pathlib import Path

from writer.base import atomic_file
from writer.base.errors import Sentence
from writer.base.paths import can_be_path
from writer.base.typed_data import DamagedError, read_json_file

log = logging.getLogger(__name__)

FILE_NAME = "session.json"
LIMIT = 4 << 20
"""The size limit of the file in bytes."""

_DAMAGED = "The list of recent files and of the order of the tabs was damaged. It is kept as {aside}."


@dataclass(frozen=True, slots=True)
class Session:
    """The state of the window between two starts.

    `geometry` is QWidget.saveGeometry()'s value, empty at the first start. `order` has the journals' names in
    the order of the tabs, `current` that of the current one. `recent` has the paths of recent files, `silent`
    the documents without suggestions, each the latest first. `project` is the path of the open folder, "" for
    none, `project_hidden` whether its list is hidden. `day` is the day of the last written words, in ISO
    format, `day_words` their number; `goals` has a path and its goal in words for each text that has one.
    `spelling` has a path, or a journal's name, and the name of a dictionary for each text for which one was
    chosen.
    `leaves_maximised`: the window is in full screen, and maximised when it leaves.
    """

    geometry: bytes = b""
    order: tuple[str, ...] = ()
    current: str = ""
    recent: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    project: str = ""
    project_hidden: bool = False
    day: str = ""
    day_words: int = 0
    goals: tuple[tuple[str, int], ...] = ()
    spelling: tuple[tuple[str, str], ...] = ()
    leaves_maximised: bool = False


@dataclass(frozen=True, slots=True)
class _SessionJson:
    """The session as JSON; the geometry in base64."""

    geometry: str = ""
    order: tuple[str, ...] = ()
    current: str = ""
    recent: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    project: str = ""
    project_hidden: bool = False
    day: str = ""
    day_words: int = 0
    goals: tuple[tuple[str, int], ...] = ()
    spelling: tuple[tuple[str, str], ...] = ()
    leaves_maximised: bool = False


class SessionStore:
    """The session file, replaced atomically."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self.notices: list[Sentence] = []
        """Sentences about the file for the user, which the caller clears once they are shown."""

    def load(self) -> Session:
        """The last session; an empty one where the file is missing or damaged, which is set aside."""
        try:
            raw = read_json_file(self._path, _SessionJson, LIMIT)
            recent = tuple(filter(can_be_path, raw.recent))
            project = raw.project if can_be_path(raw.project) else ""
            return Session(
                base64.b64decode(raw.geometry),
                *(raw.order, raw.current, recent, raw.silent),
                project=project,
                project_hidden=raw.project_hidden,
                day=raw.day,
                day_words=raw.day_words,
                goals=raw.goals,
                spelling=raw.spelling,
                leaves_maximised=raw.leaves_maximised,
            )
        except FileNotFoundError:
            return Session()
        except (OSError, DamagedError, ValueError) as error:  # ValueError for invalid base64
            log.warning("session not read: %s", type(error).__name__)
            with contextlib.suppress(OSError):
                aside = atomic_file.set_aside(self._path)
                self.notices.append(Sentence(_DAMAGED, {"aside": aside}))
            return Session()

    def save(self, session: Session) -> None:
        """Write the session; from any thread. Raises OSError."""
        content = asdict(session) | {"geometry": base64.b64encode(session.geometry).decode()}
        with self._lock:
            atomic_file.replace(self._path, json.dumps(content).encode())
