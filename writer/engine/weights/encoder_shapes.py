"""The shapes of an encoder's tensors, by its configuration."""

from __future__ import annotations

from pathlib import Path

from writer.engine.weights.encoder_config import EncoderConfig
from writer.engine.weights.shape_check import ShapeCheck, Shapes
from writer.engine.weights.weights import Weights

HEAD_NAMES = {
    "bert": ("cls.predictions.transform.dense", "cls.predictions.transform.LayerNorm"),
    "roberta": ("lm_head.dense", "lm_head.layer_norm"),
    "distilbert": ("vocab_transform", "vocab_layer_norm"),
}
OUTPUT_NAMES = {
    "bert": ("cls.predictions.decoder.weight", "cls.predictions.bias", "cls.predictions.decoder.bias"),
    "roberta": ("lm_head.decoder.weight", "lm_head.bias", "lm_head.decoder.bias"),
    "distilbert": ("vocab_projector.weight", "vocab_projector.bias"),
}
"""The tensor names of the output matrix, which may be the embedding itself, and of its bias."""

_BERT = (
    ("attention.self.query", "attention.self.key", "attention.self.value"),
    ("attention.output.dense", "intermediate.dense", "output.dense"),
    ("attention.output.LayerNorm", "output.LayerNorm"),
)
_DISTILBERT = (
    ("attention.q_lin", "attention.k_lin", "attention.v_lin"),
    ("attention.out_lin", "ffn.lin1", "ffn.lin2"),
    ("sa_layer_norm", "output_layer_norm"),
)
"""A layer's tensors: those of the queries, keys and values, the other linear ones, and the norms."""


def require_encoder_shapes(folder: Path, config: EncoderConfig, weights: Weights) -> None:
    """Raise EngineError unless `weights` has the embeddings and layers of the encoder in their shapes.

    Nor may there be more layers than the config says, or more within one.
    """
    check, hidden = ShapeCheck(folder, weights, f"{config.kind}."), config.hidden
    distilled = config.kind == "distilbert"
    queries, (mixed, up, down), norms = _DISTILBERT if distilled else _BERT
    layers = "transformer.layer." if distilled else "encoder.layer."
    check.require(_embeddings(config))
    types = "embeddings.token_type_embeddings.weight"
    check.require_all_or_none([(types, (max(1, _rows(weights, f"{config.kind}.{types}")), hidden))])
    _require_norm(check, "embeddings.LayerNorm", hidden)
    for layer in range(config.layers):
        name = f"{layers}{layer}."
        inner = _rows(weights, f"{config.kind}.{name}{up}.weight")
        square = (*queries, mixed)
        check.require((f"{name}{part}.weight", (hidden, hidden)) for part in square)
        check.require([(f"{name}{up}.weight", (inner, hidden)), (f"{name}{down}.weight", (hidden, inner))])
        check.require_all_or_none((f"{name}{part}.bias", (hidden,)) for part in queries)
        for part, size in ((mixed, hidden), (up, inner), (down, hidden)):
            check.require_all_or_none([(f"{name}{part}.bias", (size,))])
        for norm in norms:
            _require_norm(check, name + norm, hidden)
    check.require_no_others(layers)
    _require_head(ShapeCheck(folder, weights, ""), config)


def _embeddings(config: EncoderConfig) -> Shapes:
    yield "embeddings.word_embeddings.weight", (config.vocabulary, config.hidden)
    yield "embeddings.position_embeddings.weight", (config.first_position + config.positions, config.hidden)


def _require_head(check: ShapeCheck, config: EncoderConfig) -> None:
    """The head's dense layer and norm, and the output matrix, which may be the embedding itself."""
    hidden, (dense, norm), (matrix, *biases) = (
        config.hidden,
        HEAD_NAMES[config.kind],
        OUTPUT_NAMES[config.kind],
    )
    check.require([(f"{dense}.weight", (hidden, hidden))])
    check.require_all_or_none([(f"{dense}.bias", (hidden,))])
    _require_norm(check, norm, hidden)
    check.require_all_or_none([(matrix, (config.vocabulary, hidden))])
    check.require([(next(filter(check.has, biases), biases[0]), (config.vocabulary,))])


def _require_norm(check: ShapeCheck, name: str, size: int) -> None:
    """A norm has a scale and a bias; old model folders call them gamma and beta."""
    parts = ("gamma", "beta") if check.has(f"{name}.gamma") else ("weight", "bias")
    check.require((f"{name}.{part}", (size,)) for part in parts)


def _rows(weights: Weights, name: str) -> int:
    """The rows of a tensor, 0 where it is none."""
    shape = weights[name].shape if name in weights else ()
    return shape[0] if shape else 0
