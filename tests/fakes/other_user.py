"""Work done as a user without rights, in a forked process; the checkout itself need not be readable to it."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

import filelock  # noqa: F401  # writer imports it at the first lock, when the other user may not read its files
import pytest

OTHER_USER = 65534

needs_root = pytest.mark.skipif(
    sys.platform == "win32" or os.getuid() != 0, reason="only root can become somebody else"
)


def let_others_pass(folder: Path) -> None:
    """Let everybody into this folder of a test, and through the folders of pytest above it."""
    top = Path(tempfile.gettempdir()).resolve()
    folder = folder.resolve()
    while folder != top and folder.is_relative_to(top):
        folder.chmod(0o755)
        folder = folder.parent


def run_as_other_user(work: Callable[[], object], groups: tuple[int, ...] = ()) -> int:
    """The exit status of a process of that user that does `work`: 1 where it raised."""
    child = os.fork()
    if not child:
        status = 1
        try:
            os.setgroups(groups)
            os.setgid(OTHER_USER)
            os.setuid(OTHER_USER)
            work()
            status = 0
        except Exception:
            traceback.print_exc(file=sys.__stderr__)
            raise
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
