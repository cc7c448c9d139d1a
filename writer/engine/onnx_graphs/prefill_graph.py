"""A second graph of a decoder, for reading many tokens at once: keys and values only, no logits.

`MatMulNBits` is made for one token; for a hundred, plain multiplications of bytes are three times as fast.
They want one scale for a whole column of weights and one for a row of activations, which a few columns of
large values would spoil. Two means against that:

- behind a norm, the scale of each column of activations is moved into the weights in part, by the ranges
  that `activation_ranges` found (SmoothQuant: G. Xiao et al., 2023);
- elsewhere a row has a scale of its own for every group of some hundred columns.

Inputs and buffers are those of `graph.py`, without `rows` and `bias`. Nothing is packed at load: the
weights stay mapped, and their pages are the system's to take back.

Activations are unsigned and weights signed, which processors with instructions for that multiply twice as
fast as any other pair. On others two products can overflow; `build_probe` makes the graph that tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from writer.engine.onnx_graphs.decoder_graph import DecoderGraph, weights_file
from writer.engine.onnx_graphs.graph_files import PROBED, probe_graph
from writer.engine.onnx_graphs.graph_writer import MICROSOFT, as_model
from writer.engine.weights.decoder_config import DecoderConfig
from writer.engine.weights.embedding import Embedding
from writer.engine.weights.safetensors_reader import Floats, Weights

_GROUP = 256
"""Columns of activations that share a scale, at the most."""

_BALANCE = 0.5
"""How much of a column's range goes into the weights: 0 none, 1 all."""

_SAMPLE = 256
_ZERO = 128

Part = tuple[Floats, Floats | None]


def build_prefill_graph(shape: DecoderConfig, weights: Weights, decoder: Path, target: Path) -> None:
    """Write the graph to `target`, its weights beside it; `decoder` is the graph for single tokens."""
    ranges = activation_ranges(shape, weights, decoder)
    with weights_file(target).open("wb") as stream:
        model = PrefillGraph(shape, weights, stream, weights_file(target).name, ranges).build()
    onnx.save(model, str(target))
    build_probe(probe_graph(target))


