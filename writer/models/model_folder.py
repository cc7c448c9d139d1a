"""A model folder in the layout of Hugging Face, checked without loading it.

The files of a `ModelFolder` are present and complete. Its weights are safetensors, or a GGUF file with its
index, never pickles, which can run code. The weights of a personal model with an adapter may be missing:
`models.adapters` makes them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from writer.base.errors import Sentence
from writer.base.typed_data import DamagedError, read_json_file
from writer.models import manifest as manifests
from writer.models import tokenizer_files
from writer.models.manifest import AdapterOrigin, Manifest, ModelError, ModelFile
from writer.models.safetensors_files import INDEX, WEIGHTS, IncompleteError, read_header
from writer.models.tokenizer_files import FILES
from writer.models.weights.weight_files import shapes, weight_files

CONFIG = "config.json"
CONFIG_LIMIT = 16 << 20
"""The largest size of a `config.json`, in bytes."""

ADAPTER_FOLDER = "adapter"
"""The folder of an adapter's files within the folder of its model."""

PICKLES = ("pytorch_model.bin", "pytorch_model.bin.index.json", "model.ckpt.index", "model.pt")


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A model that can be loaded: its folder, its manifest, and the files of its weights.

    There are no `weights` where the model has an adapter, and they are not made yet.
    """

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
        return read_config(self.path)


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
        _check_sizes(folder, manifest.files)
        if manifest.adapter is not None:
            _check_sizes(folder / ADAPTER_FOLDER, manifest.adapter.files)
        if "model_type" not in read_config(folder):
            raise _damaged(folder, "{file} names no model_type", CONFIG)
        if not tokenizer_files.is_readable([name for name in FILES if (folder / name).is_file()]):
            raise _damaged(folder, "it lacks its list of words")
        if manifest.adapter is not None:
            return ModelFolder(folder, manifest, _merged(folder, manifest.adapter))
        weights = _weights(folder)
        for path in weights:
            _check_header(path)
    except PermissionError as error:
        raise ModelError(
            "The model folder {folder} may not be read; check its permissions.", folder=folder
        ) from error
    except OSError as error:
        name = Path(str(error.filename or folder)).name
        raise _damaged(folder, "{file} is missing or unreadable", name) from error
    return ModelFolder(folder, manifest, weights)


def read_config(folder: Path) -> dict[str, Any]:
    """The `config.json` of a folder. Raises ModelError, and PermissionError where it may not be read."""
    try:
        config: object = read_json_file(folder / CONFIG, object, CONFIG_LIMIT)
    except PermissionError:
        raise
    except (OSError, DamagedError) as error:
        raise _damaged(folder, "{file} is missing or unreadable", CONFIG) from error
    if not isinstance(config, dict):
        raise _damaged(folder, "{file} is no JSON object", CONFIG)
    return config


def verify(model: ModelFolder) -> None:
    """Compare the SHA-256 of every file with the manifest, a second per gigabyte. Raises ModelError."""
    _compare_hashes(model.path, model.manifest.files)
    if origin := model.manifest.adapter:
        _compare_hashes(model.path / ADAPTER_FOLDER, origin.files)


def _check_sizes(folder: Path, files: Iterable[ModelFile]) -> None:
    for file in files:
        path = folder / file.name
        if not path.is_file() or path.stat().st_size != file.bytes:
            raise _damaged(folder, "{file} is missing or has the wrong size", file.name)


def _compare_hashes(folder: Path, files: Iterable[ModelFile]) -> None:
    for file in files:
        if manifests.sha256(folder / file.name) != file.sha256:
            raise _damaged(folder, "{file} has changed", file.name)


def _damaged(folder: Path, what: str, file: str = "") -> ModelError:
    """The error for a damaged model; `what` is a template that may name `file`."""
    return ModelError(
        "The model in {folder} is damaged ({what}); bring it again or choose another.",
        folder=folder,
        what=Sentence(what, {"file": file}),
    )


def _merged(folder: Path, origin: AdapterOrigin) -> tuple[Path, ...]:
    """The merged weights of an adapter's model; none where they are missing or damaged."""
    path = folder / WEIGHTS
    try:
        whole = path.stat().st_size == origin.merged.bytes
        if whole:
            read_header(path)
    except (FileNotFoundError, DamagedError):
        return ()
    return (path,) if whole else ()


def _weights(folder: Path) -> tuple[Path, ...]:
    """The files of a folder's weights. Raises ModelError where there are none."""
    try:
        if files := weight_files(folder):
            return files
    except DamagedError as error:
        raise _damaged(folder, "{file} lists no files of this folder", INDEX) from error
    if any((folder / name).exists() for name in PICKLES):
        raise ModelError(
            "The model in {folder} is in an old format that could run programs here (pickle); get it in "
            "the safe one (safetensors).",
            folder=folder,
        )
    raise _damaged(folder, "{file} is missing", WEIGHTS)


def _check_header(path: Path) -> None:
    """Compare the size of a file of weights with its header. Raises ModelError where it is truncated."""
    try:
        shapes(path)
    except PermissionError:
        raise
    except IncompleteError as error:
        raise _damaged(path.parent, "{file} is incomplete", path.name) from error
    except (OSError, DamagedError) as error:
        raise _damaged(path.parent, "{file} is missing or unreadable", path.name) from error
