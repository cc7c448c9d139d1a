"""The check for a newer version: one request at start-up, if the settings enable it; installs nothing.

One GET without cookies and redirects, which sends only the program's name and version. The answer is a JSON
object with a version, as GitHub's releases have it ("tag_name"). No address in it is opened or fetched.
"""

from __future__ import annotations

import asyncio
import logging
import re
import threading
from urllib.parse import urlsplit

from PySide6.QtCore import QObject, Signal

from writer import __version__
from writer.base.errors import Message, Sentence, UserError
from writer.base.http.body import HttpError, HttpFailure
from writer.base.http.network import is_local
from writer.base.http.session import HttpSession, TimeLimits
from writer.base.progress import CancelCheck, never
from writer.base.task_pool import TaskPool
from writer.settings.schema import UPDATES_ADDRESS, UPDATES_ENABLED
from writer.settings.store import SettingsStore

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 10.0
"""The time limit of the whole request."""

MAX_ANSWER_BYTES = 1_000_000
"""The size limit of the answer; GitHub's has some thousand bytes."""

NO_VERSION = (HttpFailure.MALFORMED, HttpFailure.LARGE)
"""Failures of a server that does answer."""


class UpdateError(UserError):
    """An error of the update check, with a sentence for the user."""


class UpdateChecker(QObject):
    """A check at start-up and when its settings change. Used from the loop's thread; `close` it."""

    message_ready = Signal(object)
    """A Message for the window: a newer version, and after a change of settings any result."""

    def __init__(self, settings: SettingsStore, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._settings = settings
        self._pool = TaskPool(loop, "updates")
        self._task: asyncio.Future[None] | None = None
        self._cancelled = threading.Event()
        self._unsubscribe = settings.subscribe("updates", lambda _key: self._start_check(verbose=True))
        self.sentence: Message = ""
        """The result of the latest check; "" where there was none."""

    def start(self) -> None:
        """Check if the settings enable it; only a newer version is announced."""
        self._start_check(verbose=False)

    async def close(self) -> None:
        """Cancel a running check."""
        self._unsubscribe()
        self._cancelled.set()
        await self._pool.close(cancel=True)

    def _start_check(self, verbose: bool) -> None:
        if self._task is not None:
            self._cancelled.set()
            self._task.cancel()
        self._cancelled = threading.Event()
        self.sentence = ""
        if not self._settings.get(UPDATES_ENABLED):
            return
        if address := self._settings.get(UPDATES_ADDRESS).strip():
            self._task = self._pool.start(self._run(address, verbose, self._cancelled.is_set))
        elif verbose:
            self.message_ready.emit("Nothing is asked yet: enter where to ask for new versions, too.")

    async def _run(self, address: str, verbose: bool, cancelled: CancelCheck) -> None:
        # in a daemon thread, so that the end of the program does not wait for a slow server
        newer, self.sentence = await self._pool.run_daemon(_check, address, cancelled)
        if newer or verbose:
            self.message_ready.emit(self.sentence)


def newest(address: str, seconds: float = TIMEOUT_SECONDS, cancelled: CancelCheck = never) -> str:
    """The newest version that the server at `address` knows, such as "1.2.0".

    Raises UpdateError, and Cancelled once `cancelled()`.
    """
    host, local = _host(address)
    limits, answered = TimeLimits(seconds, seconds), False
    try:
        with (
            HttpSession({"Accept": "application/json"}, trust_env=not local) as session,
            session.open(address, limits, cancelled) as answer,
        ):
            answered = True
            if answer.status != 200:
                raise UpdateError(
                    "{host} tells no version (error {status}); check the address in Settings.",
                    host=host,
                    status=answer.status,
                )
            return _version(answer.json(MAX_ANSWER_BYTES), host)
    except HttpError as error:
        log.info("no answer about versions: %s", error)
        if answered or error.failure in NO_VERSION:
            raise UpdateError("{host} tells no version; check the address in Settings.", host=host) from error
        raise UpdateError(
            "{host} could not be asked for a new version; check the network.", host=host
        ) from error


def _host(address: str) -> tuple[str, bool]:
    """The host of an address, and whether it is this machine. Raises UpdateError."""
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    host = parts.hostname or ""
    local = is_local(host)
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and local)):
        raise UpdateError(
            "“{address}” is no address to ask for a new version; it has to begin with https://.",
            address=address,
        )
    return host, local


def is_newer(version: str, than: str = __version__) -> bool:
    """Whether a version, numbers separated by points, is newer than another."""
    return _numbers(version) > _numbers(than)


def _version(answer: object, host: str) -> str:
    named = answer.get("tag_name", answer.get("version")) if isinstance(answer, dict) else None
    found = (
        re.fullmatch(r"v?(\d{1,6}(?:\.\d{1,6}){0,3})", named, re.ASCII) if isinstance(named, str) else None
    )
    if found is None:
        raise UpdateError("{host} tells no version; check the address in Settings.", host=host)
    return found[1]


def _numbers(version: str) -> tuple[int, ...]:
    """The numbers of a version without trailing zeros, so that 1.0 equals 1.0.0."""
    numbers = [int(number) for number in re.findall(r"\d+", version)]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def _check(address: str, cancelled: CancelCheck) -> tuple[bool, Message]:
    """Whether there is a newer version, and the sentence about it."""
    try:
        version = newest(address, cancelled=cancelled)
    except UpdateError as error:
        return False, error.sentence
    if is_newer(version):
        return True, Sentence(
            "Version {version} of Writer is out; get it where you got this one.", {"version": version}
        )
    return False, "This is the newest version of Writer."
