"""The encoder graph for ONNX Runtime, built from a Hugging Face folder (BERT, DistilBERT, RoBERTa).

Weights are stored as in `decoder_graph`. Embeddings are looked up and added outside; logits are computed for
the requested rows only.

Inputs: `embeddings` float32 [batch, length, hidden], before their norm; `lengths` int32 [batch], the number
of tokens of each sequence (padding follows them); `rows` int64 [wanted], indices into all tokens of the
batch, one sequence after the other. Output: `logits` float32 [wanted, vocabulary].
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper

from writer.engine.onnx_graphs.graph_files import Precision, weights_file
from writer.engine.onnx_graphs.graph_writer import MICROSOFT, GraphWriter
from writer.engine.weights.encoder_config import EncoderConfig
from writer.engine.weights.encoder_shapes import HEAD_NAMES, OUTPUT_NAMES
from writer.engine.weights.weights import Weights


def build_encoder_graph(config: EncoderConfig, weights: Weights, precision: Precision, target: Path) -> None:
    """Write the encoder graph to `target` and its weights to `target` + ".bin". Not atomic.

    Raises KeyError where a tensor is missing and OSError where a file cannot be written.
    """
    with weights_file(target).open("wb") as stream:
        model = EncoderGraph(config, weights, precision, stream, weights_file(target).name).build()
    onnx.save(model, str(target))


class EncoderGraph(GraphWriter):
    """The graph of a masked encoder."""

    def __init__(
        self, config: EncoderConfig, weights: Weights, precision: Precision, stream: Any, location: str
    ) -> None:
        super().__init__(weights, precision, stream, location)
        self._config = config
        self._prefix = f"{config.kind}."

    def build(self) -> onnx.ModelProto:
        """The model; its weights are already written to the stream."""
        residual = self._normed("embeddings", "embeddings.LayerNorm", "n_0")
        for layer in range(self._config.layers):
            residual = self._layer(residual, layer)
        logits = self._head(residual)
        value = helper.make_tensor_value_info
        inputs = [
            value("embeddings", TensorProto.FLOAT, ["batch", "length", self._config.hidden]),
            value("lengths", TensorProto.INT32, ["batch"]),
            value("rows", TensorProto.INT64, ["wanted"]),
        ]
        outputs = [value(logits, TensorProto.FLOAT, ["wanted", self._config.vocabulary])]
        return self._model("encoder", inputs, outputs)

    def _layer(self, residual: str, i: int) -> str:
        if self._config.kind == "distilbert":
            name = f"transformer.layer.{i}."
            projections = [name + f"attention.{part}_lin" for part in "qkv"]
            out, inner, outer = name + "attention.out_lin", name + "ffn.lin1", name + "ffn.lin2"
            norms = name + "sa_layer_norm", name + "output_layer_norm"
        else:
            name = f"encoder.layer.{i}."
            projections = [name + f"attention.self.{part}" for part in ("query", "key", "value")]
            out, inner, outer = (
                name + "attention.output.dense",
                name + "intermediate.dense",
                name + "output.dense",
            )
            norms = name + "attention.output.LayerNorm", name + "output.LayerNorm"
        packed = self._linear(residual, [self._torch_linear(part) for part in projections], f"qkv_{i}")
        mixed = self._linear(self._attention(packed, i), [self._torch_linear(out)], f"o_{i}")
        residual = self._add_norm(residual, mixed, norms[0], f"m_{i}")
        wide = self._activated(self._linear(residual, [self._torch_linear(inner)], f"up_{i}"), f"act_{i}")
        narrow = self._linear(wide, [self._torch_linear(outer)], f"down_{i}")
        return self._add_norm(residual, narrow, norms[1], f"n_{i + 1}")

    def _attention(self, packed: str, i: int) -> str:
        parts = [f"{part}_{i}" for part in ("query", "key", "value")]
        self._nodes.append(helper.make_node("Split", [packed], parts, axis=-1, num_outputs=3))
        heads = self._config.heads
        return self._node(
            "MultiHeadAttention", *parts, "", "lengths", name=f"mixed_{i}", domain=MICROSOFT, num_heads=heads
        )

    def _head(self, residual: str) -> str:
        flat = self._initialiser("flat", np.array([-1, self._config.hidden], np.int64))
        tokens = self._node("Reshape", residual, flat, name="tokens")
        wanted = self._node("Gather", tokens, "rows", name="wanted_rows", axis=0)
        self._prefix, prefix = "", self._prefix
        dense, norm = HEAD_NAMES[self._config.kind]
        inner = self._activated(self._linear(wanted, [self._torch_linear(dense)], "head_dense"), "head_act")
        normed = self._normed(inner, norm, "head_norm")
        matrix, *biases = OUTPUT_NAMES[self._config.kind]
        embedding = prefix + "embeddings.word_embeddings.weight"
        weight = self._find(matrix if matrix in self._weights else embedding).floats()
        bias = self._find(next((name for name in biases if name in self._weights), biases[0])).floats()
        return self._linear(normed, [(weight, bias)], "logits")

    def _affine(self, name: str) -> list[str]:
        """The names of a norm's scale and bias; old model folders call them gamma and beta."""
        if self._prefix + name + ".gamma" in self._weights:
            return [self._tensor(name + ".gamma"), self._tensor(name + ".beta")]
        return super()._affine(name)

    def _normed(self, residual: str, name: str, result: str) -> str:
        parts = self._affine(name)
        return self._node(
            "LayerNormalization", residual, *parts, name=result, axis=-1, epsilon=self._config.epsilon
        )

    def _add_norm(self, residual: str, update: str, name: str, result: str) -> str:
        return self._node(
            "SkipLayerNormalization",
            residual,
            update,
            *self._affine(name),
            name=result,
            domain=MICROSOFT,
            epsilon=self._config.epsilon,
        )

    def _activated(self, source: str, name: str) -> str:
        if self._config.activation == "relu":
            return self._node("Relu", source, name=name)
        kind = "FastGelu" if self._config.activation == "gelu_new" else "Gelu"
        return self._node(kind, source, name=name, domain=MICROSOFT)
