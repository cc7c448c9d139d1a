"""A model source: another model of the catalogue, with an adapter that came with the program.

The adapter lies beside the weights of a copy of the base, see `models.weights.weight_files`. The model is
then one like any other: a personal model can be learned on it, and its base can be removed.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from writer.base import paths
from writer.base.errors import os_reason
from writer.base.typed_data import DamagedError
from writer.models import manifest as manifests
from writer.models.catalogue import Entry, Tuning
from writer.models.manifest import Manifest, ModelError
from writer.models.model_folder import ModelFolder
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
        raise ModelError(
            "The model cannot be prepared in {folder}: {reason}. Free some space.",
            folder=store.directory,
            reason=os_reason(error) if isinstance(error, OSError) else str(error),
        ) from error


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
