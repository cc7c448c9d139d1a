"""The lock and socket of the single window of a user and screen; a second process forwards its files to it.

The process that holds the lock is the first one, until its last text is saved. It listens on a socket in a
folder that only its owner can use, and replaces the socket of a process that died. Where it does not answer
in time, the second process opens a window of its own.
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
from writer.base.paths import can_be_path
from writer.base.typed_data import DamagedError, read_json

log = logging.getLogger(__name__)

MAX_MESSAGE_BYTES = 1 << 20
"""The size limit of a message."""

TIMEOUT_SECONDS = 10.0
"""The time limit for the first process to start, answer or end, and for a second one to send its request."""

_DONE = b"done\n"
_POLL_SECONDS = 0.05
_OWNER_ONLY = 0o600


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """A request of a second process: show the window and open `files`.

    `token` is the activation token of the desktop (xdg-activation), which allows the window to come to the
    front.
    """

    files: tuple[str, ...] = ()
    token: str = ""


class SingleInstance(QObject):
    """The lock of this process among those with the same `data` and screen; sockets are in `folder`."""

    def __init__(self, folder: Path, data: Path) -> None:
        super().__init__()
        screen = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY", "")
        name = "writer-" + hashlib.sha256(f"{data.resolve()}\n{screen}".encode()).hexdigest()[:12]
        self._address = name if sys.platform == "win32" else str(folder / name)
        self._lock = FileLock(folder / f"{name}.lock", mode=_OWNER_ONLY)
        self._server = QLocalServer(self, socketOptions=QLocalServer.SocketOption.UserAccessOption)
        self._handler: Callable[[OpenRequest], None] | None = None
        self._server.newConnection.connect(self._accept_connections)

    def forward(self, files: Sequence[Path]) -> bool:
        """Whether the first process opened the files; else this one is the first, or works alone.

        Raises UserError where there are too many files for a message.
        """
        request = OpenRequest(
            tuple(str(file.absolute()) for file in files), os.environ.get("XDG_ACTIVATION_TOKEN", "")
        )
        end = time.monotonic() + TIMEOUT_SECONDS
        while True:
            if self._send(request, end):
                return True
            try:
                self._lock.acquire(timeout=0)
            except Timeout:  # the first one starts or ends
                if time.monotonic() > end:
                    log.warning("the window that is open does not answer")
                    return False
                time.sleep(_POLL_SECONDS)
            except OSError as error:
                log.warning("no lock for a single window: %s", error.strerror)
                return False
            else:
                return False

    def listen(self, handler: Callable[[OpenRequest], None]) -> None:
        """Call `handler` for each request from now on, if this is the first process. Needs an event loop."""
        if not self._lock.is_locked:
            return
        self._handler = handler
        QLocalServer.removeServer(self._address)  # this process has the lock, so its owner is dead
        if not self._server.listen(self._address):
            log.warning("no socket for a single window: %s", self._server.errorString())

    def stop_listening(self) -> None:
        """Close the socket; later processes wait until this one has ended."""
        self._handler = None
        self._server.close()

    def release(self) -> None:
        """Close the socket and release the lock."""
        self.stop_listening()
        self._lock.release()

    def _send(self, request: OpenRequest, end: float) -> bool:
        """Send the request; whether it was answered before `end` (monotonic seconds)."""
        socket = QLocalSocket()
        socket.connectToServer(self._address)
        if not socket.waitForConnected(_remaining_ms(end)):
            return False
        message = json.dumps(asdict(request)).encode() + b"\n"
        if len(message) > MAX_MESSAGE_BYTES:
            raise UserError("These are too many files to open at once; name fewer.")
        socket.write(message)
        while socket.bytesAvailable() < len(_DONE):
            if not socket.waitForReadyRead(_remaining_ms(end)):
                break
        return bytes(socket.readAll().data()) == _DONE

    def _accept_connections(self) -> None:
        while self._handler is not None and (socket := self._server.nextPendingConnection()):
            _Connection(socket, self._handler)


class _Connection(QObject):
    """The connection of a second process; deleted with `socket`."""

    def __init__(self, socket: QLocalSocket, handler: Callable[[OpenRequest], None]) -> None:
        super().__init__(socket)
        self._socket = socket
        self._handler = handler
        socket.setReadBufferSize(MAX_MESSAGE_BYTES)
        socket.readyRead.connect(self._read)
        socket.disconnected.connect(socket.deleteLater)
        QTimer.singleShot(round(TIMEOUT_SECONDS * 1000), self, socket.abort)
        self._read()

    def _read(self) -> None:
        if not self._socket.canReadLine():
            if self._socket.bytesAvailable() >= MAX_MESSAGE_BYTES:
                self._socket.abort()
            return
        try:
            request = _parse(bytes(self._socket.readLine().data()))
        except DamagedError:
            log.warning("a message from elsewhere makes no sense")
            self._socket.abort()
            return
        self._handler(request)
        self._socket.write(_DONE)
        self._socket.disconnectFromServer()


def _parse(line: bytes) -> OpenRequest:
    """The request in a message. Raises DamagedError."""
    request = read_json(line, OpenRequest, MAX_MESSAGE_BYTES)
    if not all(os.path.isabs(file) and can_be_path(file) for file in request.files):
        raise DamagedError("no absolute path")
    return request


def _remaining_ms(end: float) -> int:
    """Milliseconds until `end` (monotonic seconds), at least 1."""
    return max(1, round((end - time.monotonic()) * 1000))
