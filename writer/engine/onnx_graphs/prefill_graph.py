"""The prefill graph of a decoder, which computes keys and values of many tokens in one pass, without logits.

`MatMulNBits` is made for one token; for a hundred, integer matrix multiplication is three times as fast. It
needs one scale for each column of weights and one for each row of activations, and a few columns with large
values (outliers) would make those too coarse. Two methods prevent that:

- After a norm, a part of each activation column's scale is moved into the weights, by the ranges that
  `activation_ranges` measures (SmoothQuant: G. Xiao et al., 2023).
- Elsewhere a row has one scale for each group of at most `_MAX_GROUP_COLUMNS` columns.

Inputs and outputs are those of `decoder_graph`, without `rows`, `bias` and `logits`. The weights are not
prepacked at load: they stay memory-mapped, and the system can reclaim their pages.

Activations are unsigned and weights signed, which CPUs with VNNI multiply twice as fast as any other pair. On
other x86 CPUs two products can overflow; the probe graph tests for that.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from writer.engine.onnx_graphs import kernels
from writer.engine.onnx_graphs.attention_bias import windowed
from writer.engine.onnx_graphs.decoder_graph import DecoderGraph
from writer.engine.onnx_graphs.graph_files import PROBE_SIZE, probe_graph, weights_file
from writer.engine.onnx_graphs.graph_writer import MICROSOFT, as_model
from writer.engine.weights.decoder_config import DecoderConfig
from writer.engine.weights.decoder_weights import Linear
from writer.engine.weights.embedding import Embedding
from writer.engine.weights.weights import Floats, Weights

_MAX_GROUP_COLUMNS = 256
"""The most columns of activations that share a scale."""

_SMOOTHING_STRENGTH = 0.5
"""How much of a column's range moves into the weights, from 0 (none) to 1 (all); alpha in SmoothQuant."""

_SAMPLE_TOKENS = 256
_ZERO_POINT = 128


def build_prefill_graph(config: DecoderConfig, weights: Weights, decoder: Path, target: Path) -> None:
    """Write the prefill graph to `target`, its weights and the probe graph beside it.

    `decoder` is the file of the decoder graph, with which the activation ranges are measured.
    """
    ranges, blocks_ms = activation_ranges(config, weights, decoder)
    with weights_file(target).open("wb") as stream:
        model = PrefillGraph(config, weights, stream, weights_file(target).name, ranges).build()
    onnx.save(model, str(target))
    build_probe_graph(probe_graph(target))
    if ranges:
        _keep_if_faster(config, weights, decoder, target, blocks_ms)


def _keep_if_faster(
    config: DecoderConfig, weights: Weights, decoder: Path, target: Path, blocks_ms: float
) -> None:
    """Write down which graph reads faster; remove the prefill graph, which is optional, where it does not."""
    inputs = _sample_inputs(config, weights)
    chosen = kernels.choose(
        inputs["positions"].size,
        blocks_ms,
        lambda: activation_ranges(config, weights, decoder)[1],
        lambda: _pass_ms(_session(target, mapped=True), None, inputs)[1],
    )
    kernels.write(target.parent, chosen)
    if chosen.reading == "blocks":
        for file in (target, weights_file(target), probe_graph(target)):
            file.unlink()


