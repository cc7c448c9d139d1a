"""Reads the configuration of a model of the Llama type from its `config.json`.

The type has grouped-query attention, rotary positions, RMS norms and gated feed-forward layers: Llama,
Mistral, Qwen 2 and 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from writer.base.typed_data import DamagedError, as_type
from writer.engine.weights.decoder_config import (
    DecoderConfig,
    Epsilon,
    Positions,
    Positive,
    Size,
    UnsupportedError,
)
from writer.engine.weights.decoder_family import LLAMA
from writer.engine.weights.rotary_json import RopeJson, rotary_scaling

LLAMA_TYPES = ("llama", "mistral", "qwen2", "qwen3")


@dataclass(frozen=True, slots=True)
class _LlamaJson:
    """A `config.json` of the Llama type, with the defaults of transformers."""

    model_type: str
    hidden_size: Size
    num_attention_heads: Size
    num_hidden_layers: Size
    intermediate_size: Size
    vocab_size: Size
    num_key_value_heads: Size | None = None
    head_dim: Size | None = None
    max_position_embeddings: Positions = 2048
    sliding_window: Positions | None = None
    use_sliding_window: bool | None = None
    rms_norm_eps: Epsilon = 1e-6
    rope_theta: Positive | None = None
    rope_parameters: RopeJson | None = None
    rope_scaling: RopeJson | None = None
    hidden_act: str = "silu"
    mlp_bias: bool = False
    tie_word_embeddings: bool = False


def read_llama(found: dict[str, Any]) -> DecoderConfig:
    """The configuration in a `config.json`. Raises DamagedError, and UnsupportedError without a graph."""
    raw = as_type(found, _LlamaJson)
    if raw.hidden_act != "silu" or raw.mlp_bias:
        raise UnsupportedError(
            "There is no faster way for this kind of Llama (it has another activation, or biases)."
        )
    positions = raw.max_position_embeddings
    windowed = raw.model_type == "mistral" if raw.use_sliding_window is None else raw.use_sliding_window
    if raw.sliding_window and windowed:
        positions = min(positions, raw.sliding_window)
    heads = raw.num_attention_heads
    kv_heads, head_size = raw.num_key_value_heads or heads, raw.head_dim or raw.hidden_size // heads
    if heads % kv_heads or head_size % 2 or not head_size:
        raise DamagedError("the heads do not fit together")
    rope = raw.rope_parameters or RopeJson()
    return DecoderConfig(
        family=LLAMA,
        layers=raw.num_hidden_layers,
        hidden=raw.hidden_size,
        heads=heads,
        kv_heads=kv_heads,
        head_size=head_size,
        inner=raw.intermediate_size,
        vocabulary=raw.vocab_size,
        positions=positions,
        epsilon=raw.rms_norm_eps,
        activation="silu",
        tied_embeddings=raw.tie_word_embeddings,
        rope_theta=rope.rope_theta or raw.rope_theta or 10_000.0,
        rope_scaling=rotary_scaling(raw.rope_scaling or rope),
        qk_norm=raw.model_type == "qwen3",
        rotary_size=head_size,
    )
