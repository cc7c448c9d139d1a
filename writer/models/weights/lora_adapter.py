"""A LoRA adapter in peft's format: a config, and two matrices for each weight that it changes.

Source: https://arxiv.org/abs/2106.09685. An adapter may come from anywhere: only these two files are read,
without code and without peft, and their sizes, names and shapes are checked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import numpy as np

from writer.base.typed_data import DamagedError, read_json_file
from writer.models.manifest import ModelError
from writer.models.safetensors_files import read_header
from writer.models.weights.gguf_blocks import Floats
from writer.models.weights.low_rank_update import LowRankUpdate
from writer.models.weights.tensor import Tensor

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"

_CONFIG_LIMIT = 1 << 20
_DTYPES: dict[str, Any] = {"F32": np.dtype("<f4"), "F16": np.dtype("<f2")}
_NAME = re.compile(r"base_model\.model\.([\w.]{1,200})\.lora_([AB])\.weight")


class AdapterError(ModelError):
    """An adapter is damaged, or fits no model that it could be added to."""


@dataclass(frozen=True, slots=True)
class _Config:
    """The fields of `adapter_config.json` that change what an adapter means."""

    peft_type: Literal["LORA"]
    r: Annotated[int, msgspec.Meta(ge=1, le=4096)]
    lora_alpha: Annotated[float, msgspec.Meta(gt=0, le=1e6)]
    fan_in_fan_out: bool = False
    bias: Literal["none"] = "none"
    use_dora: Literal[False] = False
    use_rslora: Literal[False] = False
    lora_bias: Literal[False] = False
    rank_pattern: dict[str, Any] = field(default_factory=dict)
    alpha_pattern: dict[str, Any] = field(default_factory=dict)
    layer_replication: None = None
    modules_to_save: None = None


def read_adapter(folder: Path) -> Mapping[str, LowRankUpdate]:
    """The updates in the adapter at `folder`, by the name of the module in the model. Raises AdapterError."""
    try:
        config = read_json_file(folder / CONFIG, _Config, _CONFIG_LIMIT)
        if config.rank_pattern or config.alpha_pattern:
            raise DamagedError("ranks of single layers")
        return _updates(folder / WEIGHTS, config)
    except (OSError, DamagedError, ValueError) as error:
        raise AdapterError(
            "The adapter in {folder} is damaged or of a kind that Writer does not know; train again.",
            folder=folder,
        ) from error


def by_weight(
    updates: Mapping[str, LowRankUpdate], tensors: Mapping[str, Tensor]
) -> dict[str, LowRankUpdate]:
    """The updates by the names of the weights that they change. Raises AdapterError where one fits none."""
    found = {_weight_of(module, tensors, update): update for module, update in updates.items()}
    if len(found) != len(updates):
        raise AdapterError("The adapter does not fit its base model; train again.")
    return found


def _weight_of(module: str, tensors: Mapping[str, Tensor], update: LowRankUpdate) -> str:
    """The name of the weight of a module; files may lack the prefix of the model below the head."""
    names = (f"{module}.weight", f"{module.partition('.')[2]}.weight")
    name = next((name for name in names if name in tensors), "")
    if not name or tensors[name].shape != update.shape:
        raise AdapterError("The adapter does not fit its base model; train again.")
    return name


def _updates(file: Path, config: _Config) -> dict[str, LowRankUpdate]:
    """The updates in a file. Raises DamagedError, OSError."""
    header = read_header(file)
    raw = np.asarray(np.memmap(file, np.uint8, "r", offset=header.start))
    halves: dict[str, dict[str, Floats]] = {}
    for name, entry in header.tensors.items():
        found = _NAME.fullmatch(name)
        if found is None or entry.dtype not in _DTYPES or len(entry.shape) != 2:
            raise DamagedError("a tensor that is none of LoRA's")
        matrix = raw[slice(*entry.data_offsets)].view(_DTYPES[entry.dtype]).reshape(entry.shape)
        halves.setdefault(found[1], {})[found[2]] = np.array(matrix, np.float32)
    if not halves or any(set(pair) != {"A", "B"} for pair in halves.values()):
        raise DamagedError("half of a matrix is missing")
    if any(pair["A"].shape[0] != config.r or pair["B"].shape[1] != config.r for pair in halves.values()):
        raise DamagedError("another rank than the config's")
    if not all(np.isfinite(half).all() for pair in halves.values() for half in pair.values()):
        raise DamagedError("numbers that are none")
    scale = config.lora_alpha / config.r
    if config.fan_in_fan_out:
        return {m: LowRankUpdate(_whole(p["A"].T), _whole(p["B"].T), scale) for m, p in halves.items()}
    return {m: LowRankUpdate(p["B"], p["A"], scale) for m, p in halves.items()}


def _whole(matrix: Floats) -> Floats:
    return np.ascontiguousarray(matrix)
