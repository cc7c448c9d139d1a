"""What one start hands to the next: the window's place, and text that could not be saved before the end."""

from __future__ import annotations

import base64
import contextlib
import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path

from writer.settings.files import replace_file, set_aside

log = logging.getLogger(__name__)

FILE_NAME = "session.json"


@dataclass(frozen=True, slots=True)
class Unsaved:
    """A text that was in the window and not on the disk.

    `path` is where it was opened, "" if nowhere, and `encoding` the one that it was read in.
    """

    text: str
    path: str = ""
    cursor: int = 0
    encoding: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """`geometry` is the window's, in Qt's own form, empty at the first start."""

    geometry: bytes = b""
    unsaved: Unsaved | None = None


class SessionStore:
    """The session in one file, whole at every moment."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> Session:
        """The last session; an empty one where the file is damaged (it may hold text, and is kept aside)."""
        try:
            raw = json.loads(self._path.read_text("utf-8"))
            unsaved = Unsaved(**raw["unsaved"]) if raw.get("unsaved") else None
            return Session(base64.b64decode(raw.get("geometry", "")), unsaved)
        except FileNotFoundError:
            return Session()
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            log.warning("session not read: %s", type(error).__name__)
            with contextlib.suppress(OSError):
                set_aside(self._path)
            return Session()

    def save(self, session: Session) -> None:
        """Replace the last session. OSError."""
        unsaved = session.unsaved
        content = {
            "geometry": base64.b64encode(session.geometry).decode(),
            "unsaved": unsaved and asdict(unsaved),
        }
        replace_file(self._path, json.dumps(content).encode())
