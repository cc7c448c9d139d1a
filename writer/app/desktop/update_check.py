"""The check for a newer version: one request at a start, where the settings want it; it installs nothing.

One GET without cookies and redirects, which says nothing but the name of the program and its version. The
answer is a JSON object that names a version, as the releases of GitHub do ("tag_name"). Nothing of what it
says is opened, fetched or run.
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
from writer.base.http_body import HttpError, HttpFailure
from writer.base.http_session import HttpSession, TimeLimits
from writer.base.network import is_local
from writer.base.progress import CancelCheck, never
from writer.base.task_pool import TaskPool
from writer.settings.schema import UPDATES_ADDRESS, UPDATES_ENABLED
from writer.settings.store import SettingsStore

log = logging.getLogger(__name__)

SECONDS = 10.0
"""How long an answer may take, from the first byte asked to the last one read."""

LARGEST_ANSWER = 1_000_000
"""Bytes of it, at the most; GitHub's has some thousand."""

NO_VERSION = (HttpFailure.MALFORMED, HttpFailure.LARGE)
"""Failures of a server that does answer."""


class UpdateError(UserError):
    """Why the newest version is not known."""


class UpdateChecker(QObject):
    """Asks at the start and when its settings change. Used from the loop's thread; `close` it."""

    told = Signal(object)
    """A Message for the window: a newer version, and what came of asking where somebody just chose to."""

    def __init__(self, settings: SettingsStore, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._settings = settings
        self._pool = TaskPool(loop, "updates")
        self._task: asyncio.Future[None] | None = None
        self._stop = threading.Event()
        self._unsubscribe = settings.subscribe("updates", lambda _key: self._ask(everything=True))
        self.sentence: Message = ""
        """What is known of the newest version; "" where nobody asked."""

    def start(self) -> None:
        """Ask, where that is wanted; only a newer version is told."""
        self._ask(everything=False)

    async def close(self) -> None:
        """Wait for no answer any more."""
        self._unsubscribe()
        self._stop.set()
        await self._pool.close(cancel=True)

    def _ask(self, everything: bool) -> None:
        if self._task is not None:
            self._stop.set()
            self._task.cancel()
        self._stop = threading.Event()
        self.sentence = ""
        if not self._settings.get(UPDATES_ENABLED):
            return
        if address := self._settings.get(UPDATES_ADDRESS).strip():
            self._task = self._pool.start(self._follow(address, everything, self._stop.is_set))
        elif everything:
            self.told.emit("Nothing is asked yet: enter where to ask for new versions, too.")

    async def _follow(self, address: str, everything: bool, cancelled: CancelCheck) -> None:
        # in a daemon thread, so that the end of the program waits for no slow server
        newer, self.sentence = await self._pool.run_daemon(_verdict, address, cancelled)
        if newer or everything:
            self.told.emit(self.sentence)


def newest(address: str, seconds: float = SECONDS, cancelled: CancelCheck = never) -> str:
    """The newest version that the server at `address` knows, such as "1.2.0".

    Raises UpdateError, and Cancelled once `cancelled()`.
    """
    host, here = _host(address)
    limits, answered = TimeLimits(seconds, seconds), False
    try:
        with (
            HttpSession({"Accept": "application/json"}, trust_env=not here) as session,
            session.open(address, limits, cancelled) as answer,
        ):
            answered = True
            if answer.status != 200:
                raise UpdateError(
                    "{host} tells no version (error {status}); check the address in Settings.",
                    host=host,
                    status=answer.status,
                )
            return _version(answer.json(LARGEST_ANSWER), host)
    except HttpError as error:
        log.info("no answer about versions: %s", error)
        if answered or error.failure in NO_VERSION:
            raise UpdateError("{host} tells no version; check the address in Settings.", host=host) from error
        raise UpdateError(
            "{host} could not be asked for a new version; check the network.", host=host
        ) from error


def _host(address: str) -> tuple[str, bool]:
    """Which host an address asks, and whether it is this machine. Raises `UpdateError`."""
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    host = parts.hostname or ""
    here = is_local(host)
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and here)):
        raise UpdateError(
            "“{address}” is no address to ask for a new version; it has to begin with https://.",
            address=address,
        )
    return host, here


def is_newer(version: str, than: str = __version__) -> bool:
    """Whether a version, numbers with points between, comes after another."""
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
    """The numbers of a version, without the zeros at its end: 1.0 is 1.0.0."""
    numbers = [int(number) for number in re.findall(r"\d+", version)]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def _verdict(address: str, cancelled: CancelCheck) -> tuple[bool, Message]:
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
