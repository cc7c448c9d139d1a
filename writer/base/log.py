"""The log file, and the handlers of uncaught exceptions.

Logs say what the program did, never what the user wrote. The message of an exception can quote the user's
text, so tracebacks show places and types, and messages only of exceptions about code. A crash below Python
(faulthandler) writes its stacks to a file of its own, which the next start reports.
"""

from __future__ import annotations

import faulthandler
import linecache
import logging
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from writer.base import paths
from writer.base.errors import Sentence, UserError

log = logging.getLogger(__name__)

FILE = "writer.log"
BYTES = 1_000_000
FILES = 3
CRASH_DAYS = 7
"""The age in days from which an empty crash file is deleted; its process was killed."""

HARMLESS = (ImportError, AttributeError, NameError, TypeError, RuntimeError, MemoryError, NotImplementedError)
"""Exceptions whose messages are about code and shapes, not about data."""

CALL_LINES = 4
"""The lines of code over which a call of the logger may extend."""

OnError = Callable[[Sentence], None]
"""Called with a sentence about an uncaught exception, in the thread that raised it."""


@dataclass(frozen=True, slots=True)
class Logging:
    """The handlers that `start` set up: the log file, None where there is none, and the crash file."""

    path: Path | None
    handler: logging.Handler
    crash: TextIO | None

    def close(self) -> None:
        """Remove the handlers; an empty crash file is deleted."""
        sys.excepthook, sys.unraisablehook = sys.__excepthook__, sys.__unraisablehook__
        threading.excepthook = threading.__excepthook__
        if self.crash is not None:
            faulthandler.disable()
            self.crash.close()
            _remove_if_empty(Path(self.crash.name))
        logging.getLogger().removeHandler(self.handler)
        self.handler.close()


def start(level: int = logging.INFO, on_error: OnError | None = None) -> Logging:
    """Log into the platform's log folder, and handle uncaught exceptions.

    `on_error` is called with a sentence about each uncaught exception, in the thread that raised it; by
    default it is printed to standard error. Where no file can be written, warnings go to standard error.
    """
    path: Path | None = None
    crash: TextIO | None = None
    handler: logging.Handler
    try:
        path = paths.log_dir() / FILE
        handler = _PrivateFile(path, maxBytes=BYTES, backupCount=FILES - 1, encoding="utf-8")
        crash = _open_crash_file(path.parent)
    except OSError as error:
        path, handler = None, logging.StreamHandler()
        handler.setLevel(logging.WARNING)
        print(f"There will be no log file: {error}", file=sys.stderr)
    handler.setFormatter(
        _Formatter("%(asctime)s %(levelname)s %(process)d %(threadName)s %(name)s: %(message)s")
    )
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("writer").setLevel(level)
    _catch_the_uncaught(on_error or _print_error, path)
    return Logging(path, handler, crash)


def crashes() -> tuple[Path, ...]:
    """The crash files of earlier processes, oldest first. The caller deletes those it has reported."""
    found = [p for p in paths.log_dir().glob("crash-*.txt") if p.stat().st_size]
    return tuple(sorted(found, key=lambda p: p.stat().st_mtime))


class _PrivateFile(RotatingFileHandler):
    """A rotating log file that only its owner can read."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Drop a line that the disk does not take: by default its values are printed, uncensored."""

    def _open(self) -> TextIOWrapper:
        return TextIOWrapper(open(self.baseFilename, "ab", opener=_private), encoding=self.encoding)


class _Formatter(logging.Formatter):
    """A formatter that leaves out what may quote the user's text.

    The message of a library's record is shown only where it is a constant in the library's code: `asyncio`
    puts the representation of exceptions into its messages, and a UnicodeDecodeError has the bytes. Of our
    own records the values are shown, but exceptions among them by type and harmless message.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The record as text, with the exception formatted here even if another handler cached it."""
        shown = logging.makeLogRecord(record.__dict__ | {"exc_text": None})
        if record.name.partition(".")[0] != "writer":
            shown.msg, shown.args = _constant(record), ()
        elif isinstance(record.args, tuple):
            shown.args = tuple(_described(value) for value in record.args)
        return super().format(shown)

    def formatException(self, ei: tuple[Any, Any, Any]) -> str:  # noqa: N802
        """Places and types of an exception and its causes."""
        return _frames(ei[1])


def _constant(record: logging.LogRecord) -> str:
    """A library's message without its values, or the place where it was logged."""
    place = f"{record.module}:{record.lineno}"
    if record.args:
        return f"{str(record.msg).splitlines()[0]} ({place})"
    code = linecache.getlines(record.pathname)[record.lineno - 1 : record.lineno + CALL_LINES]
    text = str(record.msg)
    return text if text and any(text in line for line in code) else place


def _described(value: object) -> object:
    """An exception by type and harmless message; other values unchanged."""
    if isinstance(value, UserError) or not isinstance(value, BaseException):
        return value
    return f"{type(value).__qualname__}{_message(value)}"


def _frames(error: BaseException | None) -> str:
    """The traceback of an exception and its causes."""
    lines: list[str] = []
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        frames = "".join(traceback.format_tb(error.__traceback__))
        lines.append(f"{frames}{type(error).__module__}.{type(error).__qualname__}{_message(error)}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\ncaused by:\n".join(lines)


def _message(error: BaseException) -> str:
    if isinstance(error, OSError):
        return f": {error.strerror}" if error.strerror else ""
    return f": {error}" if isinstance(error, HARMLESS) else ""


def _catch_the_uncaught(on_error: OnError, path: Path | None) -> None:
    where = Sentence("details are in {path}", {"path": path}) if path else Sentence("there is no log file")
    sentence = Sentence("Writer met an internal error; {where}.", {"where": where})

    def report(
        kind: type[BaseException], error: BaseException | None, trace: TracebackType | None, place: str
    ) -> None:
        log.critical("uncaught in %s", place, exc_info=(kind, error or Exception(), trace))
        on_error(sentence)

    def in_main(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
        else:
            report(kind, error, trace, "the main thread")

    sys.excepthook = in_main
    threading.excepthook = lambda args: report(
        args.exc_type, args.exc_value, args.exc_traceback, args.thread.name if args.thread else "a thread"
    )
    sys.unraisablehook = lambda args: report(args.exc_type, args.exc_value, args.exc_traceback, "a finaliser")


def _print_error(sentence: Sentence) -> None:
    print(sentence, file=sys.stderr)


def _open_crash_file(folder: Path) -> TextIO:
    """The file for `faulthandler`; old empty ones are deleted."""
    for old in folder.glob("crash-*.txt"):
        if time.time() - old.stat().st_mtime > CRASH_DAYS * 86_400:
            _remove_if_empty(old)
    file = open(folder / f"crash-{os.getpid()}.txt", "a", encoding="utf-8", opener=_private)  # noqa: SIM115
    faulthandler.enable(file)
    return file


def _remove_if_empty(path: Path) -> None:
    try:
        if not path.stat().st_size:
            path.unlink()
    except OSError as error:
        log.info("%s stays: %s", path.name, error.strerror)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
