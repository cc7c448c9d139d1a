"""A model source: another model of the catalogue, with an adapter that came with the program; and back.

The adapter lies beside the weights of a copy of the base, see `models.weights.weight_files`. The model is
then one like any other: a personal model can be learned on it, and its base can be removed. The base can be
had again from the copy, without the adapter: a bundle brings the tuned model alone.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from writer.base import paths
from writer.base.errors import os_reason
from writer.base.typed_data import DamagedError
from writer.models import catalogue
from writer.models import manifest as manifests
from writer.models.catalogue import Entry, Tuning
from writer.models.manifest import Manifest, ModelError
from writer.models.model_folder import ModelFolder, verify
from writer.models.store import ModelStore
from writer.models.weights import lora_adapter
from writer.models.weights.weight_files import map_tensors, weight_files

FILES = (lora_adapter.CONFIG, lora_adapter.WEIGHTS, "SOURCES.md")
"""The files of an adapter that the model has, too; the last names the texts it was learned on."""


def install_tuned(store: ModelStore, entry: Entry, tuning: Tuning, base: ModelFolder) -> ModelFolder:
    """The model of `entry`, made of its base and its adapter.

    Raises ModelError where the base is another one, the adapter does not fit, or the disk cannot be used.
    """
    adapter = paths.resources_dir() / tuning.folder
    try:
        if not {manifests.sha256(file) for file in base.weights} <= set(tuning.base_sha256):
            raise ModelError(
                "{model} fits another {base} than the one that is here; remove {base} and get it again.",
                model=entry.name,
                base=base.id,
            )
        return store.install(entry.id, lambda part: _build(entry, base, adapter, part))
    except (OSError, DamagedError) as error:
        raise _not_prepared(store, error) from error


def is_current(entry: Entry, model: ModelFolder) -> bool:
    """Whether an installed model of `entry` has the adapter of this version of the program, if one comes."""
    if entry.tuning is None:
        return True
    adapter = paths.resources_dir() / entry.tuning.folder / lora_adapter.WEIGHTS
    return not adapter.is_file() or model.manifest.revision == manifests.sha256(adapter)


def tuned_copy(store: ModelStore, entry: Entry) -> ModelFolder | None:
    """The model here whose weights are a copy of those of `entry`, beside an adapter; None if none is."""
    for other in catalogue.load().values():
        if other.tuning is not None and other.tuning.base == entry.id:
            with suppress(ModelError):
                return store.find(other.id)
    return None


def install_base(store: ModelStore, entry: Entry, tuned: ModelFolder) -> ModelFolder:
    """The model of `entry` out of `tuned`, which is a copy of it with an adapter. Raises ModelError."""
    try:
        return store.install(entry.id, lambda part: _copy(entry, tuned, part))
    except (OSError, DamagedError) as error:
        raise _not_prepared(store, error) from error


def _copy(entry: Entry, tuned: ModelFolder, part: Path) -> Manifest:
    """Fill the folder `part` with the files of the base. Raises ModelError, DamagedError and OSError."""
    verify(tuned)
    hashes = {file.name: file.sha256 for file in tuned.manifest.files if file.name not in FILES}
    for name in hashes:
        shutil.copyfile(tuned.path / name, part / name)
    weights = weight_files(part)
    map_tensors(weights)
    return replace(entry.manifest(entry.source, hashes[weights[0].name]), prefix=tuned.manifest.prefix)


def _not_prepared(store: ModelStore, error: OSError | DamagedError) -> ModelError:
    return ModelError(
        "The model cannot be prepared in {folder}: {reason}. Free some space.",
        folder=store.directory,
        reason=os_reason(error) if isinstance(error, OSError) else str(error),
    )


def _build(entry: Entry, base: ModelFolder, adapter: Path, part: Path) -> Manifest:
    """Fill the folder `part`. Raises ModelError, DamagedError and OSError."""
    for file in base.path.iterdir():
        if file.is_file() and file.name != manifests.FILE:
            shutil.copyfile(file, part / file.name)
    for name in FILES:
        shutil.copyfile(adapter / name, part / name)
    map_tensors(weight_files(part))  # it fits
    made = entry.manifest(entry.source, manifests.sha256(adapter / lora_adapter.WEIGHTS))
    return replace(made, prefix=made.prefix or base.manifest.prefix)
