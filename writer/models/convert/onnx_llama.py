"""A converter from a quantised ONNX export of a Llama-type model to a Hugging Face folder, without torch.

The graph itself is not used, because it quantises activations to 8 bits with one scale for a whole text. Its
weights, each with one scale and one zero point, are dequantised to float32, which holds them exactly. Config
and tokenizer are in the folder already.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from writer.models.manifest import ModelError

Array = NDArray[np.float32]

EMBEDDING = "model.embed_tokens.weight"
_PROJECTION = re.compile(r"/(model/layers\.\d+/(?:self_attn|mlp)/\w+_proj|lm_head)/MatMul(?:_quant)?")


def convert(source: Path, folder: Path) -> None:
    """Write the weights of the ONNX file `source` as `model.safetensors`, float32, into `folder`.

    `folder` holds the model's `config.json`. Embedding and output are one matrix that was quantised twice, in
    two ways; their mean is nearer to the original. Raises ModelError where the file is damaged or of another
    type.
    """
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
    from safetensors.numpy import save_file

    try:
        graph = onnx.load(source).graph
        tensors = _projections(graph) | _norms(graph)
        output = tensors.pop("lm_head.weight")
        embedding = _dequantised(_values(graph), EMBEDDING + "_quantized")
        tensors[EMBEDDING] = (embedding + output) / np.float32(2)
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        _require_all_weights(tensors, config)
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        text = json.dumps(config | {"dtype": "float32"}, indent=2)
        (folder / "config.json").write_text(text + "\n", encoding="utf-8")
    except (DecodeError, KeyError, ValueError, TypeError) as error:
        raise ModelError("The model file {file} is damaged; bring it again.", file=source.name) from error


def _values(graph: Any) -> dict[str, Any]:
    return {tensor.name: tensor for tensor in graph.initializer}


def _array(tensor: Any) -> NDArray[Any]:
    from onnx import numpy_helper

    array: NDArray[Any] = numpy_helper.to_array(tensor)
    return array


def _dequantised(values: dict[str, Any], name: str) -> Array:
    """The float32 values of the quantised tensor `name`, any shape, from its scale and zero point."""
    stem = name.removesuffix("_quantized")
    zero, scale = _array(values[f"{stem}_zero_point"]), _array(values[f"{stem}_scale"])
    whole = _array(values[name]).astype(np.int32) - zero.astype(np.int32)
    return whole.astype(np.float32) * scale.astype(np.float32)


def _projections(graph: Any) -> dict[str, Array]:
    """The weights of the linear layers, float32 [out, in], by the Hugging Face names of their nodes."""
    values = _values(graph)
    found = {}
    for node in graph.node:
        match = _PROJECTION.fullmatch(node.name)
        if match is not None and node.op_type == "MatMulInteger":
            name = match[1].replace("/", ".") + ".weight"
            found[name] = np.ascontiguousarray(_dequantised(values, node.input[1]).T)
    return found


def _norms(graph: Any) -> dict[str, Array]:
    return {
        tensor.name: _array(tensor).astype(np.float32)
        for tensor in graph.initializer
        if tensor.name.endswith("norm.weight")
    }


def _require_all_weights(tensors: dict[str, Array], config: dict[str, Any]) -> None:
    """Raise ValueError unless these are all the weights that the config declares."""
    layers, hidden = int(config["num_hidden_layers"]), int(config["hidden_size"])
    whole = len(tensors) == 9 * layers + 2 and config["tie_word_embeddings"]
    if not whole or tensors[EMBEDDING].shape != (int(config["vocab_size"]), hidden):
        raise ValueError("weights are missing")
