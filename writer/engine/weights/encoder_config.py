"""What a `config.json` says about an encoder that fills gaps (BERT, DistilBERT, RoBERTa), as a value."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from writer.engine.protocol import EngineError
from writer.engine.weights.decoder_config import UnsupportedError

KINDS = {
    "bert": "bert",
    "distilbert": "distilbert",
    "roberta": "roberta",
    "xlm-roberta": "roberta",
    "camembert": "roberta",
}
"""What a config calls a model, and how it is built."""

ACTIVATIONS = ("gelu", "gelu_new", "relu")


@dataclass(frozen=True, slots=True)
class EncoderConfig:
    """The shape of an encoder. `first` is the position of the first token, `positions` the most tokens."""

    kind: str
    layers: int
    hidden: int
    heads: int
    vocabulary: int
    positions: int
    first: int
    epsilon: float
    activation: str


def read_encoder_config(folder: Path) -> EncoderConfig:
    """Read `config.json`. Raises EngineError where it is damaged, UnsupportedError if of another type."""
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        kind = config["model_type"]
        family = KINDS.get(kind)
        if family is None:
            raise UnsupportedError("There is no graph for models of the type {kind}.", kind=repr(kind))
        shape = _distilbert(config) if family == "distilbert" else _bert(config, family)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EngineError(
            "The model folder {folder} has no readable config.json. Get the model again.", folder=folder
        ) from error
    style = config.get("position_embedding_type", "absolute")
    plain = style == "absolute" and shape.activation in ACTIVATIONS and not config.get("is_decoder")
    if not plain or shape.hidden % shape.heads:
        raise UnsupportedError("There is no graph for models of the type {kind}.", kind=repr(kind))
    return shape


def _bert(config: dict[str, Any], kind: str) -> EncoderConfig:
    first = int(config.get("pad_token_id", 1)) + 1 if kind == "roberta" else 0
    return EncoderConfig(
        kind=kind,
        layers=int(config["num_hidden_layers"]),
        hidden=int(config["hidden_size"]),
        heads=int(config["num_attention_heads"]),
        vocabulary=int(config["vocab_size"]),
        positions=int(config["max_position_embeddings"]) - first,
        first=first,
        epsilon=float(config.get("layer_norm_eps", 1e-12)),
        activation=str(config.get("hidden_act", "gelu")),
    )


def _distilbert(config: dict[str, Any]) -> EncoderConfig:
    return EncoderConfig(
        kind="distilbert",
        layers=int(config["n_layers"]),
        hidden=int(config["dim"]),
        heads=int(config["n_heads"]),
        vocabulary=int(config["vocab_size"]),
        positions=int(config["max_position_embeddings"]),
        first=0,
        epsilon=1e-12,
        activation=str(config.get("activation", "gelu")),
    )
