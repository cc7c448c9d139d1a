"""A reader of safetensors files that maps the tensors into memory and does not copy them.

Only the pages that are read take memory, so a row of an embedding takes a page. The format is a length, a
JSON header and raw little-endian data (https://huggingface.co/docs/safetensors); bfloat16, which numpy lacks,
is converted to float32.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from writer.base.typed_data import DamagedError
from writer.engine.protocol import EngineError
from writer.models.safetensors_files import INDEX, WEIGHTS, read_header, read_shard_names

Floats = NDArray[np.float32]

_DTYPES: dict[str, Any] = {"F32": np.dtype("<f4"), "F16": np.dtype("<f2"), "BF16": np.dtype("<u2")}


_PREFIXES = (
    "transformer.",
    "gpt_neox.",
    "model.decoder.",
    "decoder.",
    "model.language_model.",
    "language_model.model.",
    "model.",
)
"""The prefixes of the tensor names, the longer first; the text part of a model that sees has one of those."""

_BY_TOKEN = ("embed_tokens.weight", "lm_head.weight")
"""The ends of the names of matrices with a row for each token."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """A memory-mapped tensor; where `bfloat16`, `data` has the bits as uint16."""

    data: NDArray[Any]
    bfloat16: bool

    @property
    def shape(self) -> tuple[int, ...]:
        """The tensor's dimensions."""
        return self.data.shape

    def floats(self) -> Floats:
        """The tensor as float32, of the same shape."""
        return _to_float32(self.data, self.bfloat16)

    def rows(self, indices: NDArray[np.int64]) -> Floats:
        """The rows at `indices` (int64 [n]), float32 [n, columns]; only their pages are read."""
        return _to_float32(self.data[indices], self.bfloat16)


@dataclass(frozen=True, slots=True)
class SelectedRows(Tensor):
    """The rows `selected`, int64 [n], of a memory-mapped matrix, as a matrix of their own."""

    selected: NDArray[np.int64]

    @property
    def shape(self) -> tuple[int, ...]:
        """See `Tensor.shape`."""
        return (len(self.selected), *self.data.shape[1:])

    def floats(self) -> Floats:
        """See `Tensor.floats`."""
        return _to_float32(self.data[self.selected], self.bfloat16)

    def rows(self, indices: NDArray[np.int64]) -> Floats:
        """See `Tensor.rows`."""
        return _to_float32(self.data[self.selected[indices]], self.bfloat16)


class Weights(Mapping[str, Tensor]):
    """The tensors of a model folder by name, from one safetensors file or from shards with an index.

    `rows`, int64 [tokens], are the ids of the tokens of a trimmed vocabulary: the token embeddings and the
    output matrix have only these. Raises EngineError where a file is missing or damaged.
    """

    def __init__(self, folder: Path, rows: NDArray[np.int64] | None = None) -> None:
        self._tensors: dict[str, Tensor] = {}
        for file in weight_files(folder):
            self._tensors.update(_map_file(file))
        self.trimmed = rows is not None
        if rows is not None:
            by_token = {name: tensor for name, tensor in self._tensors.items() if name.endswith(_BY_TOKEN)}
            for name, tensor in by_token.items():
                self._tensors[name] = SelectedRows(tensor.data, tensor.bfloat16, rows)

    def __getitem__(self, name: str) -> Tensor:
        return self._tensors[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    def __len__(self) -> int:
        return len(self._tensors)

    @property
    def prefix(self) -> str:
        """The prefix of the tensor names, one of `_PREFIXES`, or "" as in models without a head."""
        return next((prefix for prefix in _PREFIXES if any(name.startswith(prefix) for name in self)), "")


def weight_files(folder: Path) -> list[Path]:
    """The safetensors files of `folder`. Raises EngineError where there is none or a shard is missing."""
    single = folder / WEIGHTS
    if single.is_file():
        return [single]
    try:
        files = [folder / name for name in read_shard_names(folder / INDEX)]
    except (OSError, DamagedError):
        files = []
    if not files or not all(file.is_file() for file in files):
        raise EngineError(
            "The model in {folder} is not complete. Get the model again.",
            folder=folder,
        )
    return files


def _map_file(file: Path) -> dict[str, Tensor]:
    try:
        header = read_header(file)
        raw = np.asarray(np.memmap(file, np.uint8, "r", offset=header.start))
        return {
            name: Tensor(
                raw[slice(*entry.data_offsets)].view(_DTYPES[entry.dtype]).reshape(entry.shape),
                bfloat16=entry.dtype == "BF16",
            )
            for name, entry in header.tensors.items()
            if entry.dtype in _DTYPES
        }
    except (OSError, ValueError, DamagedError) as error:
        raise EngineError("The weights {file} are damaged. Get the model again.", file=file) from error


def _to_float32(data: NDArray[Any], bfloat16: bool) -> Floats:
    if bfloat16:
        return (np.ascontiguousarray(data).astype(np.uint32) << 16).view(np.float32)
    return np.ascontiguousarray(data, dtype=np.float32)
