"""Reads the configuration of a decoder from a Hugging Face `config.json`, and checks it.

GPT-2 is read here, each of the others in a module of its own. Models for which there is no graph run with
`TransformersDecoder`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from writer.base.typed_data import DamagedError, as_type, read_json_file
from writer.engine.protocol import EngineError
from writer.engine.weights.decoder_config import (
    DecoderConfig,
    Epsilon,
    Positions,
    Size,
    UnsupportedError,
    head_size_of,
    require_activation,
)
from writer.engine.weights.decoder_family import GPT2
from writer.engine.weights.gemma_reader import GEMMA_TYPES, read_gemma
from writer.engine.weights.llama_reader import LLAMA_TYPES, read_llama
from writer.engine.weights.neox_reader import read_neox, read_opt
from writer.models.model_folder import CONFIG, CONFIG_LIMIT


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
    read = _READERS.get(kind)
    if read is None:
        raise UnsupportedError("There is no faster way for models of the type {kind}.", kind=repr(kind))
    try:
        config = read(raw)
        config.require_fitting_heads()
    except DamagedError as error:
        raise EngineError(
            "The config.json in {folder} is incomplete: {reason}. Get the model again.",
            folder=folder,
            reason=error,
        ) from error
    return config


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


def _gpt2(found: dict[str, Any]) -> DecoderConfig:
    raw = as_type(found, _Gpt2Json)
    if raw.scale_attn_by_inverse_layer_idx or not raw.scale_attn_weights:
        raise UnsupportedError(
            "There is no faster way for this kind of GPT-2 (its attention scales are changed)."
        )
    require_activation(raw.activation_function)
    return DecoderConfig(
        family=GPT2,
        layers=raw.n_layer,
        hidden=raw.n_embd,
        heads=raw.n_head,
        kv_heads=raw.n_head,
        head_size=head_size_of(raw.n_embd, raw.n_head),
        inner=raw.n_inner or 4 * raw.n_embd,
        vocabulary=raw.vocab_size,
        positions=raw.n_positions,
        epsilon=raw.layer_norm_epsilon,
        activation=raw.activation_function,
        tied_embeddings=raw.tie_word_embeddings,
    )


_READERS: Mapping[str, Callable[[dict[str, Any]], DecoderConfig]] = {
    "gpt2": _gpt2,
    **dict.fromkeys(LLAMA_TYPES, read_llama),
    **dict.fromkeys(GEMMA_TYPES, read_gemma),
    "gpt_neox": read_neox,
    "opt": read_opt,
}