def build_probe(target: Path) -> None:
    """Write a graph that multiplies uint8 `bytes` [rows, 64] by the largest weights; zero stands at 128."""
    size, value = PROBED, helper.make_tensor_value_info
    constants: dict[str, NDArray[Any]] = {
        "weights": np.full((size, size), 127, np.int8),
        "one": np.array(1, np.float32),
        "scales": np.ones(size, np.float32),
        "zero": np.array(_ZERO, np.uint8),
    }
    inputs = ["bytes", *constants]
    graph = helper.make_graph(
        [helper.make_node("MatMulIntegerToFloat", inputs, ["product"], domain=MICROSOFT)],
        "probe",
        [value("bytes", TensorProto.UINT8, ["rows", size])],
        [value("product", TensorProto.FLOAT, ["rows", size])],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    onnx.save(as_model(graph), str(target))


class PrefillGraph(DecoderGraph):
    """The layers up to the last one's keys and values. `ranges` are by the name of the normed stream."""

    def __init__(
        self,
        shape: DecoderConfig,
        weights: Weights,
        stream: Any,
        location: str,
        ranges: Mapping[str, Floats],
    ) -> None:
        super().__init__(shape, weights, "int8", stream, location)
        self._ranges = ranges
        self._unwritten: list[str] = []
        self._bias = ""

    def build(self) -> onnx.ModelProto:
        """The whole model, its weights already in the stream."""
        self._write_constants()
        if self._shape.kind == "llama":
            self._rotary()
        stream, normed = "embeddings", self._first_norm()
        for i in range(self._shape.layers - 1):
            normed, stream = self._feed(self._attend(normed, i), stream, i)
        self._attend(normed, self._shape.layers - 1)
        positions = helper.make_tensor_value_info("positions", TensorProto.INT64, ["batch", "new"])
        return self._finished("reading", [positions], [])

    def _write_constants(self) -> None:
        constants: dict[str, NDArray[Any]] = {
            "one": np.array(1, np.float32),
            "step": np.array(1 / 127, np.float32),
            "least": np.array(1e-9, np.float32),
            "zero": np.array(_ZERO, np.uint8),
            "columns": np.array([-1], np.int64),
            "first": np.array([0], np.int64),
        }
        for name, value in constants.items():
            self._initialiser(name, value)

    def _norm_parameters(self, name: str) -> list[str]:
        """The names alone: the values are written when the layer behind the norm is known."""
        parts = ("weight", "bias") if self._shape.kind == "gpt2" else ("weight",)
        self._unwritten = [f"{name}.{part}" for part in parts]
        return list(self._unwritten)

    def _linear(self, source: str, parts: list[Part], name: str) -> str:
        matrix = np.concatenate([part[0] for part in parts])
        biases = [part[1] for part in parts if part[1] is not None]
        if self._unwritten:
            product = self._in_one(source, self._smoothed(source, matrix), name)
        elif (groups := _groups(matrix.shape[1])) > 1:
            product = self._in_groups(source, matrix, groups, name)
        else:
            product = self._in_one(source, matrix, name)
        if biases:
            bias = self._initialiser(f"{name}_bias", np.concatenate(biases))
            product = self._node("Add", product, bias, name=f"{name}_biased")
        return product

    def _smoothed(self, source: str, matrix: Floats) -> Floats:
        """The matrix with a part of the activations' ranges in it; the norm's parameters lose it."""
        inputs = np.maximum(self._ranges[source], 1e-5) ** _BALANCE
        factors = inputs / np.maximum(np.abs(matrix).max(axis=0), 1e-5) ** (1 - _BALANCE)
        factors = (factors / np.exp(np.log(factors).mean())).astype(np.float32)
        for parameter in self._unwritten:
            self._initialiser(parameter, self._find(parameter).floats() / factors)
        self._unwritten = []
        smoothed: Floats = matrix * factors
        return smoothed

    def _in_one(self, source: str, matrix: Floats, name: str) -> str:
        """source x matrix, a scale for each row of the source; float32 [1, new, outputs]."""
        return self._product(*self._quantised(source, name), *_by_columns(matrix), name)

    def _in_groups(self, source: str, matrix: Floats, groups: int, name: str) -> str:
        """The same, a scale for each group of columns in each row."""
        columns = matrix.shape[1] // groups
        apart = self._reshaped(source, [1, -1, columns], f"{name}_apart")
        bytes_, scales = self._quantised(apart, name)
        bytes_ = self._grouped(bytes_, groups, columns, f"{name}_bytes_of")
        scales = self._grouped(scales, groups, 1, f"{name}_scales_of")
        codes, sizes = zip(*map(_by_columns, np.split(matrix, groups, axis=1)), strict=True)
        product = self._product(bytes_, scales, np.stack(codes), np.stack(sizes)[:, None], name)
        return self._node("ReduceSum", product, "first", name=f"{name}_sum", keepdims=1)

    def _product(self, bytes_: str, scales: str, codes: NDArray[np.int8], sizes: Floats, name: str) -> str:
        """Bytes by bytes, back in float32: `scales` are those of the rows, `sizes` those of the columns."""
        arguments = [bytes_, self._initialiser(f"{name}_codes", codes), "one"]
        arguments += [self._initialiser(f"{name}_scales", sizes), "zero"]
        product = self._node("MatMulIntegerToFloat", *arguments, name=f"{name}_product", domain=MICROSOFT)
        return self._node("Mul", product, scales, name=f"{name}_scaled")

    def _quantised(self, source: str, name: str) -> tuple[str, str]:
        """`source` [1, rows, columns] as bytes, and a scale for each row [1, rows, 1]."""
        largest = self._node("ReduceMax", source, "columns", name=f"{name}_most", keepdims=1)
        least = self._node("ReduceMin", source, "columns", name=f"{name}_lowest", keepdims=1)
        negated = self._node("Neg", least, name=f"{name}_negated")
        largest = self._node("Max", largest, negated, "least", name=f"{name}_range")
        row = self._node("Mul", largest, "step", name=f"{name}_row")
        flat = self._node("Reshape", row, "columns", name=f"{name}_rows")
        size = self._node("Shape", flat, name=f"{name}_size")
        middle = helper.make_tensor("value", TensorProto.UINT8, [1], [_ZERO])
        zeros = self._node("ConstantOfShape", size, name=f"{name}_zeros", value=middle)
        return self._node("QuantizeLinear", source, flat, zeros, name=f"{name}_bytes", axis=1), row

    def _grouped(self, source: str, groups: int, columns: int, name: str) -> str:
        """Rows of all groups in turn, [1, new * groups, columns], as [groups, new, columns]."""
        apart = self._reshaped(source, [-1, groups, columns], f"{name}_groups")
        return self._node("Transpose", apart, name=f"{name}_each", perm=[1, 0, 2])

    def _reshaped(self, source: str, shape: list[int], name: str) -> str:
        return self._node("Reshape", source, self._initialiser(f"{name}_shape", np.array(shape)), name=name)


def activation_ranges(shape: DecoderConfig, weights: Weights, decoder: Path) -> dict[str, Floats]:
    """The largest magnitude in each column of the normed streams, float32 [hidden], by the stream's name.

    Random tokens show them as well as text does, and need none.
    """
    model = onnx.load(str(decoder), load_external_data=False)
    names = [f"{norm}_{layer}" for layer in range(shape.layers) for norm in "nm"]
    for name in names:
        model.graph.node.append(helper.make_node("Abs", [name], [f"{name}_size"]))
        largest = helper.make_node("ReduceMax", [f"{name}_size", "rows_axis"], [f"{name}_range"], keepdims=0)
        model.graph.node.append(largest)
        model.graph.output.append(helper.make_tensor_value_info(f"{name}_range", TensorProto.FLOAT, None))
    axes = helper.make_tensor("rows_axis", TensorProto.INT64, [2], [0, 1])
    model.graph.initializer.append(axes)
    observed = decoder.with_name("observed.onnx")
    onnx.save(model, str(observed))
    try:
        options = ort.SessionOptions()
        options.log_severity_level = 3
        session = ort.InferenceSession(str(observed), options, providers=["CPUExecutionProvider"])
        found = session.run([f"{name}_range" for name in names], _sample(shape, weights))
    finally:
        observed.unlink()
    return dict(zip(names, found, strict=True))


def _sample(shape: DecoderConfig, weights: Weights) -> dict[str, NDArray[Any]]:
    """The decoder's inputs for random tokens."""
    new = min(_SAMPLE, shape.positions)
    ids = np.random.default_rng(0).integers(0, shape.vocabulary, new)
    positions = np.arange(new, dtype=np.int64)
    empty = np.zeros((1, shape.kv_heads, new, shape.head_size), np.float32)
    buffers = {f"{part}_{i}": empty.copy() for i in range(shape.layers) for part in ("key", "value")}
    return {
        "embeddings": Embedding(weights).of(ids.tolist(), positions),
        "rows": positions[-1:],
        "last": np.array([new - 1], np.int32),
        "total": np.array(new, np.int32),
        "positions": positions[None],
        "bias": np.zeros((1, 1, new, new), np.float32),
        **buffers,
    }


def _groups(columns: int) -> int:
    """The fewest groups of equal size that are small enough; one where there is no such division."""
    fits = (count for count in range(-(-columns // _GROUP), columns // 32 + 1) if columns % count == 0)
    return next(fits, 1)


def _by_columns(matrix: Floats) -> tuple[NDArray[np.int8], Floats]:
    """A matrix [outputs, inputs] as bytes [inputs, outputs] and scales [outputs]."""
    scales = np.abs(matrix).max(axis=1) / np.float32(127)
    scales = np.where(scales == 0, np.float32(1), scales)
    return np.rint(matrix / scales[:, None]).T.astype(np.int8), scales
