"""What a Hugging Face `config.json` says about a decoder, as a checked value.

Covers the GPT-2 and the Llama type (Llama, Mistral, Qwen 2 and 3: grouped heads, rotary positions,
RMS norms, a gated feed-forward). Everything else runs through `generic.py`.
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
    """A whole and sound model of a type for which there is no graph."""


@dataclass(frozen=True, slots=True)
class DecoderConfig:
    """The shape of a decoder. Sizes count elements; `positions` is the longest context in tokens."""

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
    tied: bool
    rope_theta: float = 10_000.0
    rope_scaling: tuple[tuple[str, Any], ...] = ()
    norm_heads: bool = False
    """Qwen 3 normalises each head of the queries and keys."""


def read_decoder_config(folder: Path) -> DecoderConfig:
    """Read `config.json`. Raises EngineError if damaged, UnsupportedError if of another type."""
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        kind = config["model_type"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EngineError(
            "The model folder {folder} has no readable config.json. Get the model again.", folder=folder
        ) from error
    try:
        if kind == "gpt2":
            return _gpt2(config)
        if kind in LLAMA_TYPES:
            return _llama(config, kind)
    except (KeyError, TypeError, ValueError) as error:
        raise EngineError(
            "The config.json in {folder} is incomplete: {reason}. Get the model again.",
            folder=folder,
            reason=error,
        ) from error
    raise UnsupportedError("There is no graph for models of the type {kind}.", kind=repr(kind))


def _gpt2(config: dict[str, Any]) -> DecoderConfig:
    if config.get("scale_attn_by_inverse_layer_idx") or not config.get("scale_attn_weights", True):
        raise UnsupportedError("There is no graph for GPT-2 models with changed attention scales.")
    activation = config.get("activation_function", "gelu_new")
    if activation not in ("gelu_new", "gelu", "relu", "gelu_pytorch_tanh"):
        raise UnsupportedError(
            "There is no graph for the activation {activation}.", activation=repr(activation)
        )
    hidden, heads = int(config.get("n_embd", 768)), int(config.get("n_head", 12))
    return DecoderConfig(
        kind="gpt2",
        layers=int(config.get("n_layer", 12)),
        hidden=hidden,
        heads=heads,
        kv_heads=heads,
        head_size=hidden // heads,
        inner=int(config.get("n_inner") or 4 * hidden),
        vocabulary=int(config.get("vocab_size", 50257)),
        positions=int(config.get("n_positions", 1024)),
        epsilon=float(config.get("layer_norm_epsilon", 1e-5)),
        activation=activation,
        tied=bool(config.get("tie_word_embeddings", True)),
    )


def _llama(config: dict[str, Any], kind: str) -> DecoderConfig:
    if config.get("hidden_act", "silu") != "silu" or config.get("mlp_bias"):
        raise UnsupportedError("There is no graph for Llama models with another activation or with biases.")
    positions = int(config.get("max_position_embeddings", 2048))
    window = config.get("sliding_window")
    if window and config.get("use_sliding_window", kind == "mistral"):
        positions = min(positions, int(window))
    rope = dict(config.get("rope_parameters") or {})
    scaling = dict(config.get("rope_scaling") or rope)
    theta = float(rope.get("rope_theta") or config.get("rope_theta") or 10_000.0)
    style = scaling.get("rope_type", scaling.get("type", "default"))
    if style not in ("default", "linear", "llama3"):
        raise UnsupportedError(
            "There is no graph for rotary positions of the type {style}.", style=repr(style)
        )
    if scaling.get("partial_rotary_factor", 1.0) != 1.0:
        raise UnsupportedError("There is no graph for models that rotate only a part of each head.")
    hidden, heads = int(config["hidden_size"]), int(config["num_attention_heads"])
    return DecoderConfig(
        kind="llama",
        layers=int(config["num_hidden_layers"]),
        hidden=hidden,
        heads=heads,
        kv_heads=int(config.get("num_key_value_heads") or heads),
        head_size=int(config.get("head_dim") or hidden // heads),
        inner=int(config["intermediate_size"]),
        vocabulary=int(config["vocab_size"]),
        positions=positions,
        epsilon=float(config.get("rms_norm_eps", 1e-6)),
        activation="silu",
        tied=bool(config.get("tie_word_embeddings", False)),
        rope_theta=theta,
        rope_scaling=() if style == "default" else tuple(sorted({**scaling, "rope_type": style}.items())),
        norm_heads=kind == "qwen3",
    )


def rotary_tables(shape: DecoderConfig, length: int) -> tuple[Floats, Floats]:
    """Cosines and sines of the rotary positions, each float32 [length, head_size / 2]."""
    half = shape.head_size // 2
    frequencies = shape.rope_theta ** -(np.arange(half, dtype=np.float64) / half)
    scaling = dict(shape.rope_scaling)
    if scaling.get("rope_type") == "linear":
        frequencies /= scaling["factor"]
    elif scaling.get("rope_type") == "llama3":
        frequencies = _llama3(frequencies, scaling)
    # transformers computes the frequencies and the angles in float32.
    angles = np.outer(np.arange(length, dtype=np.float32), frequencies.astype(np.float32))
    return np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)


def _llama3(frequencies: np.ndarray[Any, np.dtype[np.float64]], scaling: dict[str, Any]) -> Any:
    """Stretch the slow rotations only, blending between the two bands (Llama 3.1)."""
    low, high = scaling["low_freq_factor"], scaling["high_freq_factor"]
    original = scaling["original_max_position_embeddings"]
    wavelength = 2 * math.pi / frequencies
    blend = np.clip((original / wavelength - low) / (high - low), 0.0, 1.0)
    return (1 - blend) * frequencies / scaling["factor"] + blend * frequencies
