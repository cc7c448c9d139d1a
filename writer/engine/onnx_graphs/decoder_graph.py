"""The decoder graph for ONNX Runtime, built from a Hugging Face folder (GPT-2 or Llama type).

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
from writer.engine.weights.safetensors_reader import Floats, Weights

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
        norm = self._norm_parameters(self._norm_name(0))
        kind = "LayerNormalization" if len(norm) == 2 else "SimplifiedLayerNormalization"
        return self._node(kind, "embeddings", *norm, name="n_0", axis=-1, epsilon=self._config.epsilon)

    def _attend(self, normed: str, layer: int) -> str:
        """The output of a layer's attention, before its output projection."""
        if self._config.kind == "gpt2":
            parts = [self._conv1d(f"h.{layer}.attn.c_attn")]
        else:
            parts = [self._torch_linear(f"layers.{layer}.self_attn.{part}_proj") for part in "qkv"]
        return self._attention(self._linear(normed, parts, f"qkv_{layer}"), layer)

    def _feed_forward(self, mixed: str, residual: str, layer: int) -> tuple[str, str]:
        """Output projection and feed-forward layers; the next layer's normed residual, and the residual."""
        gpt2 = self._config.kind == "gpt2"
        output = (
            self._conv1d(f"h.{layer}.attn.c_proj")
            if gpt2
            else self._torch_linear(f"layers.{layer}.self_attn.o_proj")
        )
        mixed = self._linear(mixed, [output], f"o_{layer}")
        between = f"h.{layer}.ln_2" if gpt2 else f"layers.{layer}.post_attention_layernorm"
        if self._config.post_norms:
            mixed = self._post_norm(mixed, between, f"o_{layer}_normed")
            between = f"layers.{layer}.pre_feedforward_layernorm"
        normed, residual = self._add_norm(residual, mixed, between, f"m_{layer}")
        if gpt2:
            inner = self._linear(normed, [self._conv1d(f"h.{layer}.mlp.c_fc")], f"up_{layer}")
            inner = self._activation(inner, f"act_{layer}")
            down = self._conv1d(f"h.{layer}.mlp.c_proj")
        else:
            gates = [self._torch_linear(f"layers.{layer}.mlp.{part}_proj") for part in ("gate", "up")]
            inner = self._gated(self._linear(normed, gates, f"gateup_{layer}"), f"act_{layer}")
            down = self._torch_linear(f"layers.{layer}.mlp.down_proj")
        out = self._linear(inner, [down], f"down_{layer}")
        if self._config.post_norms:
            out = self._post_norm(out, f"layers.{layer}.post_feedforward_layernorm", f"down_{layer}_normed")
        return self._add_norm(residual, out, self._norm_name(layer + 1), f"n_{layer + 1}")

    def _norm_name(self, layer: int) -> str:
        """The name of the norm before layer `layer`; after the last layer, that before the head."""
        last = layer == self._config.layers
        if self._config.kind == "gpt2":
            return "ln_f" if last else f"h.{layer}.ln_1"
        return "norm" if last else f"layers.{layer}.input_layernorm"

    def _norm_parameters(self, name: str) -> list[str]:
        """The names of a norm's scale and, for GPT-2, its bias."""
        parts = ("weight", "bias") if self._config.kind == "gpt2" else ("weight",)
        return [self._initialiser(f"{name}.{part}", self._norm_values(f"{name}.{part}")) for part in parts]

    def _norm_values(self, name: str) -> Floats:
        """The scale or bias of a norm, float32 [size]."""
        values: Floats = self._find(name).floats()
        return values + np.float32(1) if self._config.offset_norms else values

    def _post_norm(self, source: str, norm: str, name: str) -> str:
        """The RMS norm of what is added to the residual stream."""
        scale = self._initialiser(f"{norm}.weight", self._norm_values(f"{norm}.weight"))
        return self._rms_norm(source, scale, name)

    def _rms_norm(self, source: str, scale: str, name: str) -> str:
        kind, epsilon = "SimplifiedLayerNormalization", self._config.epsilon
        return self._node(kind, source, scale, name=name, axis=-1, epsilon=epsilon)

    # -- parts -----------------------------------------------------------------------------

    def _attention(self, packed: str, layer: int) -> str:
        config = self._config
        rotary = config.kind == "llama"
        queries = self._normed_heads(packed, layer) if config.qk_norm else [packed, "", ""]
        inputs = [*queries, f"key_{layer}", f"value_{layer}", "last", "total"]
        local = "local_" if layer in config.local_layers else ""
        inputs += [f"{local}cosines", f"{local}sines", "positions"] if rotary else ["", "", ""]
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

    def _normed_heads(self, packed: str, layer: int) -> list[str]:
        """The queries, keys and values, with an RMS norm over each head of the queries and keys."""
        config = self._config
        names = [f"{part}_{layer}" for part in ("q", "k", "v")]
        keys = config.kv_heads * config.head_size
        sizes = self._initialiser(
            f"split_{layer}", np.array([config.heads * config.head_size, keys, keys], np.int64)
        )
        self._nodes.append(helper.make_node("Split", [packed, sizes], names, axis=-1))
        apart = self._initialiser(f"apart_{layer}", np.array([0, 0, -1, config.head_size], np.int64))
        joined = self._initialiser(f"joined_{layer}", np.array([0, 0, -1], np.int64))
        normed = []
        for name, part in zip(names[:2], ("q", "k"), strict=True):
            heads = self._node("Reshape", name, apart, name=f"{name}_heads")
            weight = f"layers.{layer}.self_attn.{part}_norm.weight"
            scale = self._initialiser(weight, self._norm_values(weight))
            heads = self._rms_norm(heads, scale, f"{name}_heads_normed")
            normed.append(self._node("Reshape", heads, joined, name=f"{name}_normed"))
        return [*normed, names[2]]

    def _add_norm(self, residual: str, update: str, norm: str, name: str) -> tuple[str, str]:
        """The norm of residual + update, and the sum."""
        parameters, total = self._norm_parameters(norm), f"{name}_sum"
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
        return name, total

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
        embedding = "wte.weight" if self._config.kind == "gpt2" else "embed_tokens.weight"
        name = (
            embedding
            if self._config.tied_embeddings or "lm_head.weight" not in self._weights
            else "lm_head.weight"
        )
        matrix = (self._weights[name] if name == "lm_head.weight" else self._find(name)).floats()
        cap = self._config.logit_cap
        if not cap:
            return self._linear(normed, [(matrix, None)], "logits")
        logits = self._linear(normed, [(matrix, None)], "uncapped")
        limit = self._initialiser("logit_cap", np.array(cap, np.float32))
        share = self._node("Div", logits, limit, name="logit_shares")
        return self._node("Mul", self._node("Tanh", share, name="logit_tanh"), limit, name="logits")

    def _rotary(self) -> None:
        """Write the tables of rotary positions, where the model has them."""
        if self._config.kind != "llama":
            return
        length = min(self._config.positions, _MAX_ROTARY_POSITIONS)
        for local in (False, True) if self._config.local_layers else (False,):
            for name, table in zip(
                ("cosines", "sines"), rotary_tables(self._config, length, local), strict=True
            ):
                self._initialiser(f"local_{name}" if local else name, table)
