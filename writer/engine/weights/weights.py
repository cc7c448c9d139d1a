"""The weights of a model folder, mapped into memory and not copied: safetensors, or a GGUF file.

Only the pages that are read take memory, so a row of an embedding takes a page. See `models.weights`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from writer.base.typed_data import DamagedError
from writer.engine.protocol import EngineError
from writer.models.manifest import ModelError
from writer.models.weights import weight_files as files
from writer.models.weights.gguf_blocks import Floats
from writer.models.weights.tensor import Tensor

__all__ = ["Floats", "Tensor", "Weights", "weight_files"]

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


class Weights(Mapping[str, Tensor]):
    """The tensors of a model folder by name.

    `rows`, int64 [tokens], are the ids of the tokens of a trimmed vocabulary: the token embeddings and the
    output matrix have only these. Raises EngineError where a file is missing or damaged.
    """

    def __init__(self, folder: Path, rows: NDArray[np.int64] | None = None) -> None:
        self._tensors = _mapped(folder)
        self.trimmed = rows is not None
        if rows is not None:
            by_token = {name: tensor for name, tensor in self._tensors.items() if name.endswith(_BY_TOKEN)}
            for name, tensor in by_token.items():
                self._tensors[name] = tensor.select(rows)

    def __getitem__(self, name: str) -> Tensor:
        return self._tensors[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    def __len__(self) -> int:
        return len(self._tensors)

    def release(self) -> None:
        """Let go of the pages that were read; they come back when they are read again."""
        for tensor in self.values():
            tensor.release()

    @property
    def prefix(self) -> str:
        """The prefix of the tensor names, one of `_PREFIXES`, or "" as in models without a head."""
        return next((prefix for prefix in _PREFIXES if any(name.startswith(prefix) for name in self)), "")


def weight_files(folder: Path) -> list[Path]:
    """The files with the weights of `folder`. Raises EngineError where there is none or one is missing."""
    try:
        found = list(files.weight_files(folder))
    except (OSError, DamagedError):
        found = []
    if not found or not all(file.is_file() for file in found):
        raise EngineError(
            "The model in {folder} is not complete. Get the model again.",
            folder=folder,
        )
    return found


def require_read_types(folder: Path) -> None:
    """Raise EngineError where weights of `folder` are of a type that is not read, such as integers."""
    try:
        kind = files.unread_type(weight_files(folder))
    except (OSError, DamagedError) as error:
        raise _damaged(folder) from error
    if kind:
        raise EngineError(
            "The weights in {folder} are of the type {kind}, which Writer does not read; get the model in "
            "float32, float16 or bfloat16.",
            folder=folder,
            kind=kind,
        )


def _mapped(folder: Path) -> dict[str, Tensor]:
    try:
        return files.map_tensors(weight_files(folder))
    except (ModelError, OSError, ValueError, DamagedError) as error:
        raise _damaged(folder) from error


def _damaged(folder: Path) -> EngineError:
    return EngineError("The weights in {folder} are damaged. Get the model again.", folder=folder)
