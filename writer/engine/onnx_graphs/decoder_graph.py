"""The decoder graph for ONNX Runtime, built from a Hugging Face folder.

- Weights are int8 in blocks of 32 along the input (`MatMulNBits`), for little memory traffic and little loss
  of precision; or float32, as the reference.
- The caller owns the KV cache, one preallocated array of keys and one of values per layer
  (`GroupQueryAttention`), so that dropping tokens is setting a length. Sliding-window attention keeps all
  tokens, too, and a bias hides those before the window.
- Embeddings are looked up outside, in the memory-mapped safetensors file.
- Logits are computed for the requested rows only.

Inputs: `embeddings` float32 [1, new, hidden]; `rows` int64 [wanted], indices into the new tokens; `last`
int32 [1], the index of the last token; `total` int32 [], the number of tokens so far; `positions` int64 [1,
new], the position of each new token; `bias` float32 [1, 1, new, total], added to the attention scores (with
`positions` and `bias`, branches of one prefix run in one pass); `local_bias`, the same for layers with
sliding-window attention, where there are some; and `key_i`, `value_i` float32 [1, kv_heads, capacity,
head_size] for each layer i. Outputs: `logits` float32 [1, wanted, vocabulary] and the KV cache as
`new_key_i`, `new_value_i`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper

from writer.engine.onnx_graphs.graph_files import Precision, weights_file
from writer.engine.onnx_graphs.graph_writer import MICROSOFT, GraphWriter
from writer.engine.weights.decoder_config import DecoderConfig, rotary_tables
from writer.engine.weights.decoder_weights import DecoderWeights
from writer.engine.weights.weights import Weights

_MAX_ROTARY_POSITIONS = 8192


def build_decoder_graph(config: DecoderConfig, weights: Weights, precision: Precision, target: Path) -> None:
    """Write the decoder graph to `target` and its weights to `target` + ".bin". Not atomic.

    Raises KeyError where a tensor is missing and OSError where a file cannot be written.
    """
    with weights_file(target).open("wb") as stream:
        model = DecoderGraph(config, weights, precision, stream, weights_file(target).name).build()
    onnx.save(model, str(target))


class DecoderGraph(GraphWriter):
    """The graph of a decoder. `n_i` and `m_i` are the norms before attention and feed-forward of layer i."""

    def __init__(
        self, config: DecoderConfig, weights: Weights, precision: Precision, stream: Any, location: str
    ) -> None:
        super().__init__(weights, precision, stream, location)
        self._config = config
        self._family = config.family
        self._parts = DecoderWeights(config, weights)
        self._rotates_apart = bool(config.rotary_size // 2 % 8)
        """Whether attention's own kernel cannot rotate the heads: it does so in steps of eight pairs."""

    def build(self) -> onnx.ModelProto:
        """The model; its weights are already written to the stream."""
        self._rotary()
        residual, normed = "embeddings", self._first_norm()
        for i in range(self._config.layers):
            mixed = self._attend(normed, i)
            if i + 1 == self._config.layers:  # after the last attention only the requested rows matter
                mixed = self._node("Gather", mixed, "rows", name="wanted_mixed", axis=1)
                residual = self._node("Gather", residual, "rows", name="wanted_stream", axis=1)
            normed, residual = self._feed_forward(mixed, residual, i)
        logits = self._head(normed)
        value = helper.make_tensor_value_info
        inputs = [
            value("rows", TensorProto.INT64, ["wanted"]),
            value("positions", TensorProto.INT64, ["batch", "new"]),
        ]
        biases = ("bias", "local_bias") if self._config.local_layers else ("bias",)
        inputs += [value(name, TensorProto.FLOAT, ["batch", 1, "new", "so_far"]) for name in biases]
        outputs = [value(logits, TensorProto.FLOAT, ["batch", "wanted", self._config.vocabulary])]
        return self._assemble("decoder", inputs, outputs)

    def _assemble(self, name: str, inputs: list[Any], outputs: list[Any]) -> onnx.ModelProto:
        """The model, with the inputs and outputs that decoder graphs have in common first."""
        config, value = self._config, helper.make_tensor_value_info
        common = [
            value("embeddings", TensorProto.FLOAT, ["batch", "new", config.hidden]),
            value("last", TensorProto.INT32, [1]),
            value("total", TensorProto.INT32, []),
        ]
        names = [f"{part}_{i}" for i in range(config.layers) for part in ("key", "value")]
        size: list[str | int | None] = ["batch", config.kv_heads, "capacity", config.head_size]
        common += [value(buffer, TensorProto.FLOAT, size) for buffer in names]
        results = [value(f"new_{buffer}", TensorProto.FLOAT, size) for buffer in names]
        return self._model(name, common + inputs, outputs + results)

    # -- one layer -------------------------------------------------------------------------

    def _first_norm(self) -> str:
        norm = self._config.first_norm()
        return self._norm("embeddings", norm, "n_0") if norm else "embeddings"

    def _attend(self, normed: str, layer: int) -> str:
        """The output of a layer's attention, before its output projection."""
        return self._attention(self._linear(normed, [self._parts.qkv(layer)], f"qkv_{layer}"), layer)

    def _feed_forward(self, mixed: str, residual: str, layer: int) -> tuple[str, str]:
        """Output projection and feed-forward layers; the next layer's normed residual, and the residual."""
        mixed = self._linear(mixed, [self._parts.out(layer)], f"o_{layer}")
        mixed = self._update_norm(mixed, self._family.attention_update_norm, layer)
        between, after = self._config.norm_after_attention(layer), self._config.norm_after_mlp(layer)
        if self._family.order == "parallel":
            out = self._mlp(self._norm(residual, between, f"m_{layer}"), layer)
            mixed = self._node("Add", mixed, out, name=f"update_{layer}")
            return self._add_norm(residual, mixed, after, f"n_{layer + 1}")
        normed, residual = self._add_norm(residual, mixed, between, f"m_{layer}")
        return self._add_norm(residual, self._mlp(normed, layer), after, f"n_{layer + 1}")

    def _mlp(self, normed: str, layer: int) -> str:
        """The output of a layer's feed-forward layers."""
        inner = self._linear(normed, [self._parts.up(layer)], f"up_{layer}")
        activate = self._gated if self._family.gated else self._activation
        inner = activate(inner, f"act_{layer}")
        out = self._linear(inner, [self._parts.down(layer)], f"down_{layer}")
        return self._update_norm(out, self._family.mlp_update_norm, layer)

    def _update_norm(self, source: str, name: str, layer: int) -> str:
        """The norm of what is added to the residual stream, where the family has one."""
        if not name:
            return source
        parameters = self._written_norm(self._family.of_layer(layer, name))
        return self._plain_norm(source, parameters, f"{source}_normed")

    def _norm(self, source: str, norm: str, name: str) -> str:
        return self._plain_norm(source, self._norm_parameters(norm), name)

    def _plain_norm(self, source: str, parameters: list[str], name: str) -> str:
        kind = "LayerNormalization" if len(parameters) == 2 else "SimplifiedLayerNormalization"
        return self._node(kind, source, *parameters, name=name, axis=-1, epsilon=self._config.epsilon)

    def _norm_parameters(self, name: str) -> list[str]:
        """The names of a norm's scale and, where it has one, its bias."""
        return self._written_norm(name)

    def _written_norm(self, name: str) -> list[str]:
        parts = zip(("weight", "bias"), self._parts.norm(name), strict=False)
        return [self._initialiser(f"{name}.{part}", values) for part, values in parts]

    # -- parts -----------------------------------------------------------------------------

    def _attention(self, packed: str, layer: int) -> str:
        config = self._config
        rotary = config.rotates(layer) and not self._rotates_apart
        inputs = [*self._heads(packed, layer), f"key_{layer}", f"value_{layer}", "last", "total"]
        inputs += [*self._rotary_names(layer), "positions"] if rotary else ["", "", ""]
        bias, window = self._limits(layer)
        inputs.append(bias)
        outputs = [f"mixed_{layer}", f"new_key_{layer}", f"new_value_{layer}"]
        self._nodes.append(
            helper.make_node(
                "GroupQueryAttention",
                inputs,
                outputs,
                domain=MICROSOFT,
                num_heads=config.heads,
                kv_num_heads=config.kv_heads,
                do_rotary=int(rotary),
                scale=config.attention_scale or config.head_size**-0.5,
                softcap=config.attention_cap,
                local_window_size=window,
            )
        )
        return outputs[0]

    def _limits(self, layer: int) -> tuple[str, int]:
        """The name of a layer's attention bias, and its window, -1 for none.

        The kernel's own window counts places in the KV cache, where one branch stands behind another.
        """
        return "local_bias" if layer in self._config.local_layers else "bias", -1

    def _rotary_names(self, layer: int) -> tuple[str, str]:
        """The names of the tables of a layer's rotary positions."""
        local = "local_" if layer in self._config.local_layers else ""
        return f"{local}cosines", f"{local}sines"

    def _heads(self, packed: str, layer: int) -> list[str]:
        """The inputs of attention for queries, keys and values: packed, or apart where they are changed."""
        config = self._config
        apart = self._rotates_apart and config.rotates(layer)
        if not config.qk_norm and not apart:
            return [packed, "", ""]
        queries, keys, values = self._split(packed, layer)
        if config.qk_norm:
            queries, keys = (
                self._normed_heads(name, layer, part) for name, part in ((queries, "q"), (keys, "k"))
            )
        if apart:
            queries = self._rotated(queries, layer, config.heads)
            keys = self._rotated(keys, layer, config.kv_heads)
        return [queries, keys, values]

    def _split(self, packed: str, layer: int) -> list[str]:
        """The queries, keys and values apart."""
        config = self._config
        names = [f"{part}_{layer}" for part in ("q", "k", "v")]
        keys = config.kv_heads * config.head_size
        sizes = self._initialiser(
            f"split_{layer}", np.array([config.heads * config.head_size, keys, keys], np.int64)
        )
        self._nodes.append(helper.make_node("Split", [packed, sizes], names, axis=-1))
        return names

    def _normed_heads(self, source: str, layer: int, part: str) -> str:
        """An RMS norm over each head, or over all, of the queries ("q") or keys ("k")."""
        scale = self._initialiser(f"{source}_norm", self._parts.head_norm(layer, part))
        if self._family.whole_qk_norm:
            return self._plain_norm(source, [scale], f"{source}_normed")
        size = self._config.head_size
        apart = self._initialiser(f"{source}_apart", np.array([0, 0, -1, size], np.int64))
        joined = self._initialiser(f"{source}_joined", np.array([0, 0, -1], np.int64))
        heads = self._node("Reshape", source, apart, name=f"{source}_heads")
        heads = self._plain_norm(heads, [scale], f"{source}_heads_normed")
        return self._node("Reshape", heads, joined, name=f"{source}_normed")

    def _rotated(self, source: str, layer: int, heads: int) -> str:
        """The queries or keys, rotated by their positions."""
        return self._node(
            "RotaryEmbedding",
            source,
            "positions",
            *self._rotary_names(layer),
            name=f"{source}_rotated",
            domain=MICROSOFT,
            num_heads=heads,
            rotary_embedding_dim=self._config.rotary_size,
        )

    def _add_norm(self, residual: str, update: str, norm: str, name: str) -> tuple[str, str]:
        """The norm of residual + update, and the next residual: the sum, or that norm of it."""
        total = f"{name}_sum"
        if not norm:
            return self._node("Add", residual, update, name=total), total
        parameters = self._norm_parameters(norm)
        kind = "SkipLayerNormalization" if len(parameters) == 2 else "SkipSimplifiedLayerNormalization"
        self._nodes.append(
            helper.make_node(
                kind,
                [residual, update, *parameters],
                [name, "", "", total],
                domain=MICROSOFT,
                epsilon=self._config.epsilon,
            )
        )
        return name, name if self._family.order == "post" else total

    def _activation(self, source: str, name: str) -> str:
        kind = self._config.activation
        if kind == "relu":
            return self._node("Relu", source, name=name)
        if kind == "gelu":
            return self._node("Gelu", source, name=name, domain=MICROSOFT)
        return self._node("FastGelu", source, name=name, domain=MICROSOFT)

    def _gated(self, both: str, name: str) -> str:
        """activation(gate) * up, of the two halves of `both`."""
        self._nodes.append(
            helper.make_node("Split", [both], [f"{name}_gate", f"{name}_up"], axis=-1, num_outputs=2)
        )
        if self._config.activation == "silu":
            gate = self._node("QuickGelu", f"{name}_gate", name=f"{name}_silu", domain=MICROSOFT, alpha=1.0)
        else:
            gate = self._activation(f"{name}_gate", f"{name}_gelu")
        return self._node("Mul", gate, f"{name}_up", name=name)

    def _head(self, normed: str) -> str:
        projection = self._parts.projection("out")
        if projection is not None:
            normed = self._linear(normed, [(projection, None)], "projected")
        cap = self._config.logit_cap
        if not cap:
            return self._head_linear(normed, "logits")
        logits = self._head_linear(normed, "uncapped")
        limit = self._initialiser("logit_cap", np.array(cap, np.float32))
        share = self._node("Div", logits, limit, name="logit_shares")
        return self._node("Mul", self._node("Tanh", share, name="logit_tanh"), limit, name="logits")

    def _head_linear(self, normed: str, name: str) -> str:
        """The product with the matrix that makes the logits; one that lies in 8 bits is taken as it is.

        Its node becomes the first: ONNX Runtime packs weights in the order of nodes, and the largest ones, of
        which it then holds two copies, are packed while it holds no others.
        """
        head = self._parts.head()
        blocks = head.eight_bits() if self._precision == "int8" else None
        if blocks is None:
            self._linear(normed, [(head.floats(), None)], name)
        else:
            self._block_linear(normed, head.shape[1], *blocks, None, name)
        self._nodes.insert(0, self._nodes.pop())
        return name

    def _rotary(self) -> None:
        """Write the tables of rotary positions, where the model has them."""
        if not self._config.rotary_size:
            return
        length = min(self._config.positions, _MAX_ROTARY_POSITIONS)
        for local in (False, True) if self._config.local_layers else (False,):
            for name, table in zip(
                ("cosines", "sines"), rotary_tables(self._config, length, local), strict=True
            ):
                self._initialiser(f"local_{name}" if local else name, table)
