"""The lock and socket of the one window for each person and screen; a second start sends its files there.

Who holds the lock is the first, until its last text is on the disk. It listens on a socket in a folder that
only its owner may use; a socket that a dead program left is taken over. A first one that does not answer in
time does not keep the second from opening a window of its own.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout
from PySide6.QtCore import QObject, QTimer
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from writer.base.errors import UserError
from writer.base.typed_data import DamagedError, read_json

log = logging.getLogger(__name__)

LONGEST = 1 << 20
"""Bytes of a message at the most."""

SECONDS = 10.0
"""How long the first one may take to begin, to answer or to end, and a second one to say what it wants."""

_DONE = b"done\n"
_PAUSE = 0.05
_OWNER_ONLY = 0o600


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """What a second start wants: `files` opened, and the window in front.

    `token` is what the desktop gave it as a proof that a person asked for that (xdg-activation).
    """

    files: tuple[str, ...] = ()
    token: str = ""


class SingleInstance(QObject):
    """This start's place among those that keep their texts in `data` and their sockets in `folder`."""

    def __init__(self, folder: Path, data: Path) -> None:
        super().__init__()
        screen = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY", "")
        name = "writer-" + hashlib.sha256(f"{data.resolve()}\n{screen}".encode()).hexdigest()[:12]
        self._address = name if sys.platform == "win32" else str(folder / name)
        self._lock = FileLock(folder / f"{name}.lock", mode=_OWNER_ONLY)
        self._server = QLocalServer(self, socketOptions=QLocalServer.SocketOption.UserAccessOption)
        self._grant: Callable[[OpenRequest], None] | None = None
        self._server.newConnection.connect(self._answer)

    def hand_over(self, files: Sequence[Path]) -> bool:
        """Whether another window shows the files now; if not, this start is the first, or stands alone."""
        request = OpenRequest(
            tuple(str(file.absolute()) for file in files), os.environ.get("XDG_ACTIVATION_TOKEN", "")
        )
        end = time.monotonic() + SECONDS
        while True:
            if self._granted(request, end):
                return True
            try:
                self._lock.acquire(timeout=0)
            except Timeout:  # the first one begins, or ends
                if time.monotonic() > end:
                    log.warning("the window that is open does not answer")
                    return False
                time.sleep(_PAUSE)
            except OSError as error:
                log.warning("no lock for a single window: %s", error.strerror)
                return False
            else:
                return False

    def grant(self, how: Callable[[OpenRequest], None]) -> None:
        """Let `how` do what later starts want, from now on, if this is the first. Needs an application."""
        if not self._lock.is_locked:
            return
        self._grant = how
        QLocalServer.removeServer(self._address)  # the lock is ours, so whoever made it is dead
        if not self._server.listen(self._address):
            log.warning("no socket for a single window: %s", self._server.errorString())

    def refuse(self) -> None:
        """Listen no more; later starts wait until this one has ended."""
        self._grant = None
        self._server.close()

    def end(self) -> None:
        """Let another start be the first."""
        self.refuse()
        self._lock.release()

    def _granted(self, request: OpenRequest, end: float) -> bool:
        """Tell the first one the wish; whether it answers before `end`, a time of the monotonic clock."""
        socket = QLocalSocket()
        socket.connectToServer(self._address)
        if not socket.waitForConnected(_left(end)):
            return False
        message = json.dumps(asdict(request)).encode() + b"\n"
        if len(message) > LONGEST:
            raise UserError("These are too many files to open at once; name fewer.")
        socket.write(message)
        while socket.bytesAvailable() < len(_DONE):
            if not socket.waitForReadyRead(_left(end)):
                break
        return bytes(socket.readAll().data()) == _DONE

    def _answer(self) -> None:
        while self._grant is not None and (socket := self._server.nextPendingConnection()):
            _Visitor(socket, self._grant)


class _Visitor(QObject):
    """A second start at the other end of `socket`; it goes away with it."""

    def __init__(self, socket: QLocalSocket, grant: Callable[[OpenRequest], None]) -> None:
        super().__init__(socket)
        self._socket = socket
        self._grant = grant
        socket.setReadBufferSize(LONGEST)
        socket.readyRead.connect(self._read)
        socket.disconnected.connect(socket.deleteLater)
        QTimer.singleShot(round(SECONDS * 1000), self, socket.abort)
        self._read()

    def _read(self) -> None:
        if not self._socket.canReadLine():
            if self._socket.bytesAvailable() >= LONGEST:
                self._socket.abort()
            return
        try:
            request = _parse(bytes(self._socket.readLine().data()))
        except DamagedError:
            log.warning("a message from elsewhere makes no sense")
            self._socket.abort()
            return
        self._grant(request)
        self._socket.write(_DONE)
        self._socket.disconnectFromServer()


def _parse(line: bytes) -> OpenRequest:
    """The request in a message. Raises DamagedError."""
    request = read_json(line, OpenRequest, LONGEST)
    if not all(os.path.isabs(file) and "\0" not in file for file in request.files):
        raise DamagedError("no absolute path")
    return request


def _left(end: float) -> int:
    """Milliseconds until `end`, one at least."""
    return max(1, round((end - time.monotonic()) * 1000))