def build_probe_graph(target: Path) -> None:
    """Write the probe graph: the product of uint8 `bytes` [rows, 64], zero point 128, and weights of 127."""
    size, value = PROBE_SIZE, helper.make_tensor_value_info
    constants: dict[str, NDArray[Any]] = {
        "weights": np.full((size, size), 127, np.int8),
        "one": np.array(1, np.float32),
        "scales": np.ones(size, np.float32),
        "zero": np.array(_ZERO_POINT, np.uint8),
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
    """The layers up to the keys and values of the last one.

    `ranges` are those of `activation_ranges`, by the name of the normed residual stream.
    """

    def __init__(
        self,
        config: DecoderConfig,
        weights: Weights,
        stream: Any,
        location: str,
        ranges: Mapping[str, Floats],
    ) -> None:
        super().__init__(config, weights, "int8", stream, location)
        self._ranges = ranges
        self._pending_norm_parameters: dict[str, Floats] = {}

    def build(self) -> onnx.ModelProto:
        """The model; its weights are already written to the stream."""
        self._write_constants()
        self._rotary()
        residual, normed = "embeddings", self._first_norm()
        for i in range(self._config.layers - 1):
            normed, residual = self._feed_forward(self._attend(normed, i), residual, i)
        self._attend(normed, self._config.layers - 1)
        positions = helper.make_tensor_value_info("positions", TensorProto.INT64, ["batch", "new"])
        return self._assemble("reading", [positions], [])

    def _limits(self, layer: int) -> tuple[str, int]:
        """No bias: without branches the kernel's window, which counts earlier tokens, is right."""
        return "", self._config.window if layer in self._config.local_layers else -1

    def _write_constants(self) -> None:
        constants: dict[str, NDArray[Any]] = {
            "one": np.array(1, np.float32),
            "step": np.array(1 / 127, np.float32),
            "least": np.array(1e-9, np.float32),
            "zero": np.array(_ZERO_POINT, np.uint8),
            "columns": np.array([-1], np.int64),
        }
        for name, value in constants.items():
            self._initialiser(name, value)

    def _norm_parameters(self, name: str) -> list[str]:
        """The names alone; `_smooth` writes the values, which depend on the layer after the norm.

        A norm that is the next residual stream as well keeps its values.
        """
        if self._family.order == "post":
            return super()._norm_parameters(name)
        parts = zip(("weight", "bias"), self._parts.norm(name), strict=False)
        self._pending_norm_parameters = {f"{name}.{part}": values for part, values in parts}
        return list(self._pending_norm_parameters)

    def _linear(self, source: str, parts: list[Linear], name: str) -> str:
        matrix = np.concatenate([part[0] for part in parts])
        biases = [part[1] for part in parts if part[1] is not None]
        if self._pending_norm_parameters:
            product = self._row_scaled_product(source, self._smooth(source, matrix), name)
        elif (groups := _group_count(matrix.shape[1])) > 1:
            product = self._group_scaled_product(source, matrix, groups, name)
        else:
            product = self._row_scaled_product(source, matrix, name)
        if biases:
            bias = self._initialiser(f"{name}_bias", np.concatenate(biases))
            product = self._node("Add", product, bias, name=f"{name}_biased")
        return product

    def _smooth(self, source: str, matrix: Floats) -> Floats:
        """The matrix times a factor for each input, by which the norm is divided (SmoothQuant)."""
        inputs = np.maximum(self._ranges[source], 1e-5) ** _SMOOTHING_STRENGTH
        factors = inputs / np.maximum(np.abs(matrix).max(axis=0), 1e-5) ** (1 - _SMOOTHING_STRENGTH)
        factors = (factors / np.exp(np.log(factors).mean())).astype(np.float32)
        for parameter, values in self._pending_norm_parameters.items():
            self._initialiser(parameter, values / factors)
        self._pending_norm_parameters = {}
        smoothed: Floats = matrix * factors
        return smoothed

    def _row_scaled_product(self, source: str, matrix: Floats, name: str) -> str:
        """source x matrix with one scale for each row of `source`, float32 [1, new, outputs]."""
        return self._integer_product(*self._quantise_rows(source, name), *_quantise_columns(matrix), name)

    def _group_scaled_product(self, source: str, matrix: Floats, groups: int, name: str) -> str:
        """source x matrix with one scale for each group of columns in each row, float32 [1, new, outputs]."""
        columns = matrix.shape[1] // groups
        apart = self._reshape(source, [1, -1, columns], f"{name}_apart")
        bytes_, scales = self._quantise_rows(apart, name)
        bytes_ = self._split_groups(bytes_, groups, columns, f"{name}_bytes_of")
        scales = self._split_groups(scales, groups, 1, f"{name}_scales_of")
        codes, sizes = zip(*map(_quantise_columns, np.split(matrix, groups, axis=1)), strict=True)
        product = self._integer_product(bytes_, scales, np.stack(codes), np.stack(sizes)[:, None], name)
        return self._sum_groups(product, groups, name)

    def _sum_groups(self, product: str, groups: int, name: str) -> str:
        """The sum of [groups, new, outputs] over the groups; `ReduceSum` takes 1.4 to 3 times as long."""
        parts = [f"{name}_part_{i}" for i in range(groups)]
        self._nodes.append(helper.make_node("Split", [product], parts, axis=0, num_outputs=groups))
        total = parts[0]
        for i, part in enumerate(parts[1:]):
            total = self._node("Add", total, part, name=f"{name}_sum_{i}")
        return total

    def _integer_product(
        self, bytes_: str, scales: str, codes: NDArray[np.int8], sizes: Floats, name: str
    ) -> str:
        """The integer product, scaled to float32 by `scales` of the rows and `sizes` of the columns."""
        arguments = [bytes_, self._initialiser(f"{name}_codes", codes), "one"]
        arguments += [self._initialiser(f"{name}_scales", sizes), "zero"]
        product = self._node("MatMulIntegerToFloat", *arguments, name=f"{name}_product", domain=MICROSOFT)
        return self._node("Mul", product, scales, name=f"{name}_scaled")

    def _quantise_rows(self, source: str, name: str) -> tuple[str, str]:
        """`source` [1, rows, columns] as uint8 with zero point 128, and the rows' scales [1, rows, 1]."""
        largest = self._node("ReduceMax", source, "columns", name=f"{name}_most", keepdims=1)
        least = self._node("ReduceMin", source, "columns", name=f"{name}_lowest", keepdims=1)
        negated = self._node("Neg", least, name=f"{name}_negated")
        largest = self._node("Max", largest, negated, "least", name=f"{name}_range")
        row = self._node("Mul", largest, "step", name=f"{name}_row")
        flat = self._node("Reshape", row, "columns", name=f"{name}_rows")
        size = self._node("Shape", flat, name=f"{name}_size")
        middle = helper.make_tensor("value", TensorProto.UINT8, [1], [_ZERO_POINT])
        zeros = self._node("ConstantOfShape", size, name=f"{name}_zeros", value=middle)
        return self._node("QuantizeLinear", source, flat, zeros, name=f"{name}_bytes", axis=1), row

    def _split_groups(self, source: str, groups: int, columns: int, name: str) -> str:
        """`source` [1, new * groups, columns], the groups of a row in turn, as [groups, new, columns]."""
        apart = self._reshape(source, [-1, groups, columns], f"{name}_groups")
        return self._node("Transpose", apart, name=f"{name}_each", perm=[1, 0, 2])

    def _reshape(self, source: str, shape: list[int], name: str) -> str:
        return self._node("Reshape", source, self._initialiser(f"{name}_shape", np.array(shape)), name=name)


def activation_ranges(
    config: DecoderConfig, weights: Weights, decoder: Path
) -> tuple[dict[str, Floats], float]:
    """The largest magnitude in each column of the normed residual streams, float32 [hidden], by their names.

    They are measured on random tokens, which give the same ranges as text. The second value is the time of
    that pass in milliseconds, 0 where there is none.
    """
    model = onnx.load(str(decoder), load_external_data=False)
    made = {output for node in model.graph.node for output in node.output}
    norms = [f"{norm}_{layer}" for layer in range(config.layers) for norm in "nm"]
    names = [name for name in norms if name in made]
    if not names:
        return {}, 0.0
    for name in names:
        model.graph.node.append(helper.make_node("Abs", [name], [f"{name}_size"]))
        largest = helper.make_node("ReduceMax", [f"{name}_size", "rows_axis"], [f"{name}_range"], keepdims=0)
        model.graph.node.append(largest)
    _keep_what_leads_to(model.graph, [f"{name}_range" for name in names])
    axes = helper.make_tensor("rows_axis", TensorProto.INT64, [2], [0, 1])
    model.graph.initializer.append(axes)
    observed = decoder.with_name("observed.onnx")
    onnx.save(model, str(observed))
    try:
        inputs = _sample_inputs(config, weights)
        found, milliseconds = _pass_ms(_session(observed), [f"{name}_range" for name in names], inputs)
    finally:
        observed.unlink()
    return dict(zip(names, found, strict=True)), milliseconds


def _session(graph: Path, mapped: bool = False) -> ort.InferenceSession:
    """A session of the graph; where the weights stay `mapped`, as they are when the program reads a text."""
    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if mapped:
        options.add_session_config_entry("session.disable_prepacking", "1")
        if kernels.overflows(kernels.instructions()):
            options.add_session_config_entry("session.x64quantprecision", "1")
    return ort.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])


