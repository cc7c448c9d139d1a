"""Reads the configuration of a model of the Llama type from its `config.json`.

The type has grouped-query attention, rotary positions, RMS norms and gated feed-forward layers: Llama,
Mistral, Qwen 2 and 3; SmolLM3, of which some layers have no positions; Granite, with factors; ERNIE 4.5;
Phi-3 and 4, with fused layers; OLMo 2, with norms in other places.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
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
from writer.engine.weights.decoder_family import ERNIE, LLAMA, OLMO2, PHI3
from writer.engine.weights.rotary_json import RopeJson, rotary_scaling
from writer.models.facts.model_facts import window_in_use

_FAMILIES = {
    "llama": LLAMA,
    "mistral": LLAMA,
    "qwen2": LLAMA,
    "qwen3": LLAMA,
    "smollm3": LLAMA,
    "granite": LLAMA,
    "ernie4_5": ERNIE,
    "phi3": PHI3,
    "olmo2": OLMO2,
}
LLAMA_TYPES = tuple(_FAMILIES)

_DEFAULTS: dict[str, dict[str, Any]] = {
    "mistral": {
        "num_key_value_heads": 8,
        "max_position_embeddings": 131_072,
        "sliding_window": 4096,
    },
    "qwen2": {"num_key_value_heads": 32, "max_position_embeddings": 32768, "sliding_window": 4096},
    "qwen3": {
        "num_key_value_heads": 32,
        "head_dim": 128,
        "max_position_embeddings": 32768,
        "sliding_window": 4096,
    },
    "smollm3": {
        "tie_word_embeddings": True,
        "rope_theta": 2_000_000.0,
        "num_key_value_heads": 4,
        "max_position_embeddings": 32768,
    },
    "ernie4_5": {
        "tie_word_embeddings": True,
        "rope_theta": 500_000.0,
        "rms_norm_eps": 1e-5,
        "num_key_value_heads": 2,
        "head_dim": 128,
        "max_position_embeddings": 131_072,
    },
    "phi3": {"rms_norm_eps": 1e-5, "max_position_embeddings": 4096},
    "olmo2": {"rms_norm_eps": 1e-5},
    "granite": {"attention_multiplier": 1.0},
}
"""The defaults of transformers where a type has others."""


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
    layer_types: tuple[str, ...] | None = None
    rms_norm_eps: Epsilon = 1e-6
    rope_theta: Positive | None = None
    rope_parameters: RopeJson | None = None
    rope_scaling: RopeJson | None = None
    hidden_act: str = "silu"
    mlp_bias: bool = False
    tie_word_embeddings: bool = False
    use_bias: bool = False
    partial_rotary_factor: Epsilon = 1.0
    original_max_position_embeddings: Positions | None = None
    no_rope_layers: tuple[int, ...] | None = None
    no_rope_layer_interval: Size = 4
    embedding_multiplier: Positive = 1.0
    attention_multiplier: Positive | None = None
    residual_multiplier: Positive = 1.0
    logits_scaling: Positive = 1.0


def read_llama(found: dict[str, Any]) -> DecoderConfig:
    """The configuration in a `config.json`. Raises DamagedError, and UnsupportedError without a graph."""
    kind = found["model_type"]
    raw = as_type({**_DEFAULTS.get(kind, {}), **found}, _LlamaJson)
    if raw.hidden_act != "silu" or raw.mlp_bias:
        raise UnsupportedError(
            "There is no faster way for this kind of Llama (it has another activation, or biases)."
        )
    heads = raw.num_attention_heads
    kv_heads, head_size = raw.num_key_value_heads or heads, raw.head_dim or raw.hidden_size // heads
    rope, theta = _rotary(raw)
    rotary_size = int(head_size * rope.partial_rotary_factor) if kind == "phi3" else head_size
    if rope.short_factor is not None and len(rope.short_factor) != rotary_size // 2:
        raise DamagedError("the rotary positions lack a factor")
    config = DecoderConfig(
        family=replace(_FAMILIES[kind], biased=kind == "ernie4_5" and raw.use_bias),
        layers=raw.num_hidden_layers,
        hidden=raw.hidden_size,
        heads=heads,
        kv_heads=kv_heads,
        head_size=head_size,
        inner=raw.intermediate_size,
        vocabulary=raw.vocab_size,
        positions=_positions(raw, rope),
        epsilon=raw.rms_norm_eps,
        activation="silu",
        tied_embeddings=raw.tie_word_embeddings,
        rope_theta=theta,
        rope_scaling=rotary_scaling(replace(rope, partial_rotary_factor=1.0) if kind == "phi3" else rope),
        qk_norm=kind in ("qwen3", "olmo2"),
        rotary_size=rotary_size,
        unrotated_layers=_unrotated(raw) if kind == "smollm3" else frozenset(),
    )
    return _with_factors(config, raw) if kind == "granite" else config


def _with_factors(config: DecoderConfig, raw: _LlamaJson) -> DecoderConfig:
    return replace(
        config,
        embedding_scale=raw.embedding_multiplier,
        attention_scale=raw.attention_multiplier,
        update_scale=raw.residual_multiplier,
        logit_scale=1 / raw.logits_scaling,
    )


def _positions(raw: _LlamaJson, rope: RopeJson) -> int:
    """The most tokens: within the window, and for "longrope" within those for which its factors are."""
    positions = raw.max_position_embeddings
    window = window_in_use(raw.model_type, raw.sliding_window, raw.use_sliding_window, raw.layer_types or ())
    if window is not None:
        positions = min(positions, window)
    if rope.style == "longrope" and rope.original_max_position_embeddings:
        positions = min(positions, int(rope.original_max_position_embeddings))
    return positions


def _rotary(raw: _LlamaJson) -> tuple[RopeJson, float]:
    """The rotary positions and their base. Phi-3 says parts of them elsewhere, and calls "longrope" "su"."""
    new = raw.rope_parameters or RopeJson()
    theta = new.rope_theta or raw.rope_theta or 10_000.0
    rope = raw.rope_scaling or new
    if raw.model_type != "phi3":
        return rope, theta
    if raw.rope_parameters is None:
        rope = replace(rope, partial_rotary_factor=raw.partial_rotary_factor)
    if rope.style not in ("su", "yarn", "longrope"):
        return rope, theta
    original = rope.original_max_position_embeddings or raw.original_max_position_embeddings or 4096
    if original < 2:
        raise DamagedError("the rotary positions lack a factor")
    share = rope.factor or raw.max_position_embeddings / original
    factor = math.sqrt(1 + math.log(share) / math.log(original)) if share > 1 else 1.0
    return replace(
        rope,
        rope_type="longrope",
        original_max_position_embeddings=original,
        attention_factor=rope.attention_factor or factor,
    ), theta


def _unrotated(raw: _LlamaJson) -> frozenset[int]:
    """The layers without positions. Raises DamagedError where not each layer says it."""
    every = raw.no_rope_layer_interval
    rotated = raw.no_rope_layers or [int((i + 1) % every != 0) for i in range(raw.num_hidden_layers)]
    if len(rotated) != raw.num_hidden_layers:
        raise DamagedError("the types of its layers are unknown")
    return frozenset(i for i, has_positions in enumerate(rotated) if not has_positions)
