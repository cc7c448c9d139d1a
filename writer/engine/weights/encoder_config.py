"""The configuration of a masked encoder (BERT, DistilBERT, RoBERTa), read from a `config.json`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec

from writer.base.typed_data import DamagedError, as_type, read_json_file
from writer.engine.protocol import EngineError
from writer.engine.weights.decoder_config import Epsilon, Positions, Size, UnsupportedError
from writer.models.model_folder import CONFIG, CONFIG_LIMIT

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
        raw = read_json_file(folder / CONFIG, dict[str, Any], CONFIG_LIMIT)
        common = as_type(raw, _Common)
        kind = common.model_type
        family = MODEL_TYPES.get(kind)
        if family is None:
            raise UnsupportedError("There is no faster way for models of the type {kind}.", kind=repr(kind))
        config = _distilbert(as_type(raw, _DistilbertJson)) if family == "distilbert" else _bert(raw, family)
    except (OSError, DamagedError) as error:
        raise EngineError(
            "The model folder {folder} has no readable config.json. Get the model again.", folder=folder
        ) from error
    plain = common.position_embedding_type == "absolute" and config.activation in ACTIVATIONS
    if not plain or common.is_decoder or config.hidden % config.heads:
        raise UnsupportedError("There is no faster way for models of the type {kind}.", kind=repr(kind))
    return config


@dataclass(frozen=True, slots=True)
class _Common:
    """The keys of a `config.json` that all encoders have."""

    model_type: str
    position_embedding_type: str = "absolute"
    is_decoder: bool = False


@dataclass(frozen=True, slots=True)
class _BertJson:
    """A `config.json` of BERT and RoBERTa, with the defaults of transformers."""

    num_hidden_layers: Size
    hidden_size: Size
    num_attention_heads: Size
    vocab_size: Size
    max_position_embeddings: Positions
    pad_token_id: Annotated[int, msgspec.Meta(ge=0, le=1 << 27)] | None = 1
    layer_norm_eps: Epsilon = 1e-12
    hidden_act: str = "gelu"


@dataclass(frozen=True, slots=True)
class _DistilbertJson:
    """A `config.json` of DistilBERT, with the defaults of transformers."""

    n_layers: Size
    dim: Size
    n_heads: Size
    vocab_size: Size
    max_position_embeddings: Positions
    activation: str = "gelu"


def _bert(raw: dict[str, Any], family: str) -> EncoderConfig:
    bert = as_type(raw, _BertJson)
    if family == "roberta" and bert.pad_token_id is None:
        raise DamagedError("no `pad_token_id`")
    first_position = (bert.pad_token_id or 0) + 1 if family == "roberta" else 0
    if first_position > bert.max_position_embeddings // 2:
        raise DamagedError("too few positions are left")
    return EncoderConfig(
        kind=family,
        layers=bert.num_hidden_layers,
        hidden=bert.hidden_size,
        heads=bert.num_attention_heads,
        vocabulary=bert.vocab_size,
        positions=bert.max_position_embeddings - first_position,
        first_position=first_position,
        epsilon=bert.layer_norm_eps,
        activation=bert.hidden_act,
    )


def _distilbert(raw: _DistilbertJson) -> EncoderConfig:
    return EncoderConfig(
        kind="distilbert",
        layers=raw.n_layers,
        hidden=raw.dim,
        heads=raw.n_heads,
        vocabulary=raw.vocab_size,
        positions=raw.max_position_embeddings,
        first_position=0,
        epsilon=1e-12,
        activation=raw.activation,
    )
