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
from writer.engine.weights.safetensors_reader import Floats, Weights

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
    last token's. Raises Cancelled between two layers once `cancelled()`.
    """
    layer_of = _Gpt2 if config.kind == "gpt2" else _Llama
    residual, found = embedding, []
    for layer in range(config.layers):
        if cancelled():
            raise Cancelled
        keys, values = keys_and_values(layer)
        layer_pass = layer_of(config, weights, layer, keys.shape[1] - 1)
        weights_by_head = _attention_weights(layer_pass.queries(residual), keys, config, layer)
        group = config.heads // config.kv_heads
        mixed = np.concatenate(
            [head_weights @ values[head // group] for head, head_weights in enumerate(weights_by_head)]
        )
        residual = layer_pass.output(residual, mixed)
        found.append(weights_by_head.mean(axis=0))
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

    def __init__(self, config: DecoderConfig, weights: Weights, layer: int, position: int) -> None:
        self._config = config
        self._weights = weights
        self._layer = layer
        self._position = position

    def _tensor(self, name: str) -> Floats:
        return self._weights[self._weights.prefix + name].floats()

    def _optional_tensor(self, name: str) -> Floats | np.float32:
        name = self._weights.prefix + name
        return self._weights[name].floats() if name in self._weights else np.float32(0)


class _Gpt2(_Layer):
    def queries(self, residual: Floats) -> Floats:
        """The queries, float32 [heads, head_size], of the residual stream [hidden]."""
        normed = self._norm(residual, "ln_1")
        hidden = self._config.hidden
        weight, bias = self._layer_tensor("attn.c_attn.weight"), self._layer_tensor("attn.c_attn.bias")
        queries: Floats = normed @ weight[:, :hidden] + bias[:hidden]
        return queries.reshape(self._config.heads, -1)

    def output(self, residual: Floats, mixed: Floats) -> Floats:
        """What the next layer gets."""
        residual = residual + self._conv1d(mixed, "attn.c_proj")
        inner = _activation(self._conv1d(self._norm(residual, "ln_2"), "mlp.c_fc"), self._config.activation)
        return residual + self._conv1d(inner, "mlp.c_proj")

    def _layer_tensor(self, name: str) -> Floats:
        return self._tensor(f"h.{self._layer}.{name}")

    def _conv1d(self, x: Floats, name: str) -> Floats:
        result: Floats = x @ self._layer_tensor(name + ".weight") + self._layer_tensor(name + ".bias")
        return result

    def _norm(self, x: Floats, name: str) -> Floats:
        centred = x - x.mean()
        scaled = centred / np.sqrt((centred**2).mean() + self._config.epsilon)
        result: Floats = scaled * self._layer_tensor(name + ".weight") + self._layer_tensor(name + ".bias")
        return result


class _Llama(_Layer):
    def queries(self, residual: Floats) -> Floats:
        """The queries, float32 [heads, head_size], with rotary positions, of the residual stream [hidden]."""
        queries = self._linear(self._norm(residual, "input_layernorm"), "self_attn.q_proj")
        heads = queries.reshape(self._config.heads, -1)
        if self._config.qk_norm:
            heads = self._norm(heads, "self_attn.q_norm")
        local = self._layer in self._config.local_layers
        cosines, sines = (table[-1] for table in rotary_tables(self._config, self._position + 1, local))
        half = self._config.head_size // 2
        first, second = heads[:, :half], heads[:, half:]
        return np.concatenate([first * cosines - second * sines, second * cosines + first * sines], axis=1)

    def output(self, residual: Floats, mixed: Floats) -> Floats:
        """What the next layer gets."""
        mixed, between = self._linear(mixed, "self_attn.o_proj"), "post_attention_layernorm"
        if self._config.post_norms:
            mixed, between = self._norm(mixed, between), "pre_feedforward_layernorm"
        residual = residual + mixed
        normed = self._norm(residual, between)
        gate = self._linear(normed, "mlp.gate_proj")
        silu = self._config.activation == "silu"
        inner = gate / (1 + np.exp(-gate)) if silu else _activation(gate, self._config.activation)
        out = self._linear(inner * self._linear(normed, "mlp.up_proj"), "mlp.down_proj")
        if self._config.post_norms:
            out = self._norm(out, "post_feedforward_layernorm")
        return residual + out

    def _layer_name(self, name: str) -> str:
        return f"layers.{self._layer}.{name}"

    def _linear(self, x: Floats, name: str) -> Floats:
        weight = self._tensor(self._layer_name(name + ".weight"))
        result: Floats = weight @ x + self._optional_tensor(self._layer_name(name + ".bias"))
        return result

    def _norm(self, x: Floats, name: str) -> Floats:
        scaled = x / np.sqrt((x**2).mean(axis=-1, keepdims=True) + self._config.epsilon)
        scale = self._tensor(self._layer_name(name + ".weight"))
        result: Floats = scaled * (scale + 1 if self._config.offset_norms else scale)
        return result


def _activation(x: Floats, kind: str) -> Floats:
    if kind == "relu":
        return np.maximum(x, 0)
    if kind == "gelu":
        from math import erf

        return x * 0.5 * (1 + np.array([erf(v) for v in (x / np.sqrt(2)).tolist()], np.float32))
    inner = np.sqrt(2 / np.pi).astype(np.float32) * (x + np.float32(0.044715) * x**3)
    result: Floats = 0.5 * x * (1 + np.tanh(inner))
    return result
