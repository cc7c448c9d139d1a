"""Turns a Hugging Face folder (GPT-2, Llama type) into a decoder graph for ONNX Runtime.

The graph is made for one job, continuing a text while it is being typed:

- weights in int8, blocks of 32 along the input, so that a token costs little memory traffic and
  loses little truth (`MatMulNBits`); or in float32, as the reference;
- keys and values in one buffer per layer that the caller owns (`GroupQueryAttention`): taking back
  tokens is setting a number;
- embeddings are looked up outside, in the mapped safetensors file;
- logits only for the rows that are asked for.

Inputs: `embeddings` float32 [1, new, hidden]; `rows` int64 [wanted], indices into the new tokens;
`last` int32 [1], the index of the last token; `total` int32 [], the number of tokens so far; `positions`
int64 [1, new], where each new token stands; `bias` float32 [1, 1, new, total], what each new token adds to
its attention to every token (with both, branches of one text run side by side); and `key_i`, `value_i`
float32 [1, kv_heads, capacity, head_size] for each layer i.
Outputs: `logits` float32 [1, wanted, vocabulary] and the buffers as `new_key_i`, `new_value_i`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper

from writer.engine.architecture import Architecture, rotary_tables
from writer.engine.graph_writer import MICROSOFT, GraphWriter
from writer.engine.precision import Precision
from writer.engine.weights import Weights

_LONGEST = 8192


def build_graph(shape: Architecture, weights: Weights, precision: Precision, target: Path) -> None:
    """Write the graph to `target` and its weights to `target` + ".bin".

    Not atomic: the caller builds in a folder of its own and moves it into place.
    """
    data_file = target.with_name(target.name + ".bin")
    with data_file.open("wb") as stream:
        graph = _Graph(shape, weights, precision, stream, data_file.name)
        model = graph.build()
    onnx.save(model, str(target))


class _Graph(GraphWriter):
    """A decoder's graph."""

    def __init__(
        self, shape: Architecture, weights: Weights, precision: Precision, stream: Any, location: str
    ) -> None:
        super().__init__(weights, precision, stream, location)
        self._shape = shape

    def build(self) -> onnx.ModelProto:
        """The whole model, its weights already in the stream."""
        outputs = self._gpt2() if self._shape.kind == "gpt2" else self._llama()
        buffers: list[str | int | None] = ["batch", self._shape.kv_heads, "capacity", self._shape.head_size]
        value = helper.make_tensor_value_info
        inputs = [
            value("embeddings", TensorProto.FLOAT, ["batch", "new", self._shape.hidden]),
            value("rows", TensorProto.INT64, ["wanted"]),
            value("last", TensorProto.INT32, [1]),
            value("total", TensorProto.INT32, []),
            value("positions", TensorProto.INT64, ["batch", "new"]),
            value("bias", TensorProto.FLOAT, ["batch", 1, "new", "so_far"]),
        ]
        layers = range(self._shape.layers)
        inputs += [value(f"{n}_{i}", TensorProto.FLOAT, buffers) for i in layers for n in ("key", "value")]
        results = [value(outputs, TensorProto.FLOAT, ["batch", "wanted", self._shape.vocabulary])]
        results += [
            value(f"new_{n}_{i}", TensorProto.FLOAT, buffers) for i in layers for n in ("key", "value")
        ]
        return self._model("decoder", inputs, results)

    # -- the two families ------------------------------------------------------------------

    def _gpt2(self) -> str:
        shape = self._shape
        norm: dict[str, Any] = {"epsilon": shape.epsilon}
        stream = "embeddings"
        normed = self._node(
            "LayerNormalization", stream, *self._affine("h.0.ln_1"), name="n_0", axis=-1, **norm
        )
        for i in range(shape.layers):
            name = f"h.{i}."
            packed = self._linear(normed, [self._conv1d(name + "attn.c_attn")], f"qkv_{i}")
            mixed, stream = self._last_rows(self._attention(packed, i), stream, i)
            mixed = self._linear(mixed, [self._conv1d(name + "attn.c_proj")], f"o_{i}")
            normed, stream = self._add_norm(stream, mixed, self._affine(name + "ln_2"), f"m_{i}")
            inner = self._linear(normed, [self._conv1d(name + "mlp.c_fc")], f"up_{i}")
            inner = self._activation(inner, f"act_{i}")
            out = self._linear(inner, [self._conv1d(name + "mlp.c_proj")], f"down_{i}")
            following = f"h.{i + 1}.ln_1" if i + 1 < shape.layers else "ln_f"
            normed, stream = self._add_norm(stream, out, self._affine(following), f"n_{i + 1}")
        return self._head(normed, "wte.weight")

    def _llama(self) -> str:
        shape = self._shape
        stream = "embeddings"
        scale = self._tensor("layers.0.input_layernorm.weight")
        normed = self._node(
            "SimplifiedLayerNormalization", stream, scale, name="n_0", axis=-1, epsilon=shape.epsilon
        )
        self._rotary()
        for i in range(shape.layers):
            name = f"layers.{i}."
            attention = [name + f"self_attn.{part}_proj" for part in "qkv"]
            packed = self._linear(normed, [self._torch_linear(n) for n in attention], f"qkv_{i}")
            mixed, stream = self._last_rows(self._attention(packed, i), stream, i)
            mixed = self._linear(mixed, [self._torch_linear(name + "self_attn.o_proj")], f"o_{i}")
            scale = self._tensor(name + "post_attention_layernorm.weight")
            normed, stream = self._add_norm(stream, mixed, [scale], f"m_{i}")
            gates = [self._torch_linear(name + f"mlp.{part}_proj") for part in ("gate", "up")]
            both = self._linear(normed, gates, f"gateup_{i}")
            inner = self._gated(both, f"act_{i}")
            out = self._linear(inner, [self._torch_linear(name + "mlp.down_proj")], f"down_{i}")
            last = i + 1 == shape.layers
            scale = self._tensor("norm.weight" if last else f"layers.{i + 1}.input_layernorm.weight")
            normed, stream = self._add_norm(stream, out, [scale], f"n_{i + 1}")
        return self._head(normed, "embed_tokens.weight")

    # -- parts -----------------------------------------------------------------------------

    def _attention(self, packed: str, layer: int) -> str:
        shape = self._shape
        rotary = shape.kind == "llama"
        queries = self._normed_heads(packed, layer) if shape.norm_heads else [packed, "", ""]
        inputs = [*queries, f"key_{layer}", f"value_{layer}", "last", "total"]
        inputs += ["cosines", "sines", "positions"] if rotary else ["", "", ""]
        inputs.append("bias")
        outputs = [f"mixed_{layer}", f"new_key_{layer}", f"new_value_{layer}"]
        self._nodes.append(
            helper.make_node(
                "GroupQueryAttention",
                inputs,
                outputs,
                domain=MICROSOFT,
                num_heads=shape.heads,
                kv_num_heads=shape.kv_heads,
                do_rotary=int(rotary),
            )
        )
        return outputs[0]

    def _normed_heads(self, packed: str, layer: int) -> list[str]:
        """Queries, keys and values apart, with an RMS norm over each head of the first two."""
        shape = self._shape
        names = [f"{part}_{layer}" for part in ("q", "k", "v")]
        keys = shape.kv_heads * shape.head_size
        sizes = self._initialiser(
            f"split_{layer}", np.array([shape.heads * shape.head_size, keys, keys], np.int64)
        )
        self._nodes.append(helper.make_node("Split", [packed, sizes], names, axis=-1))
        apart = self._initialiser(f"apart_{layer}", np.array([0, 0, -1, shape.head_size], np.int64))
        joined = self._initialiser(f"joined_{layer}", np.array([0, 0, -1], np.int64))
        normed = []
        for name, part in zip(names[:2], ("q", "k"), strict=True):
            heads = self._node("Reshape", name, apart, name=f"{name}_heads")
            scale = self._tensor(f"layers.{layer}.self_attn.{part}_norm.weight")
            heads = self._node(
                "SimplifiedLayerNormalization",
                heads,
                scale,
                name=f"{name}_heads_normed",
                axis=-1,
                epsilon=shape.epsilon,
            )
            normed.append(self._node("Reshape", heads, joined, name=f"{name}_normed"))
        return [*normed, names[2]]

    def _last_rows(self, mixed: str, stream: str, layer: int) -> tuple[str, str]:
        """Behind the last attention only the wanted rows matter; before it, all of them."""
        if layer + 1 < self._shape.layers:
            return mixed, stream
        return (
            self._node("Gather", mixed, "rows", name="wanted_mixed", axis=1),
            self._node("Gather", stream, "rows", name="wanted_stream", axis=1),
        )

    def _add_norm(self, stream: str, update: str, parameters: list[str], name: str) -> tuple[str, str]:
        """The norm of stream + update, and that sum."""
        total = f"{name}_sum"
        kind = "SkipLayerNormalization" if len(parameters) == 2 else "SkipSimplifiedLayerNormalization"
        self._nodes.append(
            helper.make_node(
                kind,
                [stream, update, *parameters],
                [name, "", "", total],
                domain=MICROSOFT,
                epsilon=self._shape.epsilon,
            )
        )
        return name, total

    def _activation(self, source: str, name: str) -> str:
        kind = self._shape.activation
        if kind == "relu":
            return self._node("Relu", source, name=name)
        if kind == "gelu":
            return self._node("Gelu", source, name=name, domain=MICROSOFT)
        return self._node("FastGelu", source, name=name, domain=MICROSOFT)

    def _gated(self, both: str, name: str) -> str:
        """silu(gate) * up, of the two halves of `both`."""
        self._nodes.append(
            helper.make_node("Split", [both], [f"{name}_gate", f"{name}_up"], axis=-1, num_outputs=2)
        )
        gate = self._node("QuickGelu", f"{name}_gate", name=f"{name}_silu", domain=MICROSOFT, alpha=1.0)
        return self._node("Mul", gate, f"{name}_up", name=name)

    def _head(self, normed: str, embedding: str) -> str:
        name = embedding if self._shape.tied or "lm_head.weight" not in self._weights else "lm_head.weight"
        matrix = (self._weights[name] if name == "lm_head.weight" else self._find(name)).floats()
        return self._linear(normed, [(matrix, None)], "logits")

    def _rotary(self) -> None:
        cosines, sines = rotary_tables(self._shape, min(self._shape.positions, _LONGEST))
        self._initialiser("cosines", cosines)
        self._initialiser("sines", sines)
