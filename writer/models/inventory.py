"""The inventory of installed models, from which `selection` chooses."""

from __future__ import annotations

from pathlib import Path

from writer.models import catalogue, compatibility
from writer.models import manifest as manifests
from writer.models.manifest import ModelError
from writer.models.selection import InstalledModel, masked_for
from writer.models.store import ModelStore
from writer.text.language import Language


def installed(store: ModelStore) -> tuple[InstalledModel, ...]:
    """The models of the store, those of the catalogue first and in its order. Reads no weights."""
    entries = catalogue.load()
    found = []
    for folder in store.folders():
        try:
            manifest = manifests.read(folder)
        except ModelError:
            continue
        listed = entries[folder.name].languages if folder.name in entries else ()
        languages = (manifest.languages if manifest else ()) or listed
        masked = compatibility.kind_of(folder) == "masked"
        found.append(InstalledModel(folder.name, languages, masked))
    order = {name: place for place, name in enumerate(entries)}
    return tuple(sorted(found, key=lambda model: (order.get(model.id, len(order)), model.id)))


def masked_folder(store: ModelStore, language: Language) -> Path | None:
    """The folder of the masked model for this language, None where there is none."""
    name = masked_for(language, installed(store))
    return store.folder(name) if name else None
