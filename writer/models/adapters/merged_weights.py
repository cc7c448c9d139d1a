"""Merged weights: a base model's weights with an adapter added to them, as one safetensors file in float32.

They are written block by block, so that no more than a block is in memory.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from writer.models.adapters.lora_adapter import AdapterError, Floats, LowRankUpdate
from writer.models.manifest import ModelFile
from writer.models.safetensors_files import read_header

_DTYPES: dict[str, Any] = {"F32": np.dtype("<f4"), "F16": np.dtype("<f2"), "BF16": np.dtype("<u2")}
_MASKS = ("BOOL", "U8")
"""The types of attention masks, which old models have among their weights and nobody reads."""

_BLOCK = 1 << 20
"""Values in a block."""


@dataclass(frozen=True, slots=True)
class _Source:
    """A weight of the base, mapped into memory, as [rows, columns]; `shape` is its own."""

    data: NDArray[Any]
    shape: tuple[int, ...]
    bfloat16: bool

    def blocks(self) -> Iterator[tuple[int, Floats]]:
        """Copies of some rows each, float32 [n, columns], with the number of the first row."""
        each = max(1, _BLOCK // max(1, self.data.shape[1]))
        for first in range(0, len(self.data), each):
            rows = self.data[first : first + each]
            if self.bfloat16:
                yield first, (np.ascontiguousarray(rows).astype(np.uint32) << 16).view(np.float32)
            else:
                yield first, np.array(rows, dtype=np.float32, order="C")


def merge_weights(
    base: Sequence[Path],
    updates: Mapping[str, LowRankUpdate],
    target: Path,
    on_bytes: Callable[[int], object] = lambda _count: None,
) -> ModelFile:
    """Write the weights in the files `base` with `updates` added to `target`; returns its size and hash.

    `on_bytes` is called with the bytes of each block that is written; what it raises ends the work. Raises
    AdapterError where an update fits no weight, DamagedError and OSError.
    """
    sources = {name: source for file in base for name, source in _sources(file)}
    by_name = {_weight_of(module, sources, update): update for module, update in updates.items()}
    if len(by_name) != len(updates):
        raise AdapterError("The adapter does not fit its base model; train again.")
    digest = hashlib.sha256()
    with target.open("wb") as file:
        header = _header(sources)
        for block in (header, *_merged(sources, by_name)):
            file.write(block)
            digest.update(block)
            on_bytes(len(block))
        return ModelFile(target.name, file.tell(), digest.hexdigest())


def merged_bytes(base: Sequence[Path]) -> int:
    """The size of the merged weights, but for their header. Raises DamagedError and OSError."""
    entries = (entry for file in base for entry in read_header(file).tensors.values())
    return sum(4 * entry.size for entry in entries if entry.dtype not in _MASKS)


def _sources(file: Path) -> Iterator[tuple[str, _Source]]:
    header = read_header(file)
    raw = np.asarray(np.memmap(file, np.uint8, "r", offset=header.start))
    for name, entry in header.tensors.items():
        if entry.dtype in _MASKS:
            continue
        if entry.dtype not in _DTYPES:
            raise AdapterError("The base model has weights of a kind that no adapter can be added to.")
        columns = entry.shape[-1] if len(entry.shape) > 1 else max(1, entry.size)
        data = raw[slice(*entry.data_offsets)].view(_DTYPES[entry.dtype])
        yield name, _Source(data.reshape(-1, max(1, columns)), entry.shape, entry.dtype == "BF16")


def _weight_of(module: str, sources: Mapping[str, _Source], update: LowRankUpdate) -> str:
    """The name of the weight of a module; files may lack the prefix of the model below the head."""
    names = (f"{module}.weight", f"{module.partition('.')[2]}.weight")
    name = next((name for name in names if name in sources), "")
    if not name or sources[name].shape != update.shape:
        raise AdapterError("The adapter does not fit its base model; train again.")
    return name


def _header(sources: Mapping[str, _Source]) -> bytes:
    entries: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, source in sources.items():
        start, end = end, end + 4 * source.data.size
        entries[name] = {"dtype": "F32", "shape": source.shape, "data_offsets": (start, end)}
    text = json.dumps(entries, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text


def _merged(sources: Mapping[str, _Source], updates: Mapping[str, LowRankUpdate]) -> Iterator[bytes]:
    for name, source in sources.items():
        update = updates.get(name)
        for first, rows in source.blocks():
            if update is not None:
                update.add_to(rows, first)
            yield rows.astype("<f4", copy=False).tobytes()
