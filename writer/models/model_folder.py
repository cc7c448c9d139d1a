"""A model folder in the layout of Hugging Face, checked without loading it.

The files of a `ModelFolder` are present and complete, and its weights are safetensors, never pickles, which
can run code.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from writer.base.errors import Sentence
from writer.models import manifest as manifests
from writer.models.manifest import Manifest, ModelError

CONFIG = "config.json"
WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
TOKENIZERS = ("tokenizer.json", "vocab.json", "vocab.txt", "tokenizer.model")
HEADER_LIMIT = 100_000_000
PICKLES = ("pytorch_model.bin", "pytorch_model.bin.index.json", "model.ckpt.index", "model.pt")


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A model that can be loaded: its folder, its manifest, and its safetensors files."""

    path: Path
    manifest: Manifest
    weights: tuple[Path, ...]

    @property
    def id(self) -> str:
        """The id under which the store finds the model."""
        return self.manifest.id

    @property
    def name(self) -> str:
        """The name for people."""
        return self.manifest.name

    def config(self) -> dict[str, Any]:
        """The model's `config.json`. Raises ModelError."""
        return _json(self.path / CONFIG)


def open_folder(folder: Path) -> ModelFolder:
    """The checked model folder at `folder`, with or without a manifest. Raises ModelError.

    File sizes are compared with the manifest, and the headers of the weights are read; hashes are not
    compared (see `verify`).
    """
    try:
        if not folder.is_dir():
            raise ModelError(
                "There is no model folder {folder}; check the path or choose another model.", folder=folder
            )
        manifest = manifests.read(folder) or Manifest(id=folder.name, name=folder.name)
        for file in manifest.files:
            path = folder / file.name
            if not path.is_file() or path.stat().st_size != file.bytes:
                raise _damaged(folder, "{file} is missing or has the wrong size", file.name)
        if "model_type" not in _json(folder / CONFIG):
            raise _damaged(folder, "{file} names no model_type", CONFIG)
        if not any((folder / name).is_file() for name in TOKENIZERS):
            raise _damaged(folder, "it has no tokenizer")
        weights = _weights(folder)
        for path in weights:
            _check_header(path)
    except PermissionError as error:
        raise ModelError(
            "The model folder {folder} may not be read; check its permissions.", folder=folder
        ) from error
    return ModelFolder(folder, manifest, weights)


def verify(model: ModelFolder) -> None:
    """Compare the SHA-256 of every file with the manifest, a second per gigabyte. Raises ModelError."""
    for file in model.manifest.files:
        if manifests.sha256(model.path / file.name) != file.sha256:
            raise _damaged(model.path, "{file} has changed", file.name)


def _damaged(folder: Path, what: str, file: str = "") -> ModelError:
    """The error for a damaged model; `what` is a template that may name `file`."""
    return ModelError(
        "The model in {folder} is damaged ({what}); bring it again or choose another.",
        folder=folder,
        what=Sentence(what, {"file": file}),
    )


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except PermissionError:
        raise
    except (OSError, ValueError) as error:
        raise _damaged(path.parent, "{file} is missing or unreadable", path.name) from error
    if not isinstance(value, dict):
        raise _damaged(path.parent, "{file} is no JSON object", path.name)
    return value


def _weights(folder: Path) -> tuple[Path, ...]:
    """The safetensors files of a folder. Raises ModelError where there are none."""
    if (folder / WEIGHTS).is_file():
        return (folder / WEIGHTS,)
    if (folder / INDEX).is_file():
        names = _json(folder / INDEX).get("weight_map")
        if not isinstance(names, dict) or not all(_is_plain(name) for name in names.values()):
            raise _damaged(folder, "{file} lists no files of this folder", INDEX)
        return tuple(folder / name for name in sorted(set(names.values())))
    if any((folder / name).exists() for name in PICKLES):
        raise ModelError(
            "The model in {folder} has its weights only as pickle, which can run code; "
            "get it in the safetensors format.",
            folder=folder,
        )
    raise _damaged(folder, "{file} is missing", WEIGHTS)


def _is_plain(name: object) -> bool:
    """Whether `name` is the name of a file directly in the folder."""
    return isinstance(name, str) and name not in ("", ".", "..") and not {"/", "\\", ":"} & set(name)


def _check_header(path: Path) -> None:
    """Compare a safetensors file's size with its header. Raises ModelError where it is truncated."""
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header: dict[str, Any] = json.loads(file.read(min(length, HEADER_LIMIT)))
        ends = [entry["data_offsets"][1] for key, entry in header.items() if key != "__metadata__"]
        whole = 8 + length + max(ends, default=0) == path.stat().st_size
    except PermissionError:
        raise
    except (OSError, ValueError, AttributeError, KeyError, TypeError, IndexError) as error:
        raise _damaged(path.parent, "{file} is missing or unreadable", path.name) from error
    if not whole:
        raise _damaged(path.parent, "{file} is incomplete", path.name)
