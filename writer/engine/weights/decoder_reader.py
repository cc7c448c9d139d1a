"""Reads the configuration of a decoder from a Hugging Face `config.json`, and checks it.

It covers the GPT-2 and the Llama type (Llama, Mistral, Qwen 2 and 3: grouped-query attention, rotary
positions, RMS norms, gated feed-forward layers), with Gemma as a variant of the latter. All other models run
with `TransformersDecoder`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from writer.base.typed_data import DamagedError, as_type, read_json_file
from writer.engine.protocol import EngineError
from writer.engine.weights.decoder_config import (
    DecoderConfig,
    Epsilon,
    Positions,
    Positive,
    Size,
    UnsupportedError,
    require_activation,
)
from writer.engine.weights.decoder_family import GPT2, LLAMA
from writer.engine.weights.gemma_reader import GEMMA_TYPES, read_gemma
from writer.engine.weights.neox_reader import read_neox, read_opt
from writer.engine.weights.rotary_json import RopeJson, rotary_scaling
from writer.models.model_folder import CONFIG, CONFIG_LIMIT

LLAMA_TYPES = ("llama", "mistral", "qwen2", "qwen3")


def read_decoder_config(folder: Path) -> DecoderConfig:
    """Read `config.json`.

    Raises EngineError where it is damaged, UnsupportedError where there is no graph for it.
    """
    try:
        raw = read_json_file(folder / CONFIG, dict[str, Any], CONFIG_LIMIT)
        kind = as_type(raw, _Kind).model_type
    except (OSError, DamagedError) as error:
        raise EngineError(
            "The model folder {folder} has no readable config.json. Get the model again.", folder=folder
        ) from error
    try:
        if kind == "gpt2":
            return _gpt2(as_type(raw, _Gpt2Json))
        if kind in LLAMA_TYPES:
            return _llama(as_type(raw, _LlamaJson))
        if kind in GEMMA_TYPES:
            return read_gemma(raw)
        if kind == "gpt_neox":
            return read_neox(raw)
        if kind == "opt":
            return read_opt(raw)
    except DamagedError as error:
        raise EngineError(
            "The config.json in {folder} is incomplete: {reason}. Get the model again.",
            folder=folder,
            reason=error,
        ) from error
    raise UnsupportedError("There is no faster way for models of the type {kind}.", kind=repr(kind))


@dataclass(frozen=True, slots=True)
class _Kind:
    """The key of a `config.json` that says which others it has."""

    model_type: str


@dataclass(frozen=True, slots=True)
class _Gpt2Json:
    """A `config.json` of GPT-2, with the defaults of transformers."""

    n_embd: Size = 768
    n_head: Size = 12
    n_layer: Size = 12
    n_inner: Size | None = None
    n_positions: Positions = 1024
    vocab_size: Size = 50257
    layer_norm_epsilon: Epsilon = 1e-5
    activation_function: str = "gelu_new"
    scale_attn_weights: bool = True
    scale_attn_by_inverse_layer_idx: bool = False
    tie_word_embeddings: bool = True


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


def _gpt2(raw: _Gpt2Json) -> DecoderConfig:
    if raw.scale_attn_by_inverse_layer_idx or not raw.scale_attn_weights:
        raise UnsupportedError(
            "There is no faster way for this kind of GPT-2 (its attention scales are changed)."
        )
    require_activation(raw.activation_function)
    if raw.n_embd % raw.n_head:
        raise DamagedError("`n_embd` is no multiple of `n_head`")
    return DecoderConfig(
        family=GPT2,
        layers=raw.n_layer,
        hidden=raw.n_embd,
        heads=raw.n_head,
        kv_heads=raw.n_head,
        head_size=raw.n_embd // raw.n_head,
        inner=raw.n_inner or 4 * raw.n_embd,
        vocabulary=raw.vocab_size,
        positions=raw.n_positions,
        epsilon=raw.layer_norm_epsilon,
        activation=raw.activation_function,
        tied_embeddings=raw.tie_word_embeddings,
    )


def _llama(raw: _LlamaJson) -> DecoderConfig:
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
