"""The rotary positions in a Hugging Face `config.json`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from writer.base.typed_data import DamagedError
from writer.engine.weights.decoder_config import Epsilon, Positive, UnsupportedError

_NEEDED = {
    "default": (),
    "linear": ("factor",),
    "longrope": ("short_factor", "attention_factor"),
    "llama3": ("factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings"),
}
"""The values that each style of rotary positions needs."""


@dataclass(frozen=True, slots=True)
class RopeJson:
    """The rotary positions in a `config.json`; older ones call `rope_type` `type`."""

    rope_type: str | None = None
    type: str | None = None
    rope_theta: Positive | None = None
    partial_rotary_factor: Epsilon = 1.0
    factor: Positive | None = None
    low_freq_factor: Positive | None = None
    high_freq_factor: Positive | None = None
    original_max_position_embeddings: Positive | None = None
    short_factor: tuple[Positive, ...] | None = None
    attention_factor: Positive | None = None

    @property
    def style(self) -> str:
        """The name of the scaling."""
        return self.rope_type or self.type or "default"


def rotary_scaling(rope: RopeJson) -> tuple[tuple[str, Any], ...]:
    """What the style of the rotary positions needs, by name. Raises DamagedError where it is missing."""
    needed = _NEEDED.get(rope.style)
    if needed is None:
        raise UnsupportedError(
            "There is no faster way for this kind of model (its positions are of the type {style}).",
            style=repr(rope.style),
        )
    if rope.partial_rotary_factor != 1.0:
        raise UnsupportedError(
            "There is no faster way for this kind of model (it rotates only a part of each head)."
        )
    values = {name: getattr(rope, name) for name in needed}
    if None in values.values() or values.get("low_freq_factor", 0) == values.get("high_freq_factor", 1):
        raise DamagedError("the rotary positions lack a factor")
    return tuple(sorted({**values, "rope_type": rope.style}.items())) if needed else ()
