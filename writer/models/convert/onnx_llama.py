"""A converter from a quantised ONNX export of a Llama-type model to a Hugging Face folder, without torch.

The graph itself is not used, because it quantises activations to 8 bits with one scale for a whole text. Its
weights, each with one scale and one zero point, are dequantised to float32, which holds them exactly. Config
and tokenizer are in the folder already.
"""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from writer.base.typed_data import Count, as_type
from writer.models.manifest import ModelError
from writer.models.model_folder import read_config

Array = NDArray[np.float32]

log = logging.getLogger(__name__)

EMBEDDING = "model.embed_tokens.weight"
_PROJECTION = re.compile(r"/(model/layers\.\d+/(?:self_attn|mlp)/\w+_proj|lm_head)/MatMul(?:_quant)?")


def convert(source: Path, folder: Path) -> None:
    """Write the weights of the ONNX file `source` as `model.safetensors`, float32, into `folder`.

    `folder` holds the model's `config.json`. Embedding and output are one matrix that was quantised twice, in
    two ways; their mean is nearer to the original. Raises ModelError where the file is damaged or of another
    type.
    """
    import onnx
    from safetensors.numpy import save_file

    try:
        graph = onnx.load(source).graph
        tensors = _projections(graph) | _norms(graph)
        output = tensors.pop("lm_head.weight")
        embedding = _dequantised(_values(graph), EMBEDDING + "_quantized")
        tensors[EMBEDDING] = (embedding + output) / np.float32(2)
        config = read_config(folder)
        _require_all_weights(tensors, as_type(config, _Sizes))
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        text = json.dumps(config | {"dtype": "float32"}, indent=2)
        (folder / "config.json").write_text(text + "\n", encoding="utf-8")
    except Exception as error:  # onnx checks few of the numbers in a file
        log.warning("an ONNX file is not converted: %s", type(error).__name__)
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


@dataclass(frozen=True, slots=True)
class _Sizes:
    """What a `config.json` says of the weights."""

    num_hidden_layers: Count
    hidden_size: Count
    vocab_size: Count
    tie_word_embeddings: bool


def _require_all_weights(tensors: dict[str, Array], sizes: _Sizes) -> None:
    """Raise ValueError unless `tensors` are all the weights of the config."""
    whole = len(tensors) == 9 * sizes.num_hidden_layers + 2 and sizes.tie_word_embeddings
    if not whole or tensors[EMBEDDING].shape != (sizes.vocab_size, sizes.hidden_size):
        raise ValueError("weights are missing")
