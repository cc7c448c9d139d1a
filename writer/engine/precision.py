"""How weights are kept on a CPU."""

from __future__ import annotations

from typing import Literal

Precision = Literal["int8", "float32"]
"""int8 is for writing, float32 the reference."""
