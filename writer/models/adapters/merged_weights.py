"""Merged weights: a base model's weights with an adapter added to them, as one safetensors file in float32.

They are written block by block, so that no more than a block is in memory.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from writer.models.manifest import ModelFile
from writer.models.weights.lora_adapter import AdapterError, by_weight
from writer.models.weights.low_rank_update import LowRankUpdate
from writer.models.weights.tensor import Tensor
from writer.models.weights.weight_files import has_unknown_types, map_tensors


def merge_weights(
    base: Sequence[Path],
    updates: Mapping[str, LowRankUpdate],
    target: Path,
    on_bytes: Callable[[int], object] = lambda _count: None,
    *,
    halved: bool = False,
) -> ModelFile:
    """Write the weights in the files `base` with `updates` added to `target`; returns its size and hash.

    Without updates that is the base, widened. `halved` rounds the weights of the base to float16 first.
    `on_bytes` is called with the bytes of each block that is written; what it raises ends the work. Raises
    AdapterError where an update fits no weight, DamagedError and OSError.
    """
    sources = _sources(base)
    by_name = by_weight(updates, sources)
    digest = hashlib.sha256()
    with target.open("wb") as file:
        header = _header(sources)
        for block in (header, *_merged(sources, by_name, halved)):
            file.write(block)
            digest.update(block)
            on_bytes(len(block))
        return ModelFile(target.name, file.tell(), digest.hexdigest())


def merged_bytes(base: Sequence[Path]) -> int:
    """The size of the merged weights, but for their header. Raises DamagedError and OSError."""
    return sum(4 * math.prod(tensor.shape) for tensor in map_tensors(base).values())


def _sources(base: Sequence[Path]) -> dict[str, Tensor]:
    if any(map(has_unknown_types, base)):
        raise AdapterError("The base model has weights of a kind that no adapter can be added to.")
    return map_tensors(base)


def _header(sources: Mapping[str, Tensor]) -> bytes:
    entries: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, source in sources.items():
        start, end = end, end + 4 * math.prod(source.shape)
        entries[name] = {"dtype": "F32", "shape": source.shape, "data_offsets": (start, end)}
    text = json.dumps(entries, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text


def _merged(
    sources: Mapping[str, Tensor], updates: Mapping[str, LowRankUpdate], halved: bool
) -> Iterator[bytes]:
    for name, source in sources.items():
        update, first = updates.get(name), 0
        for part in source.parts():
            rows = part.astype(np.float16).astype(np.float32) if halved else part
            if update is not None:
                update.add_to(rows, first)
            first += len(rows)
            yield rows.astype("<f4", copy=False).tobytes()
