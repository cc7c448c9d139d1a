"""The configuration of a masked encoder (BERT, DistilBERT, RoBERTa), read from a `config.json`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from writer.engine.protocol import EngineError
from writer.engine.weights.decoder_config import UnsupportedError

MODEL_TYPES = {
    "bert": "bert",
    "distilbert": "distilbert",
    "roberta": "roberta",
    "xlm-roberta": "roberta",
    "camembert": "roberta",
}
"""From `model_type` to the architecture."""

ACTIVATIONS = ("gelu", "gelu_new", "relu")


@dataclass(frozen=True, slots=True)
class EncoderConfig:
    """The configuration of an encoder. `positions` is the most tokens, the first at `first_position`."""

    kind: str
    layers: int
    hidden: int
    heads: int
    vocabulary: int
    positions: int
    first_position: int
    epsilon: float
    activation: str


def read_encoder_config(folder: Path) -> EncoderConfig:
    """Read `config.json`.

    Raises EngineError where it is damaged, UnsupportedError where there is no graph for it.
    """
    try:
        raw = json.loads((folder / "config.json").read_text("utf-8"))
        kind = raw["model_type"]
        family = MODEL_TYPES.get(kind)
        if family is None:
            raise UnsupportedError("There is no graph for models of the type {kind}.", kind=repr(kind))
        config = _distilbert(raw) if family == "distilbert" else _bert(raw, family)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EngineError(
            "The model folder {folder} has no readable config.json. Get the model again.", folder=folder
        ) from error
    style = raw.get("position_embedding_type", "absolute")
    plain = style == "absolute" and config.activation in ACTIVATIONS and not raw.get("is_decoder")
    if not plain or config.hidden % config.heads:
        raise UnsupportedError("There is no graph for models of the type {kind}.", kind=repr(kind))
    return config


def _bert(raw: dict[str, Any], kind: str) -> EncoderConfig:
    first_position = int(raw.get("pad_token_id", 1)) + 1 if kind == "roberta" else 0
    return EncoderConfig(
        kind=kind,
        layers=int(raw["num_hidden_layers"]),
        hidden=int(raw["hidden_size"]),
        heads=int(raw["num_attention_heads"]),
        vocabulary=int(raw["vocab_size"]),
        positions=int(raw["max_position_embeddings"]) - first_position,
        first_position=first_position,
        epsilon=float(raw.get("layer_norm_eps", 1e-12)),
        activation=str(raw.get("hidden_act", "gelu")),
    )


def _distilbert(raw: dict[str, Any]) -> EncoderConfig:
    return EncoderConfig(
        kind="distilbert",
        layers=int(raw["n_layers"]),
        hidden=int(raw["dim"]),
        heads=int(raw["n_heads"]),
        vocabulary=int(raw["vocab_size"]),
        positions=int(raw["max_position_embeddings"]),
        first_position=0,
        epsilon=1e-12,
        activation=str(raw.get("activation", "gelu")),
    )
