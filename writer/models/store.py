"""The models on this machine: one folder each, in the layout of Hugging Face, with a manifest.

A model appears under its name only when it is whole: it is built in a folder beside, synced, and moved
into place with one rename. What a killed installation left behind is removed by the next one.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from filelock import FileLock

from writer import paths
from writer.models import manifest as manifests
from writer.models.manifest import Manifest, ModelError

__all__ = ["DEFAULT_MODEL", "Manifest", "ModelError", "ModelFolder", "ModelStore", "find", "open_folder"]

log = logging.getLogger(__name__)

DEFAULT_MODEL = "smollm2-135m-instruct"
CONFIG = "config.json"
WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
TOKENIZERS = ("tokenizer.json", "vocab.json", "vocab.txt", "tokenizer.model")
HEADER_LIMIT = 100_000_000
PICKLES = ("pytorch_model.bin", "pytorch_model.bin.index.json", "model.ckpt.index", "model.pt")


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A model that can be loaded: its folder, what its manifest says, and its safetensors files."""

    path: Path
    manifest: Manifest
    weights: tuple[Path, ...]

    @property
    def id(self) -> str:
        """The name under which the model is found."""
        return self.manifest.id

    @property
    def name(self) -> str:
        """The name to show to people."""
        return self.manifest.name

    def config(self) -> dict[str, Any]:
        """The model's `config.json`."""
        return _json(self.path / CONFIG)


class ModelStore:
    """The models below one folder."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def find(self, name_or_path: str | Path) -> ModelFolder:
        """The model with this id, or the one in this folder. Raises `ModelError`."""
        text = str(name_or_path).strip()
        if isinstance(name_or_path, Path) or _is_path(text):
            return open_folder(Path(text).expanduser())
        folder = self.directory / text
        if text and folder.is_dir():
            return open_folder(folder)
        raise ModelError(self._unknown(text))

    def models(self) -> tuple[ModelFolder, ...]:
        """All whole models, sorted by id. Damaged ones are logged and left out."""
        found = []
        for folder in sorted(self.directory.glob("[!.]*/")):
            try:
                found.append(open_folder(folder))
            except ModelError as error:
                log.warning("left out: %s", error)
        return tuple(found)

    def install(self, model_id: str, build: Callable[[Path], Manifest]) -> ModelFolder:
        """Let `build` fill an empty folder, then put it in the place of the model `model_id`, all at once.

        `build` returns the manifest; sizes and hashes are filled in here where it leaves them out.
        Installations of the same id wait for each other, in other processes too. Raises what `build` raises.
        """
        with self.lock(model_id):
            part = self.directory / f".{model_id}.part"
            _remove(part)
            part.mkdir(mode=paths.PRIVATE)
            try:
                self._publish(part, model_id, build(part))
            finally:
                _remove(part)
        return open_folder(self.directory / model_id)

    def remove(self, model_id: str) -> None:
        """Delete a model. Its name is gone at once, however long the deleting takes."""
        with self.lock(model_id):
            folder = self.find(model_id).path
            _remove(self._move_aside(folder))

    def lock(self, model_id: str) -> FileLock:
        """What an installation of this id holds while it works."""
        return FileLock(self.directory / f".{model_id}.lock")

    def _publish(self, part: Path, model_id: str, manifest: Manifest) -> None:
        if not manifest.files:
            names = sorted(path.name for path in part.iterdir() if path.is_file())
            manifest = replace(manifest, files=manifests.describe(part, names))
        manifests.write(part, manifest)
        open_folder(part)
        for path in part.iterdir():
            _sync(path)
        _sync(part)
        target = self.directory / model_id
        old = self._move_aside(target) if target.exists() else None
        part.rename(target)
        _sync(self.directory)
        if old is not None:
            _remove(old)

    def _move_aside(self, folder: Path) -> Path:
        aside = folder.with_name(f".{folder.name}.old.part")
        _remove(aside)
        folder.rename(aside)
        return aside

    def _unknown(self, name: str) -> str:
        if name == DEFAULT_MODEL:
            return "The starter model is not on this machine yet; `make setup` brings it."
        known = ", ".join(sorted(folder.name for folder in self.directory.glob("[!.]*/"))) or "none yet"
        return (
            f"There is no model named “{name}” here (models: {known}); choose one of them or give a folder."
        )


def find(name_or_path: str | Path) -> ModelFolder:
    """The model with this id in the platform's models folder, or in this folder. Raises `ModelError`."""
    return ModelStore(paths.models_dir()).find(name_or_path)


