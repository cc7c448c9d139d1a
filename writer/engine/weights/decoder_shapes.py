"""The shapes of a decoder's tensors, by its configuration."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from writer.engine.weights.decoder_config import DecoderConfig
from writer.engine.weights.decoder_weights import stored_head
from writer.engine.weights.shape_check import ShapeCheck, Shapes
from writer.engine.weights.weights import Weights


def require_decoder_shapes(folder: Path, config: DecoderConfig, weights: Weights) -> None:
    """Raise EngineError unless `weights` has each tensor of the decoder in its shape.

    Nor may its layers have any other, or there be more layers: a model would write without what it learned.
    """
    family = config.family
    check = ShapeCheck(folder, weights, weights.prefix)
    check.require(_outside_layers(config))
    for layer in range(config.layers):
        check.require(_norms(config, layer))
        for linear in _linear_layers(config):
            parts = [(family.of_layer(layer, name), outputs, inputs) for name, outputs, inputs in linear]
            biases = [(f"{name}.bias", (outputs,)) for name, outputs, _ in parts]
            (check.require if family.biased else check.require_all_or_none)(biases)
            check.require(
                (f"{name}.weight", (inputs, outputs) if family.transposed else (outputs, inputs))
                for name, outputs, inputs in parts
            )
    check.require_no_others(f"{family.layers}.")
    head = stored_head(config, weights)
    if head in weights or not config.tied_embeddings:
        shape = (config.vocabulary, config.embedding_size)
        ShapeCheck(folder, weights, "").require([(head, shape)])


def _outside_layers(config: DecoderConfig) -> Shapes:
    family, hidden, embedding = config.family, config.hidden, config.embedding_size
    yield f"{family.embedding}.weight", (config.vocabulary, embedding)
    if family.positions:
        yield f"{family.positions}.weight", (config.positions + family.position_offset, hidden)
    if embedding != hidden:
        yield f"{family.project_in}.weight", (hidden, embedding)
        yield f"{family.project_out}.weight", (embedding, hidden)
    if family.final_norm:
        yield from _norm(config, family.final_norm, hidden)


def _norms(config: DecoderConfig, layer: int) -> Shapes:
    family = config.family
    names = (family.attention_norm, family.attention_update_norm, family.mlp_norm, family.mlp_update_norm)
    for name in filter(None, names):
        yield from _norm(config, family.of_layer(layer, name), config.hidden)
    for part in "qk" if config.qk_norm else "":
        heads = config.heads if part == "q" else config.kv_heads
        size = config.head_size * (heads if family.whole_qk_norm else 1)
        yield family.of_layer(layer, f"self_attn.{part}_norm.weight"), (size,)


def _norm(config: DecoderConfig, name: str, size: int) -> Shapes:
    yield f"{name}.weight", (size,)
    if config.family.norm == "layer":
        yield f"{name}.bias", (size,)


def _linear_layers(config: DecoderConfig) -> Iterator[list[tuple[str, int, int]]]:
    """The linear layers of a layer: the names of the parts of each, with their outputs and inputs."""
    family, hidden = config.family, config.hidden
    queries, keys = config.heads * config.head_size, config.kv_heads * config.head_size
    outputs = (queries, keys, keys) if len(family.qkv) > 1 else (queries + 2 * keys,)
    yield [(name, size, hidden) for name, size in zip(family.qkv, outputs, strict=True)]
    yield [(family.out, hidden, queries)]
    inner = config.inner * 2 if family.gated and len(family.up) == 1 else config.inner
    yield [(name, inner, hidden) for name in family.up]
    yield [(family.down, hidden, config.inner)]
