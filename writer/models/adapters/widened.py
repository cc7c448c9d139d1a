"""Widened models: what torch and transformers read of a model with a GGUF file, or an adapter beside it.

It is a temporary folder with the same files, and the weights as safetensors in float32, four bytes for each.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from writer.base.errors import os_reason
from writer.base.leftovers import new_name, temporary_folder
from writer.base.typed_data import DamagedError
from writer.models import manifest as manifests
from writer.models.adapters.merged_weights import merge_weights
from writer.models.derived_files import derived_folder
from writer.models.manifest import ModelError
from writer.models.safetensors_files import WEIGHTS
from writer.models.weights import lora_adapter
from writer.models.weights.gguf_index import GGUF, GGUF_INDEX
from writer.models.weights.weight_files import needs_widening, weight_files

_REPLACED = (GGUF, GGUF_INDEX, WEIGHTS, lora_adapter.CONFIG, lora_adapter.WEIGHTS)
"""The files in place of which there are widened weights."""


@contextmanager
def widened(folder: Path, on_bytes: Callable[[int], object] = lambda _count: None) -> Iterator[Path]:
    """A folder with the model in `folder` as safetensors, for as long as the block runs.

    That is `folder` itself where it has them. `on_bytes` is called with the bytes of each block that is
    written; what it raises ends the work. Raises ModelError.
    """
    with ExitStack() as stack:
        try:
            found = _widened(folder, on_bytes, stack) if needs_widening(weight_files(folder)) else folder
        except (OSError, DamagedError) as error:
            raise ModelError(
                "The model cannot be prepared in {folder}: {reason}. Free some space.",
                folder=folder,
                reason=os_reason(error) if isinstance(error, OSError) else str(error),
            ) from error
        yield found


def _widened(folder: Path, on_bytes: Callable[[int], object], stack: ExitStack) -> Path:
    place = derived_folder(folder)
    place.mkdir(parents=True, exist_ok=True)
    target = stack.enter_context(temporary_folder(new_name(place))) / folder.name
    target.mkdir()
    for file in folder.iterdir():
        if file.is_file() and file.name not in (*_REPLACED, manifests.FILE):
            shutil.copyfile(file, target / file.name)
    weights = merge_weights(weight_files(folder), {}, target / WEIGHTS, on_bytes)
    if manifest := manifests.read(folder):
        others = [file for file in manifest.files if file.name not in _REPLACED]
        manifests.write(target, replace(manifest, files=(*others, weights)))
    return target
