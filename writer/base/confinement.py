"""The confinement of a child that reads hostile documents: no network, no core dumps, lower priority."""

from __future__ import annotations

import contextlib
import os
import sys

import psutil

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
"""From linux/sched.h."""


def confine(memory: int) -> None:
    """Restrict the calling process, before it starts threads: no network, `memory` bytes, low priority.

    What the system does not support is left out; the parent's `LimitMonitor` works on all systems.
    """
    sys.addaudithook(_refuse_network)
    with contextlib.suppress(OSError, psutil.Error):
        psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS if sys.platform == "win32" else 5)
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
        _leave_network()


def _leave_network() -> None:
    """Move into an empty network namespace, where the kernel allows that to ordinary users."""
    import ctypes

    user, group = os.getuid(), os.getgid()
    if ctypes.CDLL(None).unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0:
        with contextlib.suppress(OSError):
            for file, text in (
                ("setgroups", "deny"),
                ("uid_map", f"{user} {user} 1"),
                ("gid_map", f"{group} {group} 1"),
            ):
                with open(f"/proc/self/{file}", "w", encoding="ascii") as target:
                    target.write(text)


def _refuse_network(event: str, _arguments: object) -> None:
    if event in ("socket.connect", "socket.sendto", "socket.bind", "socket.getaddrinfo"):
        raise PermissionError("no network here")
