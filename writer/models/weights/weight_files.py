"""The files with the weights of a model: safetensors, one or several, or one GGUF file with its index.

An adapter may lie beside them, in peft's format: it is then added to what is read of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from writer.models.safetensors_files import INDEX, WEIGHTS, read_header, read_shard_names
from writer.models.weights.gguf_index import GGUF, map_gguf, read_index
from writer.models.weights.lora_adapter import CONFIG, by_weight, read_adapter
from writer.models.weights.lora_adapter import WEIGHTS as ADAPTER
from writer.models.weights.tensor import Tensor

_DTYPES: dict[str, Any] = {
    "F64": np.dtype("<f8"),
    "F32": np.dtype("<f4"),
    "F16": np.dtype("<f2"),
    "BF16": np.dtype("<u2"),
}

_MASKS = ("BOOL", "U8")
"""The types of attention masks, which old models have among their weights and nobody reads."""


def weight_files(folder: Path) -> tuple[Path, ...]:
    """The files with the weights of the model in `folder`, which may be missing; () where none is named.

    The file of an adapter beside them is the last. Raises DamagedError where the index of several names none
    of this folder, and OSError.
    """
    found = _base_files(folder)
    adapted = found and all((folder / name).is_file() for name in (CONFIG, ADAPTER))
    return (*found, folder / ADAPTER) if adapted else found


def _base_files(folder: Path) -> tuple[Path, ...]:
    for name in (WEIGHTS, GGUF):
        if (folder / name).is_file():
            return (folder / name,)
    if (folder / INDEX).is_file():
        return tuple(folder / name for name in read_shard_names(folder / INDEX))
    return ()


def is_gguf(files: Iterable[Path]) -> bool:
    """Whether these weights lie in a GGUF file."""
    return any(file.name == GGUF for file in files)


def needs_widening(files: Iterable[Path]) -> bool:
    """Whether torch and transformers cannot read these weights as they lie here."""
    return any(file.name in (GGUF, ADAPTER) for file in files)


def shapes(file: Path) -> dict[str, tuple[int, ...]]:
    """The shapes of the tensors in a file, without those of an adapter, which changes none.

    Raises DamagedError, IncompleteError and OSError.
    """
    if file.name == ADAPTER:
        read_header(file)
        return {}
    entries = read_index(file) if is_gguf([file]) else read_header(file).tensors
    return {name: entry.shape for name, entry in entries.items()}


def map_tensors(files: Iterable[Path]) -> dict[str, Tensor]:
    """The tensors of numbers in the files of a model by name, mapped into memory, with its adapter.

    Masks and unknown types are left out. Raises AdapterError, DamagedError, ValueError and OSError.
    """
    tensors: dict[str, Tensor] = {}
    for file in files:
        if file.name != ADAPTER:
            tensors.update(_map_file(file))
            continue
        for name, update in by_weight(read_adapter(file.parent), tensors).items():
            tensors[name] = replace(tensors[name], updates=(*tensors[name].updates, update))
    return tensors


def _map_file(file: Path) -> dict[str, Tensor]:
    if is_gguf([file]):
        return map_gguf(file)
    header = read_header(file)
    raw = np.asarray(np.memmap(file, np.uint8, "r", offset=header.start))
    return {
        name: Tensor(
            raw[slice(*entry.data_offsets)].view(_DTYPES[entry.dtype]).reshape(entry.shape), entry.dtype
        )
        for name, entry in header.tensors.items()
        if entry.dtype in _DTYPES
    }


def unread_type(files: Iterable[Path]) -> str:
    """The type of the first weight that `map_tensors` leaves out, "" where it reads all of them.

    Raises DamagedError and OSError.
    """
    for file in files:
        entries = {} if is_gguf([file]) else read_header(file).tensors
        for name, entry in entries.items():
            if name.endswith(".weight") and entry.dtype not in _DTYPES:
                return entry.dtype
    return ""


def has_unknown_types(file: Path) -> bool:
    """Whether `map_tensors` leaves out more than masks. Raises DamagedError and OSError."""
    if is_gguf([file]):
        return False
    return any(entry.dtype not in (*_DTYPES, *_MASKS) for entry in read_header(file).tensors.values())
