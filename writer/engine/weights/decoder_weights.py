"""The weights of a decoder in one layout, whatever its family.

Linear layers are matrices [outputs, inputs]; queries, keys and values are one of them, the heads of each in
turn. So those who compute with them need not know how a family stores them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from writer.engine.weights.decoder_config import DecoderConfig
from writer.engine.weights.weights import Floats, Tensor, Weights

Linear = tuple[Floats, Floats | None]
"""The matrix [outputs, inputs] and the bias [outputs] of a linear layer."""

_COMPARED_ROWS = 256
"""Rows by which a head is compared with the embeddings."""


def stored_head(config: DecoderConfig, weights: Weights) -> str:
    """The name of the output matrix among `weights`; where there is none, that which it would have."""
    names = [f"{name}.weight" for name in config.family.heads]
    return next((name for name in names if name in weights), names[0])


def as_stored(config: DecoderConfig, weights: Weights) -> DecoderConfig:
    """`config` with a head of its own where there is one with other values than the embeddings.

    Transformers takes it, too, whatever `tie_word_embeddings` says. The shapes must have been checked.
    """
    name = stored_head(config, weights)
    if not config.tied_embeddings or name not in weights:
        return config
    rows = np.linspace(0, config.vocabulary - 1, _COMPARED_ROWS).astype(np.int64)
    embeddings = DecoderWeights(config, weights).tokens()
    is_tied = np.array_equal(weights[name].rows(rows), embeddings.rows(rows))
    return replace(config, tied_embeddings=is_tied)


class DecoderWeights:
    """The weights of the decoder of `config`. Its methods raise KeyError where a tensor is missing."""

    def __init__(self, config: DecoderConfig, weights: Weights) -> None:
        self._config = config
        self._family = config.family
        self._weights = weights
        self._prefix = weights.prefix
        self.own_head = "" if config.tied_embeddings else stored_head(config, weights)
        """The name of the output matrix; "" where the embeddings serve."""

    def tokens(self) -> Tensor:
        """The embeddings of the tokens, [vocabulary, embedding_size]."""
        return self._weights[f"{self._prefix}{self._family.embedding}.weight"]

    def positions(self) -> Tensor | None:
        """The embeddings of learned positions, [positions + position_offset, hidden]; else None."""
        name = self._family.positions
        return self._weights[f"{self._prefix}{name}.weight"] if name else None

    def projection(self, way: Literal["in", "out"]) -> Floats | None:
        """The matrix from embeddings into the first layer, or from the last to the head; None for neither."""
        if self._config.embedding_size == self._config.hidden:
            return None
        name = self._family.project_in if way == "in" else self._family.project_out
        return self._tensor(f"{name}.weight")

    def qkv(self, layer: int) -> Linear:
        """The queries, keys and values: (heads + 2 * kv_heads) * head_size outputs."""
        matrix, bias = self._linear(layer, self._family.qkv)
        rows = self._qkv_rows()
        if rows is None:
            return matrix, bias
        return matrix[rows], None if bias is None else bias[rows]

    def out(self, layer: int) -> Linear:
        """The output projection of attention."""
        return self._update(self._linear(layer, (self._family.out,)))

    def up(self, layer: int) -> Linear:
        """The first feed-forward layer; where it is gated, the outputs of the gate come first."""
        return self._linear(layer, self._family.up)

    def down(self, layer: int) -> Linear:
        """The last feed-forward layer."""
        return self._update(self._linear(layer, (self._family.down,)))

    def norm(self, name: str) -> tuple[Floats, ...]:
        """The scale of a norm, and its bias where the norms of the family have one."""
        parts = ("weight", "bias") if self._family.norm == "layer" else ("weight",)
        scale, *bias = (self._tensor(f"{name}.{part}") for part in parts)
        factor = np.float32(self._config.logit_scale if name == self._family.final_norm else 1)
        return tuple(values * factor for values in (self._scale(scale), *bias))

    def head_norm(self, layer: int, part: str) -> Floats:
        """The scale of the norm of each head, or of all, of the queries ("q") or keys ("k")."""
        return self._scale(self._tensor(self._family.of_layer(layer, f"self_attn.{part}_norm.weight")))

    def head(self) -> Tensor:
        """The matrix [vocabulary, embedding_size] that makes the logits."""
        return self._weights[self.own_head] if self.own_head else self.tokens()

    def _qkv_rows(self) -> NDArray[np.int64] | None:
        """The rows of the family's matrix in the order of ours; None where it is the same."""
        config = self._config
        if self._family.qkv_by_head:
            rows = np.arange(3 * config.heads * config.head_size).reshape(config.heads, 3, config.head_size)
            return rows.transpose(1, 0, 2).reshape(-1)
        if self._family.interleaved:
            count = config.heads + 2 * config.kv_heads
            heads = np.arange(count * config.head_size).reshape(count, config.head_size)
            turned = heads[: config.heads + config.kv_heads]
            turned[:] = np.concatenate([turned[:, ::2], turned[:, 1::2]], axis=1)
            return heads.reshape(-1)
        return None

    def _update(self, linear: Linear) -> Linear:
        """A linear layer whose outputs are added to the residual stream."""
        factor = np.float32(self._config.update_scale)
        if factor == 1:
            return linear
        matrix, bias = linear
        return matrix * factor, None if bias is None else bias * factor

    def _scale(self, weight: Floats) -> Floats:
        offset = self._family.norm_offset
        return weight + np.float32(offset) if offset else weight

    def _linear(self, layer: int, names: Sequence[str]) -> Linear:
        names = [self._family.of_layer(layer, name) for name in names]
        matrices = [self._tensor(f"{name}.weight") for name in names]
        if self._family.transposed:
            matrices = [matrix.T for matrix in matrices]
        biases = [f"{name}.bias" for name in names]
        if not self._family.biased:
            biases = [bias for bias in biases if self._prefix + bias in self._weights]
        return _joined(matrices), _joined([self._tensor(bias) for bias in biases]) if biases else None

    def _tensor(self, name: str) -> Floats:
        return self._weights[self._prefix + name].floats()


def _joined(parts: Sequence[Floats]) -> Floats:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
