"""The index of a GGUF file that lies in a model's folder as its weights: where each tensor is, and how.

The file stays what was published, byte for byte. The index names its tensors as Hugging Face does, so that
reading one needs nothing else of the file, whose own header holds the vocabulary. It is written when the
model arrives, and checked against the file's size whenever it is read.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from writer.base.regular_file import open_regular
from writer.base.typed_data import Count, DamagedError, read_json_file
from writer.models.safetensors_files import HEADER_LIMIT, IncompleteError
from writer.models.weights import gguf_blocks
from writer.models.weights.tensor import Tensor

GGUF = "model.gguf"
GGUF_INDEX = "model.gguf.index.json"

_PLAIN: Mapping[str, Any] = {"F32": np.dtype("<f4"), "F16": np.dtype("<f2")}

Heads = Annotated[int, msgspec.Meta(ge=0, le=1 << 16)]


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """A tensor: its `kind` ("F32", "F16" or one of `gguf_blocks`), shape, and the place of its first byte.

    `heads` is the number of heads whose rows alternate between their two halves, as GGUF has those of the
    Llama type; 0 where rows lie as in Hugging Face's folders.
    """

    kind: str
    shape: Annotated[tuple[Count, ...], msgspec.Meta(min_length=1, max_length=2)]
    start: Count
    heads: Heads = 0

    @property
    def bytes(self) -> int:
        """The bytes in the file."""
        if gguf_blocks.is_blocks(self.kind):
            return self.shape[0] * gguf_blocks.row_bytes(self.kind, self.shape[-1])
        return math.prod(self.shape) * int(_PLAIN[self.kind].itemsize)

    def is_consistent(self, size: int) -> bool:
        """Whether the tensor lies in a file of `size` bytes, in whole blocks and pairs."""
        if gguf_blocks.is_blocks(self.kind):
            if len(self.shape) != 2 or self.shape[1] % gguf_blocks.BLOCK:
                return False
        elif self.kind not in _PLAIN:
            return False
        paired = not self.heads or (len(self.shape) == 2 and self.shape[0] % (2 * self.heads) == 0)
        return paired and self.start + self.bytes <= size

    def tensor(self, data: NDArray[np.uint8]) -> Tensor:
        """The tensor in the bytes of the file."""
        own = data[self.start : self.start + self.bytes]
        rows = rows_of_halves(self.shape[0], self.heads) if self.heads else None
        if gguf_blocks.is_blocks(self.kind):
            return Tensor(own.reshape(self.shape[0], -1), self.kind, rows)
        return Tensor(own.view(_PLAIN[self.kind]).reshape(self.shape), self.kind, rows)


@dataclass(frozen=True, slots=True)
class _GgufIndex:
    """`bytes` is the size of the GGUF file."""

    bytes: Count
    tensors: dict[str, IndexEntry]


def rows_of_halves(count: int, heads: int) -> NDArray[np.int64]:
    """The rows of `heads` heads, whose halves alternate, in the order of one half after the other."""
    return np.arange(count).reshape(heads, -1, 2).swapaxes(1, 2).reshape(-1)


def index_of(file: Path) -> Path:
    """The file of the index for a GGUF file."""
    return file.with_name(file.name + ".index.json")


def write_index(file: Path, tensors: Mapping[str, IndexEntry]) -> None:
    """Write the index of a GGUF file beside it, its tensors sorted by name. Raises OSError."""
    entries = {name: asdict(tensors[name]) for name in sorted(tensors)}
    text = json.dumps({"bytes": file.stat().st_size, "tensors": entries}, indent=None)
    index_of(file).write_text(text + "\n", encoding="utf-8")


def read_index(file: Path) -> Mapping[str, IndexEntry]:
    """The tensors of a GGUF file by name. Raises DamagedError, IncompleteError and OSError."""
    index = read_json_file(index_of(file), _GgufIndex, HEADER_LIMIT)
    with open_regular(file) as stream:
        size = stream.seek(0, 2)
    if size != index.bytes:
        raise IncompleteError("the index speaks of another length")
    if not all(entry.is_consistent(size) for entry in index.tensors.values()):
        raise DamagedError("a tensor lies beyond the file, or is of an unknown kind")
    return index.tensors


def map_gguf(file: Path) -> dict[str, Tensor]:
    """The tensors of a GGUF file by name, mapped into memory. Raises DamagedError and OSError."""
    entries = read_index(file)
    data = np.asarray(np.memmap(file, np.uint8, "r"))
    return {name: entry.tensor(data) for name, entry in entries.items()}
