"""The whole window: how fast it starts, what it weighs, and whether it stays responsive while it computes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any


def measure(workloads: Sequence[str], quick: bool, say: Callable[[str], None]) -> list[dict[str, Any]]:
    return []
