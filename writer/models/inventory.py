"""The inventory of installed models, from which `selection` chooses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from writer.models import catalogue, compatibility
from writer.models import manifest as manifests
from writer.models.catalogue import Entry
from writer.models.manifest import ModelError
from writer.models.model_folder import ModelFolder
from writer.models.selection import InstalledModel, masked_for
from writer.models.store import ModelStore
from writer.text.language import Language

_CODE = 2
"""The letters of a code of ISO 639-1."""


def installed(store: ModelStore) -> tuple[InstalledModel, ...]:
    """The models of the store, those of the catalogue first and in its order. Reads no weights."""
    entries = catalogue.load()
    found = []
    for folder in store.folders():
        try:
            manifest = manifests.read(folder)
        except ModelError:
            continue
        languages = (manifest.languages if manifest else ()) or _listed(entries, folder.name)
        masked = compatibility.kind_of(folder) == "masked"
        found.append(InstalledModel(folder.name, languages, masked))
    order = {name: place for place, name in enumerate(entries)}
    return tuple(sorted(found, key=lambda model: (order.get(model.id, len(order)), model.id)))


def languages_of(model: ModelFolder) -> tuple[str, ...]:
    """The codes (ISO 639-1) of the languages that a model writes, none where they are not known."""
    codes = model.manifest.languages or _listed(catalogue.load(), model.path.name)
    plain = [re.split("[-_]", code.lower())[0] for code in codes]
    known = all(len(code) == _CODE for code in plain)  # others say that there are many, or no language
    return tuple("nb" if code == "no" else code for code in plain) if known else ()


def masked_folder(store: ModelStore, language: Language) -> Path | None:
    """The folder of the masked model for this language, None where there is none."""
    name = masked_for(language, installed(store))
    return store.folder(name) if name else None


def _listed(entries: Mapping[str, Entry], name: str) -> tuple[str, ...]:
    return entries[name].languages if name in entries else ()
