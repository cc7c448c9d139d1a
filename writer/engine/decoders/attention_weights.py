"""The attention weights of the last token, computed in numpy from the keys and values of a KV cache.

The ONNX graph does not output them. The KV cache holds the keys and values of the context, so only the last
token passes through the layers again.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from writer.base.progress import Cancelled
from writer.engine.onnx_graphs.attention_bias import MASKED
from writer.engine.weights.decoder_config import DecoderConfig, rotary_tables
from writer.engine.weights.decoder_weights import DecoderWeights, Linear
from writer.engine.weights.weights import Floats, Weights

KeysAndValues = Callable[[int], tuple[Floats, Floats]]
"""A function from a layer to its keys and values, each float32 [kv_heads, total, head_size]."""


def last_token_attention(
    config: DecoderConfig,
    weights: Weights,
    embedding: Floats,
    keys_and_values: KeysAndValues,
    cancelled: Callable[[], bool],
) -> Floats:
    """The attention weights of the last token, means over the heads, float32 [layers, total].

    `embedding` is the last token's input to the first layer, float32 [hidden]; `keys_and_values` include the
    last token's. Of the weights no more than those of a layer are in memory at a time. Raises Cancelled
    between two layers once `cancelled()`.
    """
    parts = DecoderWeights(config, weights)
    residual, found = embedding, []
    for layer in range(config.layers):
        if cancelled():
            raise Cancelled
        keys, values = keys_and_values(layer)
        layer_pass = _Layer(config, parts, layer, keys.shape[1] - 1)
        weights_by_head = _attention_weights(layer_pass.queries(residual), keys, config, layer)
        group = config.heads // config.kv_heads
        mixed = np.concatenate(
            [head_weights @ values[head // group] for head, head_weights in enumerate(weights_by_head)]
        )
        residual = layer_pass.output(residual, mixed)
        found.append(weights_by_head.mean(axis=0))
        weights.release()
    return np.stack(found)


def _attention_weights(queries: Floats, keys: Floats, config: DecoderConfig, layer: int) -> Floats:
    """The softmax of the scaled scores over the tokens, float32 [heads, total]."""
    group = len(queries) // len(keys)
    scores = np.stack([keys[head // group] @ query for head, query in enumerate(queries)])
    scores = scores * np.float32(config.attention_scale or keys.shape[2] ** -0.5)
    if config.attention_cap:
        scores = np.tanh(scores / np.float32(config.attention_cap)) * np.float32(config.attention_cap)
    if layer in config.local_layers:
        scores[:, : -config.window] = MASKED
    exponents = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights_by_head: Floats = exponents / exponents.sum(axis=1, keepdims=True)
    return weights_by_head


class _Layer:
    """The forward pass of one layer for one token at `position`."""

    def __init__(self, config: DecoderConfig, parts: DecoderWeights, layer: int, position: int) -> None:
        self._config = config
        self._family = config.family
        self._parts = parts
        self._layer = layer
        self._position = position

    def queries(self, residual: Floats) -> Floats:
        """The queries, float32 [heads, head_size], with rotary positions, of the residual stream [hidden]."""
        config = self._config
        if self._family.order != "post":
            residual = self._norm(residual, self._family.attention_norm)
        count = config.heads * config.head_size
        matrix, bias = self._parts.qkv(self._layer)
        heads = _linear(residual, (matrix[:count], None if bias is None else bias[:count]))
        if not (config.qk_norm and self._family.whole_qk_norm):
            heads = heads.reshape(config.heads, -1)
        if config.qk_norm:
            heads = _normed(heads, (self._parts.head_norm(self._layer, "q"),), config.epsilon)
        heads = heads.reshape(config.heads, -1)
        return self._rotated(heads) if config.rotates(self._layer) else heads

    def output(self, residual: Floats, mixed: Floats) -> Floats:
        """What the next layer gets."""
        family = self._family
        update = _linear(mixed, self._parts.out(self._layer))
        update = self._norm(update, family.attention_update_norm)
        if family.order == "parallel":
            return residual + update + self._mlp(self._norm(residual, family.mlp_norm))
        residual = residual + update
        if family.order == "post":
            residual = self._norm(residual, family.attention_norm)
            return self._norm(residual + self._mlp(residual), family.mlp_norm)
        return residual + self._mlp(self._norm(residual, family.mlp_norm))

    def _rotated(self, heads: Floats) -> Floats:
        local = self._layer in self._config.local_layers
        cosines, sines = (table[-1] for table in rotary_tables(self._config, self._position + 1, local))
        half = len(cosines)
        first, second, rest = heads[:, :half], heads[:, half : 2 * half], heads[:, 2 * half :]
        turned = [first * cosines - second * sines, second * cosines + first * sines, rest]
        return np.concatenate(turned, axis=1)

    def _mlp(self, x: Floats) -> Floats:
        inner = _linear(x, self._parts.up(self._layer))
        if self._family.gated:
            gate, up = np.split(inner, 2)
            inner = _activation(gate, self._config.activation) * up
        else:
            inner = _activation(inner, self._config.activation)
        return self._norm(_linear(inner, self._parts.down(self._layer)), self._family.mlp_update_norm)

    def _norm(self, x: Floats, name: str) -> Floats:
        """The norm `name` of x; for "" x itself."""
        if not name:
            return x
        parameters = self._parts.norm(self._family.of_layer(self._layer, name))
        return _normed(x, parameters, self._config.epsilon)


def _linear(x: Floats, linear: Linear) -> Floats:
    matrix, bias = linear
    result: Floats = matrix @ x if bias is None else matrix @ x + bias
    return result


def _normed(x: Floats, parameters: tuple[Floats, ...], epsilon: float) -> Floats:
    """The RMS norm of x with a scale; with a scale and a bias, the layer norm."""
    scale, *bias = parameters
    centred = x - x.mean(axis=-1, keepdims=True) if bias else x
    scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + epsilon)
    result: Floats = scaled * scale + bias[0] if bias else scaled * scale
    return result


def _activation(x: Floats, kind: str) -> Floats:
    if kind == "relu":
        return np.maximum(x, 0)
    if kind == "silu":
        gated: Floats = x / (1 + np.exp(-x))
        return gated
    if kind == "gelu":
        from math import erf

        return x * 0.5 * (1 + np.array([erf(v) for v in (x / np.sqrt(2)).tolist()], np.float32))
    inner = np.sqrt(2 / np.pi).astype(np.float32) * (x + np.float32(0.044715) * x**3)
    result: Floats = 0.5 * x * (1 + np.tanh(inner))
    return result
