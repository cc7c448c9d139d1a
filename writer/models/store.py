"""The store of installed models: one folder each, in the layout of Hugging Face, with a manifest.

Installation is atomic: a model is built in a hidden folder, checked, synced, and moved into place with one
rename. A lock is held as long as such a folder is used; without one it is what a killed installation left.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from writer.base import paths
from writer.base.atomic_file import move, sync_file, sync_folder
from writer.base.errors import Sentence, errors_told_as
from writer.models import derived_files
from writer.models import manifest as manifests
from writer.models.manifest import Manifest, ModelError
from writer.models.model_folder import ModelFolder, open_folder
from writer.models.selection import DEFAULT_MODEL

if TYPE_CHECKING:
    from filelock import FileLock

__all__ = [
    "DEFAULT_MODEL",
    "Manifest",
    "ModelError",
    "ModelFolder",
    "ModelStore",
    "find",
    "installed_store",
    "open_folder",
]

log = logging.getLogger(__name__)


class ModelStore:
    """The models in `directory`, and those that came with the program in `shipped`, which is never written.

    A model in `directory` hides the shipped one of the same id.
    """

    def __init__(self, directory: Path, shipped: Path | None = None) -> None:
        self.directory = directory
        self._shipped = shipped

    def find(self, name_or_path: str | Path) -> ModelFolder:
        """The model with this id, or the one in this folder. Raises ModelError."""
        text = str(name_or_path).strip()
        folder = paths.home_path(text)
        if folder is not None and (isinstance(name_or_path, Path) or _is_path(text)):
            return open_folder(folder)
        if text and not (self.directory / text).exists():
            self._restore(text)
        if text and self.folder(text).is_dir():
            return open_folder(self.folder(text))
        raise self._unknown(text)

    def models(self) -> tuple[ModelFolder, ...]:
        """All models but the damaged ones, which are logged; sorted by id."""
        found = []
        for folder in self.folders():
            try:
                found.append(open_folder(folder))
            except ModelError as error:
                log.warning("left out: %s", error)
        return tuple(found)

    def install(self, model_id: str, build: Callable[[Path], Manifest]) -> ModelFolder:
        """Install the model that `build` writes into an empty folder, in place of an older `model_id`.

        `build` returns the manifest; where it has no files, their sizes and hashes are added here.
        Installations of one id exclude each other, between processes too. Raises ModelError and what `build`
        raises; the store is then as it was.
        """
        with self.lock(model_id):
            part = self.directory / f".{model_id}.part"
            _remove(part)
            if (self.directory / model_id).exists():
                _remove(self._replaced(model_id))
            part.mkdir(mode=paths.PRIVATE)
            try:
                with errors_told_as(part, model_id):
                    self._publish(part, model_id, build(part))
            finally:
                _remove(part)
        return open_folder(self.directory / model_id)

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """An empty folder beside the models for an import, deleted afterwards."""
        name = f"import-{secrets.token_hex(8)}"
        part, lock = self.directory / f".{name}.part", self.lock(name)
        try:
            with lock:
                part.mkdir(mode=paths.PRIVATE)
                try:
                    yield part
                finally:
                    _remove(part)
        finally:
            _remove_lock(lock)

    def remove_remains(self) -> None:
        """Delete the folders that killed installations, imports and removals left; not those in use."""
        from filelock import Timeout

        for part in self.directory.glob(".*.part/"):
            if part.name.endswith(".old.part"):
                continue  # it may be the only copy, see `_restore`
            name = part.name[1:].removesuffix(".part")
            lock = self.lock(name)
            try:
                with lock.acquire(timeout=0):
                    _remove(part)
            except Timeout:
                continue
            except OSError as error:
                log.warning("the remains of an installation stay: %s", error.strerror)
                continue
            log.info("the remains of an installation are removed")
            if name.startswith("import-"):
                _remove_lock(lock)

    def remove(self, model_id: str) -> None:
        """Delete a model, damaged or not, and its derived files. It is renamed first. Raises ModelError.

        No path is taken: only models of the store can be deleted.
        """
        model_id = model_id.strip()
        if _is_path(model_id):
            raise ModelError(
                "“{name}” is no name of a model; only models of the list can be removed, by their names.",
                name=model_id,
            )
        folder = next((one for one in self.folders() if one.name == model_id), None)
        if folder is None:
            raise self._unknown(model_id)
        if folder.parent == self._shipped:
            raise ModelError("The model {model} came with the program and goes with it.", model=model_id)
        self._require_no_adapters(model_id)
        with self.lock(model_id):
            gone = self.directory / f".{model_id}.gone.part"
            _remove(gone)
            _remove(self._replaced(model_id))
            derived_files.delete_cached(folder)
            move(folder, gone)
            _remove(gone)

    def folder(self, model_id: str) -> Path:
        """The folder of the model with this id; where it is not installed, its future one in `directory`."""
        own = self.directory / model_id
        shipped = self._shipped / model_id if self._shipped else own
        return shipped if not own.is_dir() and shipped.is_dir() else own

    def folders(self) -> list[Path]:
        """The folders of all models, sorted by id."""
        folders = {folder.name: folder for folder in self._shipped.glob("[!.]*/")} if self._shipped else {}
        folders |= {folder.name: folder for folder in self.directory.glob("[!.]*/")}
        return [folders[name] for name in sorted(folders)]

    def lock(self, model_id: str) -> FileLock:
        """The lock of this id, between processes, held during installation and removal."""
        from filelock import FileLock  # here, because most processes lock nothing

        return FileLock(self.directory / f".{model_id}.lock")

    def _publish(self, part: Path, model_id: str, manifest: Manifest) -> None:
        if not manifest.files:
            names = sorted(path.name for path in part.iterdir() if path.is_file())
            manifest = replace(manifest, files=manifests.describe(part, names))
        manifests.write(part, manifest)
        open_folder(part)
        for path in part.rglob("*"):
            sync_folder(path) if path.is_dir() else sync_file(path)
        sync_folder(part)
        target = self.directory / model_id
        if target.exists():
            move(target, self._replaced(model_id))
        move(part, target)
        sync_folder(self.directory)
        _remove(self._replaced(model_id))

    def _require_no_adapters(self, model_id: str) -> None:
        """Raise ModelError where personal models need the weights of this model."""
        needing = [
            model.id
            for model in self.models()
            if model.manifest.adapter is not None and model.manifest.base == model_id and not model.weights
        ]
        if needing:
            raise ModelError(
                "{needing} cannot be used without {model}; remove them first.",
                needing=", ".join(needing),
                model=model_id,
            )

    def _replaced(self, model_id: str) -> Path:
        """The folder of an older model while it is being replaced, between two renames."""
        return self.directory / f".{model_id}.old.part"

    def _restore(self, model_id: str) -> None:
        """Move an older model back where an installation was killed between its two renames."""
        if not self._replaced(model_id).is_dir():
            return
        with self.lock(model_id):
            if not (self.directory / model_id).exists():
                log.warning("%s is put back after an interrupted installation", model_id)
                move(self._replaced(model_id), self.directory / model_id)

    def _unknown(self, name: str) -> ModelError:
        if name == DEFAULT_MODEL:
            return ModelError(
                "The starter model is not here yet; `make setup` or `writer models get {name}` brings it.",
                name=name,
            )
        return ModelError(
            "There is no model named “{name}” here (models: {known}); choose one of them or give a folder.",
            name=name,
            known=", ".join(folder.name for folder in self.folders()) or Sentence("none yet"),
        )


def installed_store() -> ModelStore:
    """The store of this user, with the models that came with the program."""
    return ModelStore(paths.models_dir(), paths.shipped_models_dir())


def find(name_or_path: str | Path) -> ModelFolder:
    """The model with this id in `installed_store`, or the one in this folder. Raises ModelError."""
    return installed_store().find(name_or_path)


def _is_path(text: str) -> bool:
    return text in {".", ".."} or "/" in text or os.sep in text or text.startswith("~")


def _remove_lock(lock: FileLock) -> None:
    """Delete the file of a lock whose name nothing has again."""
    with contextlib.suppress(OSError):
        Path(lock.lock_file).unlink(missing_ok=True)


def _remove(folder: Path) -> None:
    """Delete a folder, also a read-only one; of a link, the link alone."""
    if folder.is_symlink():
        folder.unlink()
        return
    with contextlib.suppress(OSError):
        folder.chmod(paths.PRIVATE)
    shutil.rmtree(folder, ignore_errors=True)
