"""A writer of ONNX graphs: it collects the nodes, and writes large weights to a data file as they come.

It has what decoder and encoder graphs share: linear layers in int8 (blocks of 32 along the input) or float32,
and tensors by their names in a Hugging Face folder.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from writer.engine.onnx_graphs.graph_files import Precision
from writer.engine.onnx_graphs.int8_blocks import BLOCK, quantise
from writer.engine.weights.weights import Floats, Weights

MICROSOFT = "com.microsoft"
_ALIGNMENT = 4096
_INLINE_BYTES = 512


class GraphWriter:
    """The nodes and initialisers of one graph; the base class of the graphs of model types.

    `stream` is the open data file for large tensors, `location` its name relative to the graph.
    """

    def __init__(self, weights: Weights, precision: Precision, stream: Any, location: str) -> None:
        self._weights = weights
        self._precision = precision
        self._stream = stream
        self._location = location
        self._nodes: list[onnx.NodeProto] = []
        self._initialisers: list[onnx.TensorProto] = []
        self._prefix = weights.prefix

    def _model(self, name: str, inputs: list[Any], outputs: list[Any]) -> onnx.ModelProto:
        """The model of the nodes and initialisers collected."""
        return as_model(helper.make_graph(self._nodes, name, inputs, outputs, self._initialisers))

    # -- linear layers ---------------------------------------------------------------------

    def _torch_linear(self, name: str) -> tuple[Floats, Floats | None]:
        bias = self._prefix + name + ".bias"
        return self._find(name + ".weight").floats(), (
            self._weights[bias].floats() if bias in self._weights else None
        )

    def _linear(self, source: str, parts: list[tuple[Floats, Floats | None]], name: str) -> str:
        """One linear layer of all `parts`, matrices [outputs, inputs] with biases, on the same input."""
        matrix = parts[0][0] if len(parts) == 1 else np.concatenate([part[0] for part in parts])
        biases = [part[1] for part in parts if part[1] is not None]
        bias = np.concatenate(biases) if biases else None
        if self._precision == "float32":
            return self._plain_linear(source, matrix, bias, name)
        return self._block_linear(source, matrix.shape[1], *quantise(matrix), bias, name)

    def _block_linear(
        self,
        source: str,
        inputs: int,
        codes: NDArray[np.uint8],
        scales: Floats,
        bias: Floats | None,
        name: str,
    ) -> str:
        """One linear layer of codes and scales, as of `quantise`."""
        arguments = [source, self._initialiser(name + "_codes", codes)]
        arguments += [self._initialiser(name + "_scales", scales)]
        if bias is not None:
            arguments += ["", "", self._initialiser(name + "_bias", bias)]
        return self._node(
            "MatMulNBits",
            *arguments,
            name=name,
            domain=MICROSOFT,
            K=inputs,
            N=len(codes),
            bits=8,
            block_size=BLOCK,
            accuracy_level=4,
        )

    def _plain_linear(self, source: str, matrix: Floats, bias: Floats | None, name: str) -> str:
        weight = self._initialiser(name + "_weight", np.ascontiguousarray(matrix.T))
        if bias is None:
            return self._node("MatMul", source, weight, name=name)
        product = self._node("MatMul", source, weight, name=name + "_product")
        return self._node("Add", product, self._initialiser(name + "_bias", bias), name=name)

    # -- plumbing --------------------------------------------------------------------------

    def _node(self, kind: str, *inputs: str, name: str, domain: str = "", **attributes: Any) -> str:
        self._nodes.append(helper.make_node(kind, list(inputs), [name], domain=domain, **attributes))
        return name

    def _find(self, name: str) -> Any:
        return self._weights[self._prefix + name]

    def _tensor(self, name: str) -> str:
        return self._initialiser(name, self._find(name).floats())

    def _affine(self, name: str) -> list[str]:
        return [self._tensor(name + ".weight"), self._tensor(name + ".bias")]

    def _initialiser(self, name: str, array: NDArray[Any]) -> str:
        """Add `array` as an initialiser: in the data file, or in the graph where it is small."""
        array = np.ascontiguousarray(array)
        if array.nbytes <= _INLINE_BYTES:
            self._initialisers.append(numpy_helper.from_array(array, name))
            return name
        padding = -self._stream.tell() % _ALIGNMENT
        self._stream.write(b"\0" * padding)
        tensor = TensorProto(
            name=name,
            dims=array.shape,
            data_type=helper.np_dtype_to_tensor_dtype(array.dtype),
            data_location=TensorProto.EXTERNAL,
        )
        place = {"location": self._location, "offset": self._stream.tell(), "length": array.nbytes}
        for key, value in place.items():
            tensor.external_data.add(key=key, value=str(value))
        array.tofile(self._stream)
        self._initialisers.append(tensor)
        return name


def as_model(graph: onnx.GraphProto) -> onnx.ModelProto:
    """A model of the graph, with the operator versions that all graphs here use."""
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid(MICROSOFT, 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10, producer_name="writer")
