"""The configuration of a decoder, and the tables of its rotary positions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
import numpy as np

from writer.base.typed_data import DamagedError
from writer.engine.protocol import EngineError
from writer.engine.weights.decoder_family import Family
from writer.engine.weights.weights import Floats

Size = Annotated[int, msgspec.Meta(ge=1, le=1 << 27)]
"""A number of layers, heads, rows or tokens: more than any model has, and few enough to calculate with."""

Positions = Annotated[int, msgspec.Meta(ge=16, le=1 << 27)]
"""The most tokens of a model; fewer leave no room for a prompt."""

_HEADS = "the heads do not fit together"

Epsilon = Annotated[float, msgspec.Meta(ge=0, le=1)]
Positive = Annotated[float, msgspec.Meta(gt=0, le=1e15)]


class UnsupportedError(EngineError):
    """A model of a type for which there is no graph."""


def require_activation(name: str) -> None:
    """Raise UnsupportedError unless the graphs have the activation `name` of feed-forward layers."""
    if name not in ("gelu_new", "gelu", "relu", "gelu_pytorch_tanh", "gelu_fast"):
        raise UnsupportedError(
            "There is no faster way for this kind of model (its activation is {activation}).",
            activation=repr(name),
        )


def head_size_of(hidden: int, heads: int) -> int:
    """The size of each head of a layer that divides `hidden` among them. Raises DamagedError."""
    if hidden % heads:
        raise DamagedError(_HEADS)
    return hidden // heads


@dataclass(frozen=True, slots=True)
class DecoderConfig:
    """The configuration of a decoder. `positions` is the most tokens, `inner` the feed-forward size."""

    family: Family
    layers: int
    hidden: int
    heads: int
    kv_heads: int
    head_size: int
    inner: int
    vocabulary: int
    positions: int
    epsilon: float
    activation: str
    tied_embeddings: bool
    rope_theta: float = 10_000.0
    rope_scaling: tuple[tuple[str, Any], ...] = ()
    qk_norm: bool = False
    """Whether queries and keys have an RMS norm: each head, as in Qwen 3, or all together."""
    embedding_scale: float = 1.0
    attention_scale: float | None = None
    """What attention scores are multiplied by; None for 1 / sqrt(head_size)."""
    attention_cap: float = 0.0
    """c in c * tanh(score / c), which limits attention scores (soft cap); 0 for no limit."""
    logit_cap: float = 0.0
    """The soft cap of the logits, as `attention_cap`."""
    window: int = 0
    """The most tokens, with itself, to which a token attends in `local_layers`."""
    local_layers: frozenset[int] = frozenset()
    """The layers with sliding-window attention; their rotary positions have a base of their own."""
    local_rope_theta: float = 10_000.0
    rotary_size: int = 0
    """How many numbers of each head are rotated by the position, from the first; 0 for learned positions."""
    unrotated_layers: frozenset[int] = frozenset()
    """The layers without positions."""
    update_scale: float = 1.0
    """What everything is multiplied by that is added to the residual stream."""
    logit_scale: float = 1.0
    """What logits are multiplied by."""
    projected_size: int = 0
    """The size of the token embeddings where a matrix brings them to `hidden`; else 0."""

    def require_fitting_heads(self) -> None:
        """Raise DamagedError unless heads share keys evenly, and rotary positions have pairs to turn."""
        pairs, odd = divmod(self.rotary_size, 2)
        rotary = not self.family.positions
        if self.heads % self.kv_heads or odd or (rotary and not pairs) or self.rotary_size > self.head_size:
            raise DamagedError(_HEADS)

    def rotates(self, layer: int) -> bool:
        """Whether queries and keys of a layer are rotated by their positions."""
        return self.rotary_size > 0 and layer not in self.unrotated_layers

    @property
    def embedding_size(self) -> int:
        """The size of the token embeddings."""
        return self.projected_size or self.hidden

    def first_norm(self) -> str:
        """The name of the norm between embeddings and first layer; "" where there is none."""
        family = self.family
        return "" if family.order == "post" else family.of_layer(0, family.attention_norm)

    def norm_after_attention(self, layer: int) -> str:
        """The name of the norm between attention and feed-forward layers."""
        family = self.family
        return family.of_layer(layer, family.attention_norm if family.order == "post" else family.mlp_norm)

    def norm_after_mlp(self, layer: int) -> str:
        """The name of the norm behind a layer, which in "pre" is that before the next one or the head."""
        family = self.family
        if family.order == "post":
            return family.of_layer(layer, family.mlp_norm)
        last = layer + 1 == self.layers
        return family.final_norm if last else family.of_layer(layer + 1, family.attention_norm)


def rotary_tables(config: DecoderConfig, length: int, local: bool = False) -> tuple[Floats, Floats]:
    """The cosines and sines of the rotary positions, each float32 [length, rotary_size / 2].

    `local`: those of the layers with sliding-window attention, which are never scaled.
    """
    half = config.rotary_size // 2
    theta = config.local_rope_theta if local else config.rope_theta
    frequencies = theta ** -(np.arange(half, dtype=np.float64) / half)
    scaling = {} if local else dict(config.rope_scaling)
    if scaling.get("rope_type") == "linear":
        frequencies /= scaling["factor"]
    elif scaling.get("rope_type") == "llama3":
        frequencies = _llama3(frequencies, scaling)
    elif scaling.get("rope_type") == "longrope":
        frequencies /= np.array(scaling["short_factor"])
    magnitude = np.float32(scaling.get("attention_factor", 1.0))
    # transformers computes the frequencies and the angles in float32.
    angles = np.outer(np.arange(length, dtype=np.float32), frequencies.astype(np.float32))
    return np.cos(angles) * magnitude, np.sin(angles) * magnitude


def _llama3(frequencies: np.ndarray[Any, np.dtype[np.float64]], scaling: dict[str, Any]) -> Any:
    """The frequencies of Llama 3.1: low ones divided by the factor, with a blend between the two bands."""
    low, high = scaling["low_freq_factor"], scaling["high_freq_factor"]
    original = scaling["original_max_position_embeddings"]
    wavelength = 2 * math.pi / frequencies
    blend = np.clip((original / wavelength - low) / (high - low), 0.0, 1.0)
    return (1 - blend) * frequencies / scaling["factor"] + blend * frequencies
