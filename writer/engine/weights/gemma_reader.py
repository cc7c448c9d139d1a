"""Reads the configuration of a Gemma model (1, 2 and the text part of 3) from its `config.json`.

It is the Llama type with norms that scale by 1 + weight, scaled embeddings and a tanh GELU. Gemma 2 has norms
after attention and feed-forward, sliding windows and soft caps; Gemma 3 has norms of queries and keys instead
of the caps, and rotary positions of another base within its windows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
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
from writer.engine.weights.decoder_family import GEMMA, GEMMA2
from writer.engine.weights.rotary_json import RopeJson, rotary_scaling
from writer.models.facts.model_facts import window_in_use

GEMMA_TYPES = ("gemma", "gemma2", "gemma3", "gemma3_text")

_TANH_GELU = "gelu_pytorch_tanh"
_LOCAL, _GLOBAL = "sliding_attention", "full_attention"
_EVERY = {"gemma2": 2, "gemma3": 6, "gemma3_text": 6}
"""Which layer is a global one, from the first, where the config lists no types of layers."""


@dataclass(frozen=True, slots=True)
class _GemmaJson:
    """A `config.json` of Gemma, with the defaults of transformers that the versions have in common."""

    hidden_size: Size = 2304
    intermediate_size: Size = 9216
    num_hidden_layers: Size = 26
    num_attention_heads: Size = 8
    num_key_value_heads: Size = 4
    head_dim: Size = 256
    max_position_embeddings: Positions = 8192
    rms_norm_eps: Epsilon = 1e-6
    hidden_act: str | None = None
    hidden_activation: str | None = None
    tie_word_embeddings: bool = True
    query_pre_attn_scalar: Positive = 256.0
    sliding_window: Size | None = 4096
    sliding_window_pattern: Size | None = None
    layer_types: tuple[str, ...] | None = None
    use_bidirectional_attention: bool | None = False
    rope_theta: Positive | None = None
    rope_local_base_freq: Positive = 10_000.0
    rope_scaling: RopeJson | None = None
    rope_parameters: dict[str, Any] = field(default_factory=dict)
    vocab_size: Size | None = None
    attn_logit_softcapping: Positive | None = None
    final_logit_softcapping: Positive | None = None


_DEFAULTS: dict[str, dict[str, Any]] = {
    "gemma": {
        "hidden_size": 3072,
        "intermediate_size": 24576,
        "num_hidden_layers": 28,
        "num_attention_heads": 16,
        "num_key_value_heads": 16,
        "vocab_size": 256_000,
    },
    "gemma2": {"vocab_size": 256_000, "attn_logit_softcapping": 50.0, "final_logit_softcapping": 30.0},
    "gemma3": {"vocab_size": 262_208, "max_position_embeddings": 131_072, "rope_theta": 1_000_000.0},
}
_DEFAULTS["gemma3_text"] = _DEFAULTS["gemma3"]


def read_gemma(raw: dict[str, Any]) -> DecoderConfig:
    """The configuration in a `config.json`, or in its `text_config` where the model sees pictures, too.

    Raises DamagedError, and UnsupportedError where there is no graph for it.
    """
    kind = raw["model_type"]
    if isinstance(raw.get("text_config"), dict):
        raw = raw["text_config"]
    config = as_type({**_DEFAULTS[kind], **raw}, _GemmaJson)
    if _activation(config, kind) != _TANH_GELU or config.use_bidirectional_attention:
        raise UnsupportedError("There is no faster way for models of the type {kind}.", kind=repr(kind))
    first = kind == "gemma"
    local_layers = frozenset() if first else _local_layers(config, kind)
    window = window_in_use(kind, config.sliding_window, None, config.layer_types or ())
    rope, local_theta = _rotary(config, kind)
    return DecoderConfig(
        family=GEMMA if first else GEMMA2,
        layers=config.num_hidden_layers,
        hidden=config.hidden_size,
        heads=config.num_attention_heads,
        kv_heads=config.num_key_value_heads,
        head_size=config.head_dim,
        inner=config.intermediate_size,
        vocabulary=config.vocab_size or 0,
        positions=config.max_position_embeddings,
        epsilon=config.rms_norm_eps,
        activation=_TANH_GELU,
        tied_embeddings=config.tie_word_embeddings,
        rope_theta=rope.rope_theta or config.rope_theta or 10_000.0,
        rope_scaling=rotary_scaling(rope),
        qk_norm=kind in ("gemma3", "gemma3_text"),
        rotary_size=config.head_dim,
        embedding_scale=math.sqrt(config.hidden_size),
        attention_scale=None if first else config.query_pre_attn_scalar**-0.5,
        attention_cap=config.attn_logit_softcapping or 0.0,
        logit_cap=config.final_logit_softcapping or 0.0,
        window=window if window and local_layers else 0,
        local_layers=local_layers if window else frozenset(),
        local_rope_theta=local_theta,
    )


def _activation(config: _GemmaJson, kind: str) -> str:
    """The name of the activation; the "gelu" of the first configs of Gemma means that with tanh."""
    if kind != "gemma":
        return config.hidden_activation or _TANH_GELU
    return _TANH_GELU if config.hidden_act in (None, "gelu") else config.hidden_act


def _local_layers(config: _GemmaJson, kind: str) -> frozenset[int]:
    """The layers with sliding windows. Raises DamagedError where the types of layers are none."""
    every = config.sliding_window_pattern or _EVERY[kind]
    types = config.layer_types or tuple(
        _LOCAL if (i + 1) % every else _GLOBAL for i in range(config.num_hidden_layers)
    )
    if len(types) != config.num_hidden_layers or not set(types) <= {_LOCAL, _GLOBAL}:
        raise DamagedError("the types of its layers are unknown")
    return frozenset(i for i, kind in enumerate(types) if kind == _LOCAL)


def _rotary(config: _GemmaJson, kind: str) -> tuple[RopeJson, float]:
    """The rotary positions of global layers, and the base of those of local ones.

    Older configs of Gemma 3 name the two bases apart; those of Gemma 1 and 2 have one for all layers.
    """
    found = config.rope_parameters
    if isinstance(found.get(_GLOBAL), dict) or isinstance(found.get(_LOCAL), dict):
        rope, local = (as_type(found.get(name) or {}, RopeJson) for name in (_GLOBAL, _LOCAL))
        return rope, local.rope_theta or config.rope_local_base_freq
    rope = config.rope_scaling or as_type(found, RopeJson)
    if kind in ("gemma", "gemma2"):
        return rope, rope.rope_theta or config.rope_theta or 10_000.0
    return rope, config.rope_local_base_freq