def _pass_ms(
    session: ort.InferenceSession, outputs: list[str] | None, inputs: Mapping[str, NDArray[Any]]
) -> tuple[list[Any], float]:
    """The outputs of a pass (all for None) over those `inputs` that the graph has, and its milliseconds."""
    taken = {value.name for value in session.get_inputs()}
    fed = {name: value for name, value in inputs.items() if name in taken}
    begin = time.perf_counter()
    found = session.run(outputs, fed)
    return found, (time.perf_counter() - begin) * 1e3


def _keep_what_leads_to(graph: onnx.GraphProto, outputs: list[str]) -> None:
    """Leave in a graph what `outputs` are made of, and these as its outputs; the head, a large part, goes."""
    wanted, nodes = set(outputs), []
    for node in reversed(graph.node):
        if wanted.intersection(node.output):
            wanted.update(node.input)
            nodes.append(node)
    weights = [tensor for tensor in graph.initializer if tensor.name in wanted]
    inputs = [value for value in graph.input if value.name in wanted]
    for field, values in ((graph.node, nodes[::-1]), (graph.initializer, weights), (graph.input, inputs)):
        kept = list(values)
        del field[:]
        field.extend(kept)
    del graph.output[:]
    graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs)


def _sample_inputs(config: DecoderConfig, weights: Weights) -> dict[str, NDArray[Any]]:
    """The inputs of the decoder graph for random tokens."""
    new = min(_SAMPLE_TOKENS, config.positions)
    ids = np.random.default_rng(0).integers(0, config.vocabulary, new)
    positions = np.arange(new, dtype=np.int64)
    empty = np.zeros((1, config.kv_heads, new, config.head_size), np.float32)
    bias = np.zeros((1, 1, new, new), np.float32)
    buffers = {f"{part}_{i}": empty.copy() for i in range(config.layers) for part in ("key", "value")}
    return {
        "embeddings": Embedding(config, weights).look_up(ids.tolist(), positions),
        "rows": positions[-1:],
        "last": np.array([new - 1], np.int32),
        "total": np.array(new, np.int32),
        "positions": positions[None],
        "bias": bias,
        **({"local_bias": windowed(bias, positions, 0, config.window)} if config.local_layers else {}),
        **buffers,
    }


def _group_count(columns: int) -> int:
    """The fewest equal groups of at most `_MAX_GROUP_COLUMNS` columns; 1 where there are none."""
    fits = (
        count for count in range(-(-columns // _MAX_GROUP_COLUMNS), columns // 32 + 1) if columns % count == 0
    )
    return next(fits, 1)


def _quantise_columns(matrix: Floats) -> tuple[NDArray[np.int8], Floats]:
    """A matrix float32 [outputs, inputs] as codes int8 [inputs, outputs] and scales float32 [outputs]."""
    scales = np.abs(matrix).max(axis=1) / np.float32(127)
    scales = np.where(scales == 0, np.float32(1), scales)
    return np.rint(matrix / scales[:, None]).T.astype(np.int8), scales
