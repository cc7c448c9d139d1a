"""The configuration of a decoder, read from a Hugging Face `config.json` and checked.

It covers the GPT-2 and the Llama type (Llama, Mistral, Qwen 2 and 3: grouped-query attention, rotary
positions, RMS norms, gated feed-forward layers). All other models run with `TransformersDecoder`.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from writer.engine.protocol import EngineError
from writer.engine.weights.safetensors_reader import Floats

LLAMA_TYPES = ("llama", "mistral", "qwen2", "qwen3")


class UnsupportedError(EngineError):
    """A model of a type for which there is no graph."""


@dataclass(frozen=True, slots=True)
class DecoderConfig:
    """The configuration of a decoder. `positions` is the most tokens, `inner` the feed-forward size."""

    kind: Literal["gpt2", "llama"]
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
    """Whether each head of the queries and keys has an RMS norm, as in Qwen 3."""


def read_decoder_config(folder: Path) -> DecoderConfig:
    """Read `config.json`.

    Raises EngineError where it is damaged, UnsupportedError where there is no graph for it.
    """
    try:
        raw = json.loads((folder / "config.json").read_text("utf-8"))
        kind = raw["model_type"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EngineError(
            "The model folder {folder} has no readable config.json. Get the model again.", folder=folder
        ) from error
    try:
        if kind == "gpt2":
            return _gpt2(raw)
        if kind in LLAMA_TYPES:
            return _llama(raw, kind)
    except (KeyError, TypeError, ValueError) as error:
        raise EngineError(
            "The config.json in {folder} is incomplete: {reason}. Get the model again.",
            folder=folder,
            reason=error,
        ) from error
    raise UnsupportedError("There is no graph for models of the type {kind}.", kind=repr(kind))


def _gpt2(raw: dict[str, Any]) -> DecoderConfig:
    if raw.get("scale_attn_by_inverse_layer_idx") or not raw.get("scale_attn_weights", True):
        raise UnsupportedError("There is no graph for GPT-2 models with changed attention scales.")
    activation = raw.get("activation_function", "gelu_new")
    if activation not in ("gelu_new", "gelu", "relu", "gelu_pytorch_tanh"):
        raise UnsupportedError(
            "There is no graph for the activation {activation}.", activation=repr(activation)
        )
    hidden, heads = int(raw.get("n_embd", 768)), int(raw.get("n_head", 12))
    return DecoderConfig(
        kind="gpt2",
        layers=int(raw.get("n_layer", 12)),
        hidden=hidden,
        heads=heads,
        kv_heads=heads,
        head_size=hidden // heads,
        inner=int(raw.get("n_inner") or 4 * hidden),
        vocabulary=int(raw.get("vocab_size", 50257)),
        positions=int(raw.get("n_positions", 1024)),
        epsilon=float(raw.get("layer_norm_epsilon", 1e-5)),
        activation=activation,
        tied_embeddings=bool(raw.get("tie_word_embeddings", True)),
    )


def _llama(raw: dict[str, Any], kind: str) -> DecoderConfig:
    if raw.get("hidden_act", "silu") != "silu" or raw.get("mlp_bias"):
        raise UnsupportedError("There is no graph for Llama models with another activation or with biases.")
    positions = int(raw.get("max_position_embeddings", 2048))
    window = raw.get("sliding_window")
    if window and raw.get("use_sliding_window", kind == "mistral"):
        positions = min(positions, int(window))
    rope = dict(raw.get("rope_parameters") or {})
    scaling = dict(raw.get("rope_scaling") or rope)
    theta = float(rope.get("rope_theta") or raw.get("rope_theta") or 10_000.0)
    style = scaling.get("rope_type", scaling.get("type", "default"))
    if style not in ("default", "linear", "llama3"):
        raise UnsupportedError(
            "There is no graph for rotary positions of the type {style}.", style=repr(style)
        )
    if scaling.get("partial_rotary_factor", 1.0) != 1.0:
        raise UnsupportedError("There is no graph for models that rotate only a part of each head.")
    hidden, heads = int(raw["hidden_size"]), int(raw["num_attention_heads"])
    return DecoderConfig(
        kind="llama",
        layers=int(raw["num_hidden_layers"]),
        hidden=hidden,
        heads=heads,
        kv_heads=int(raw.get("num_key_value_heads") or heads),
        head_size=int(raw.get("head_dim") or hidden // heads),
        inner=int(raw["intermediate_size"]),
        vocabulary=int(raw["vocab_size"]),
        positions=positions,
        epsilon=float(raw.get("rms_norm_eps", 1e-6)),
        activation="silu",
        tied_embeddings=bool(raw.get("tie_word_embeddings", False)),
        rope_theta=theta,
        rope_scaling=() if style == "default" else tuple(sorted({**scaling, "rope_type": style}.items())),
        qk_norm=kind == "qwen3",
    )


def rotary_tables(config: DecoderConfig, length: int) -> tuple[Floats, Floats]:
    """The cosines and sines of the rotary positions, each float32 [length, head_size / 2]."""
    half = config.head_size // 2
    frequencies = config.rope_theta ** -(np.arange(half, dtype=np.float64) / half)
    scaling = dict(config.rope_scaling)
    if scaling.get("rope_type") == "linear":
        frequencies /= scaling["factor"]
    elif scaling.get("rope_type") == "llama3":
        frequencies = _llama3(frequencies, scaling)
    # transformers computes the frequencies and the angles in float32.
    angles = np.outer(np.arange(length, dtype=np.float32), frequencies.astype(np.float32))
    return np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)


def _llama3(frequencies: np.ndarray[Any, np.dtype[np.float64]], scaling: dict[str, Any]) -> Any:
    """The frequencies of Llama 3.1: low ones divided by the factor, with a blend between the two bands."""
    low, high = scaling["low_freq_factor"], scaling["high_freq_factor"]
    original = scaling["original_max_position_embeddings"]
    wavelength = 2 * math.pi / frequencies
    blend = np.clip((original / wavelength - low) / (high - low), 0.0, 1.0)
    return (1 - blend) * frequencies / scaling["factor"] + blend * frequencies
