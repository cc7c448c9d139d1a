"""The end of a process whose threads may still compute in libraries."""

from __future__ import annotations

import logging
import os
import sys
import threading
from typing import NoReturn

log = logging.getLogger(__name__)


def end_process(status: int) -> int:
    """The exit status of this process, whose work is done; where a daemon thread still runs, end it here.

    Python would leave such a thread running, take down the libraries below it, and onnxruntime then aborts
    the process: on a busy machine a window that was closed in order would count as crashed.
    """
    running = [thread.name for thread in threading.enumerate() if thread.daemon and not _is_foreign(thread)]
    if not running:
        return status
    log.info("ended while these threads ran: %s", ", ".join(running))
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    os._exit(status)


def end_at_once(status: int) -> NoReturn:
    """End this process, whose work is done and whose files are closed, without taking its libraries down.

    That would take some 50 ms. Raises OSError where what was printed cannot be written.
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _is_foreign(thread: threading.Thread) -> bool:
    """Whether Python made the object for a thread of a library, which may have ended long ago."""
    return isinstance(thread, threading._DummyThread)  # it has no public name
