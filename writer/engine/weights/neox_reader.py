"""Reads the configurations of GPT-NeoX (Pythia) and OPT models from their `config.json`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from writer.base.typed_data import as_type
from writer.engine.weights.decoder_config import (
    DecoderConfig,
    Epsilon,
    Positions,
    Positive,
    Size,
    UnsupportedError,
    head_size_of,
    require_activation,
)
from writer.engine.weights.decoder_family import NEOX, OPT
from writer.engine.weights.rotary_json import RopeJson, rotary_scaling


@dataclass(frozen=True, slots=True)
class _NeoxJson:
    """A `config.json` of GPT-NeoX, with the defaults of transformers."""

    hidden_size: Size = 6144
    num_hidden_layers: Size = 44
    num_attention_heads: Size = 64
    intermediate_size: Size = 24576
    vocab_size: Size = 50432
    max_position_embeddings: Positions = 2048
    layer_norm_eps: Epsilon = 1e-5
    hidden_act: str = "gelu"
    rotary_pct: Epsilon = 0.25
    rotary_emb_base: Positive = 10_000.0
    rope_scaling: RopeJson | None = None
    rope_parameters: RopeJson | None = None
    attention_bias: bool = True
    use_parallel_residual: bool = True
    tie_word_embeddings: bool = False


@dataclass(frozen=True, slots=True)
class _OptJson:
    """A `config.json` of OPT, with the defaults of transformers."""

    hidden_size: Size = 768
    num_hidden_layers: Size = 12
    num_attention_heads: Size = 12
    ffn_dim: Size = 3072
    vocab_size: Size = 50272
    max_position_embeddings: Positions = 2048
    word_embed_proj_dim: Size | None = None
    do_layer_norm_before: bool = True
    activation_function: str = "relu"
    enable_bias: bool = True
    layer_norm_elementwise_affine: bool = True
    tie_word_embeddings: bool = True


def read_neox(raw: dict[str, Any]) -> DecoderConfig:
    """The configuration in a `config.json`. Raises DamagedError, and UnsupportedError without a graph."""
    config = as_type(raw, _NeoxJson)
    require_activation(config.hidden_act)
    head_size = head_size_of(config.hidden_size, config.num_attention_heads)
    share, theta = config.rotary_pct, config.rotary_emb_base
    rope = config.rope_scaling or RopeJson()
    if config.rope_parameters is not None:
        rope = config.rope_parameters
        share, theta = rope.partial_rotary_factor, rope.rope_theta or theta
    return DecoderConfig(
        family=replace(
            NEOX,
            order="parallel" if config.use_parallel_residual else "pre",
            biased=config.attention_bias,
        ),
        layers=config.num_hidden_layers,
        hidden=config.hidden_size,
        heads=config.num_attention_heads,
        kv_heads=config.num_attention_heads,
        head_size=head_size,
        inner=config.intermediate_size,
        vocabulary=config.vocab_size,
        positions=config.max_position_embeddings,
        epsilon=config.layer_norm_eps,
        activation=config.hidden_act,
        tied_embeddings=config.tie_word_embeddings,
        rope_theta=theta,
        rope_scaling=rotary_scaling(replace(rope, partial_rotary_factor=1.0)),
        rotary_size=int(head_size * share),
    )


def read_opt(raw: dict[str, Any]) -> DecoderConfig:
    """The configuration in a `config.json`. Raises DamagedError, and UnsupportedError without a graph."""
    config = as_type(raw, _OptJson)
    require_activation(config.activation_function)
    if not config.layer_norm_elementwise_affine:
        raise UnsupportedError("There is no faster way for models of the type {kind}.", kind="'opt'")
    normed = config.do_layer_norm_before and not raw.get("_remove_final_layer_norm")
    projected = config.word_embed_proj_dim or config.hidden_size
    return DecoderConfig(
        family=replace(
            OPT,
            order="pre" if config.do_layer_norm_before else "post",
            final_norm=OPT.final_norm if normed else "",
            biased=config.enable_bias,
        ),
        layers=config.num_hidden_layers,
        hidden=config.hidden_size,
        heads=config.num_attention_heads,
        kv_heads=config.num_attention_heads,
        head_size=head_size_of(config.hidden_size, config.num_attention_heads),
        inner=config.ffn_dim,
        vocabulary=config.vocab_size,
        positions=config.max_position_embeddings,
        epsilon=1e-5,
        activation=config.activation_function,
        tied_embeddings=config.tie_word_embeddings,
        projected_size=projected if projected != config.hidden_size else 0,
    )
