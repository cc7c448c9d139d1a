"""A check whether the weights of a model are quantised for other programs, by its config and its tensors.

Such weights are integers with scales in a layout of their own, which needs the kernels that wrote them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from writer.models.manifest import ModelError

CONFIGS = {"quantize_config.json": "GPTQ", "quant_config.json": "AWQ", "hf_quant_config.json": "ModelOpt"}
"""Files that older quantisers put beside a `config.json` that does not mention them, and their formats."""

_KNOWN = {
    "awq": "AWQ",
    "gptq": "GPTQ",
    "bitsandbytes": "bitsandbytes",
    "fp8": "FP8",
    "fbgemm_fp8": "FP8",
    "finegrained_fp8": "FP8",
    "compressed-tensors": "compressed-tensors",
    "modelopt": "ModelOpt",
    "mxfp4": "MXFP4",
}
_TENSORS = (".qweight", ".qzeros", ".scales", ".weight_packed", ".weight_scale", ".weight_scale_inv")
_MAX_DEPTH = 3


def quantisation(config: Mapping[str, Any]) -> str:
    """The name of the format in which a `config.json` says that the weights are quantised, "" for none."""
    return _quantisation(config, 0)


def require_plain(config: Mapping[str, Any], tensors: Iterable[str] = (), original: str = "") -> None:
    """Raise ModelError where `config`, or the name of one of `tensors`, says that weights are quantised.

    `original` is the name of the model that they were made of, "" where nothing tells it.
    """
    form = quantisation(config) or ("8 or 4 bits" if any(map(_is_quantised, tensors)) else "")
    if form:
        raise _refusal(form, original)


def require_no_quantiser(names: Collection[str], original: str = "") -> None:
    """Raise ModelError where one of the files of these names was written by a quantiser."""
    for name, form in CONFIGS.items():
        if name in names:
            raise _refusal(form, original)


def _refusal(form: str, original: str) -> ModelError:
    """The error for weights that are quantised as `form`."""
    if original:
        return ModelError(
            "The weights of this model are packed for other programs ({format}); get {original} instead.",
            format=form,
            original=original,
        )
    return ModelError(
        "The weights of this model are packed for other programs ({format}); get the original model that it "
        "was made of, or a GGUF file of it.",
        format=form,
    )


def _quantisation(config: Mapping[str, Any], depth: int) -> str:
    stated = config.get("quantization_config")
    if isinstance(stated, Mapping) and stated:
        method = stated.get("quant_method")
        if isinstance(method, str) and method:
            return _KNOWN.get(method.lower(), method[:40])
        if any(stated.get(key) is True for key in ("load_in_8bit", "load_in_4bit")):
            return _KNOWN["bitsandbytes"]
        return "MLX" if _is_mlx(stated) else "quantization_config"
    if _is_mlx(config.get("quantization")):
        return "MLX"
    inner = config.get("text_config")
    return _quantisation(inner, depth + 1) if isinstance(inner, Mapping) and depth < _MAX_DEPTH else ""


def _is_mlx(stated: object) -> bool:
    """Whether this is what mlx writes: the size of groups, and the bits."""
    return isinstance(stated, Mapping) and "group_size" in stated and "bits" in stated


def _is_quantised(name: str) -> bool:
    return name.endswith(_TENSORS)
