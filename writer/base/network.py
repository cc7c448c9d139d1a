"""What every layer may know of the network: which hosts are this machine."""

from __future__ import annotations

LOOPBACK = ("localhost", "127.0.0.1", "::1")


def is_local(host: str) -> bool:
    """Whether this host is this machine."""
    return host in LOOPBACK or host.startswith("127.")
