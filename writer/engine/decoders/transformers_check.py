"""A check of a model's `config.json` before transformers makes its layers: as many weights as the files hold.

The config is believed otherwise: one of a few bytes with a billion layers takes all memory, and the thread
never comes back. Layers are made here without memory, on torch's "meta" device, and counted meanwhile.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch.nn.modules import module as hooks
from transformers import AutoConfig

from writer.base.typed_data import DamagedError, read_json_file
from writer.engine.protocol import EngineError
from writer.engine.weights.weights import require_read_types, weight_files
from writer.models.model_folder import CONFIG, CONFIG_LIMIT
from writer.models.weights.weight_files import shapes

MAX_LAYERS = 1 << 12
"""Layers of a model, many times as many as any has; a config makes lists of that length when it is read."""

FEWEST_WEIGHTS = 1 << 20
"""Weights that are believed in any case."""

MODULES_PER_TENSOR, FEWEST_MODULES = 16, 2_000
MAX_BUFFER_BYTES = 1 << 30
"""Bytes of all constants, such as masks, whose size is no weight's."""

_LAYERS = re.compile(r"layer|block|depth")
_MAX_DEPTH = 4


class _TooMuchError(Exception):
    """The config announces more than the files hold."""


def require_fitting_config(model_class: Any, folder: Path) -> None:
    """Raise EngineError where `config.json` announces more than twice the weights of the folder's files.

    So it does where their type is not read. `model_class` is an auto class of transformers.

    Raises what transformers raises where it does not know the model.
    """
    require_read_types(folder)
    try:
        _require_few_layers(read_json_file(folder / CONFIG, dict[str, Any], CONFIG_LIMIT))
        tensors = [shape for file in weight_files(folder) for shape in shapes(file).values()]
        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        with _counting(len(tensors), sum(map(math.prod, tensors))), torch.device("meta"):
            model_class.from_config(config, trust_remote_code=False)
    except (_TooMuchError, DamagedError) as error:
        raise EngineError(
            "The weights in {folder} do not fit its config.json ({weight}). Get the model again.",
            folder=folder,
            weight=error,
        ) from error


def _require_few_layers(value: object, depth: int = 0) -> None:
    """Raise _TooMuchError where a number of layers in a config, or in one within it, is too large."""
    if not isinstance(value, dict) or depth > _MAX_DEPTH:
        return
    for key, inner in value.items():
        if isinstance(inner, (int, float)) and _LAYERS.search(key) and inner > MAX_LAYERS:
            raise _TooMuchError(key)
        _require_few_layers(inner, depth + 1)


@contextmanager
def _counting(tensors: int, weights: int) -> Iterator[None]:
    """Raise _TooMuchError once more modules, parameters or buffers are made than a model of that size has."""
    left = {
        "modules": MODULES_PER_TENSOR * tensors + FEWEST_MODULES,
        "weights": 2 * weights + FEWEST_WEIGHTS,
        "buffers": MAX_BUFFER_BYTES,
    }

    def take(what: str, count: int) -> None:
        left[what] -= count
        if left[what] < 0:
            raise _TooMuchError(what)

    def module(_owner: object, _name: str, _made: object) -> None:
        take("modules", 1)

    def parameter(_owner: object, _name: str, made: torch.Tensor | None) -> None:
        take("weights", 0 if made is None else made.numel())

    def buffer(_owner: object, _name: str, made: torch.Tensor | None) -> None:
        take("buffers", 0 if made is None else made.nbytes)

    handles = (
        hooks.register_module_module_registration_hook(module),
        hooks.register_module_parameter_registration_hook(parameter),
        hooks.register_module_buffer_registration_hook(buffer),
    )
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