def open_folder(folder: Path) -> ModelFolder:
    """Look at a folder in the layout of Hugging Face, with or without a manifest. Raises `ModelError`.

    Sizes are compared, and the headers of the weights are read; hashes are not (see `verify`).
    """
    try:
        if not folder.is_dir():
            raise ModelError(f"There is no model folder {folder}; check the path or choose another model.")
        manifest = manifests.read(folder) or Manifest(id=folder.name, name=folder.name)
        for file in manifest.files:
            path = folder / file.name
            if not path.is_file() or path.stat().st_size != file.bytes:
                raise _damaged(folder, f"{file.name} is missing or has the wrong size")
        if "model_type" not in _json(folder / CONFIG):
            raise _damaged(folder, f"{CONFIG} names no model_type")
        if not any((folder / name).is_file() for name in TOKENIZERS):
            raise _damaged(folder, "it has no tokenizer")
        weights = _weights(folder)
        for path in weights:
            _check_header(path)
    except PermissionError as error:
        raise ModelError(f"The model folder {folder} may not be read; check its permissions.") from error
    return ModelFolder(folder, manifest, weights)


def verify(model: ModelFolder) -> None:
    """Compare the hash of every file with the manifest. Raises `ModelError`; takes a second per gigabyte."""
    for file in model.manifest.files:
        if manifests.sha256(model.path / file.name) != file.sha256:
            raise _damaged(model.path, f"{file.name} has changed")


def _is_path(text: str) -> bool:
    return text in {".", ".."} or "/" in text or os.sep in text or text.startswith("~")


def _damaged(folder: Path, what: str) -> ModelError:
    return ModelError(f"The model in {folder} is damaged ({what}); bring it again or choose another.")


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except PermissionError:
        raise
    except (OSError, ValueError) as error:
        raise _damaged(path.parent, f"{path.name} is missing or unreadable") from error
    if not isinstance(value, dict):
        raise _damaged(path.parent, f"{path.name} is no JSON object")
    return value


def _weights(folder: Path) -> tuple[Path, ...]:
    """The safetensors files of a folder, which are the only weights that are ever opened."""
    if (folder / WEIGHTS).is_file():
        return (folder / WEIGHTS,)
    if (folder / INDEX).is_file():
        names = _json(folder / INDEX).get("weight_map", {})
        return tuple(folder / name for name in sorted(set(names.values())))
    if any((folder / name).exists() for name in PICKLES):
        raise ModelError(
            f"The model in {folder} has its weights only as pickle, which can run code; "
            "get it in the safetensors format."
        )
    raise _damaged(folder, f"{WEIGHTS} is missing")


def _check_header(path: Path) -> None:
    """A safetensors file says in its first bytes how long it is; a truncated copy says otherwise."""
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header: dict[str, Any] = json.loads(file.read(min(length, HEADER_LIMIT)))
        ends = [entry["data_offsets"][1] for key, entry in header.items() if key != "__metadata__"]
        whole = 8 + length + max(ends, default=0) == path.stat().st_size
    except PermissionError:
        raise
    except (OSError, ValueError, AttributeError, KeyError, TypeError, IndexError) as error:
        raise _damaged(path.parent, f"{path.name} is missing or unreadable") from error
    if not whole:
        raise _damaged(path.parent, f"{path.name} is incomplete")


def _sync(path: Path) -> None:
    """Ask the system to put a file or folder on the disk. Windows cannot open folders; it needs it less."""
    if path.is_dir() and os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
