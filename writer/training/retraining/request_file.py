"""Where the request of a personal model is kept. The window asks at its start: little is imported."""

from __future__ import annotations

from pathlib import Path

FILE = "request.json"
"""The file in a personal model's folder."""


def any_kept(models: Path) -> bool:
    """Whether a request is kept in the folder of models; opens no model."""
    return next(models.glob(f"[!.]*/{FILE}"), None) is not None
