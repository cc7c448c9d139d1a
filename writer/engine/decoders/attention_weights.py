"""Where a model looks while it chooses the next token: the weights of its attention, computed on request.

The graph of the engine keeps these to itself. Keys and values of the context are in its buffer, though, so
only one token needs to go through the layers again, in float32 and in plain numpy.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from writer.base.progress import Cancelled
from writer.engine.weights.decoder_config import DecoderConfig, rotary_tables
from writer.engine.weights.safetensors_reader import Floats, Weights

KeyValueRows = Callable[[int], tuple[Floats, Floats]]
"""From a layer to its keys and values, each float32 [kv_heads, total, head_size], with the last token's."""


def last_attention(
    shape: DecoderConfig,
    weights: Weights,
    embedded: Floats,
    kept: KeyValueRows,
    cancelled: Callable[[], bool],
) -> Floats:
    """How much the last token looks at each token so far, float32 [layers, total]: the mean over the heads.

    `embedded` is the last token as the first layer gets it, [hidden]. Raises `Cancelled` between layers.
    """
    layer_of = _Gpt2 if shape.kind == "gpt2" else _Llama
    stream, found = embedded, []
    for layer in range(shape.layers):
        if cancelled():
            raise Cancelled
        keys, values = kept(layer)
        part = layer_of(shape, weights, layer, keys.shape[1] - 1)
        shares = _shares(part.queries(stream), keys)
        group = shape.heads // shape.kv_heads
        mixed = np.concatenate([share @ values[head // group] for head, share in enumerate(shares)])
        stream = part.after(stream, mixed)
        found.append(shares.mean(axis=0))
    return np.stack(found)


def _shares(queries: Floats, keys: Floats) -> Floats:
    """The softmax over the tokens, [heads, total]."""
    group = len(queries) // len(keys)
    scores = np.stack([keys[head // group] @ query for head, query in enumerate(queries)])
    scores = scores / np.float32(np.sqrt(keys.shape[2]))
    exponents = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Floats = exponents / exponents.sum(axis=1, keepdims=True)
    return shares


class _Layer:
    """One layer for one token at `position`."""

    def __init__(self, shape: DecoderConfig, weights: Weights, layer: int, position: int) -> None:
        self._shape = shape
        self._weights = weights
        self._layer = layer
        self._position = position

    def _tensor(self, name: str) -> Floats:
        return self._weights[self._weights.prefix + name].floats()

    def _maybe(self, name: str) -> Floats | np.float32:
        name = self._weights.prefix + name
        return self._weights[name].floats() if name in self._weights else np.float32(0)


class _Gpt2(_Layer):
    def queries(self, stream: Floats) -> Floats:
        """[heads, head_size]"""
        normed = self._norm(stream, "ln_1")
        hidden = self._shape.hidden
        weight, bias = self._named("attn.c_attn.weight"), self._named("attn.c_attn.bias")
        asked: Floats = normed @ weight[:, :hidden] + bias[:hidden]
        return asked.reshape(self._shape.heads, -1)

    def after(self, stream: Floats, mixed: Floats) -> Floats:
        """What the next layer gets."""
        stream = stream + self._conv(mixed, "attn.c_proj")
        inner = _activated(self._conv(self._norm(stream, "ln_2"), "mlp.c_fc"), self._shape.activation)
        return stream + self._conv(inner, "mlp.c_proj")

    def _named(self, name: str) -> Floats:
        return self._tensor(f"h.{self._layer}.{name}")

    def _conv(self, x: Floats, name: str) -> Floats:
        result: Floats = x @ self._named(name + ".weight") + self._named(name + ".bias")
        return result

    def _norm(self, x: Floats, name: str) -> Floats:
        centred = x - x.mean()
        scaled = centred / np.sqrt((centred**2).mean() + self._shape.epsilon)
        result: Floats = scaled * self._named(name + ".weight") + self._named(name + ".bias")
        return result


class _Llama(_Layer):
    def queries(self, stream: Floats) -> Floats:
        """[heads, head_size], turned by their position."""
        asked = self._linear(self._norm(stream, "input_layernorm"), "self_attn.q_proj")
        heads = asked.reshape(self._shape.heads, -1)
        if self._shape.norm_heads:
            heads = self._norm(heads, "self_attn.q_norm")
        cosines, sines = (table[-1] for table in rotary_tables(self._shape, self._position + 1))
        half = self._shape.head_size // 2
        first, second = heads[:, :half], heads[:, half:]
        return np.concatenate([first * cosines - second * sines, second * cosines + first * sines], axis=1)

    def after(self, stream: Floats, mixed: Floats) -> Floats:
        """What the next layer gets."""
        stream = stream + self._linear(mixed, "self_attn.o_proj")
        normed = self._norm(stream, "post_attention_layernorm")
        gate = self._linear(normed, "mlp.gate_proj")
        inner = gate / (1 + np.exp(-gate)) * self._linear(normed, "mlp.up_proj")
        return stream + self._linear(inner, "mlp.down_proj")

    def _named(self, name: str) -> str:
        return f"layers.{self._layer}.{name}"

    def _linear(self, x: Floats, name: str) -> Floats:
        weight = self._tensor(self._named(name + ".weight"))
        result: Floats = weight @ x + self._maybe(self._named(name + ".bias"))
        return result

    def _norm(self, x: Floats, name: str) -> Floats:
        scaled = x / np.sqrt((x**2).mean(axis=-1, keepdims=True) + self._shape.epsilon)
        result: Floats = scaled * self._tensor(self._named(name + ".weight"))
        return result


def _activated(x: Floats, kind: str) -> Floats:
    if kind == "relu":
        return np.maximum(x, 0)
    if kind == "gelu":
        from math import erf

        return x * 0.5 * (1 + np.array([erf(v) for v in (x / np.sqrt(2)).tolist()], np.float32))
    inner = np.sqrt(2 / np.pi).astype(np.float32) * (x + np.float32(0.044715) * x**3)
    result: Floats = 0.5 * x * (1 + np.tanh(inner))
    return result
