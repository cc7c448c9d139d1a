"""The terms of use of models whose licence is not an open one: accepted once, before the download."""

from __future__ import annotations

import json
from dataclasses import dataclass

from writer.base import atomic_file, paths
from writer.base.errors import os_reason
from writer.base.typed_data import DamagedError, read_json_file
from writer.models.catalogue import Entry
from writer.models.licences import licence_of
from writer.models.manifest import ModelError
from writer.models.store import ModelStore

_FILE = ".accepted-terms.json"
"""The file in the folder of all models with the names of the terms that were accepted."""

_LIMIT = 1 << 16


@dataclass(frozen=True, slots=True)
class Terms:
    """Terms of use: their `name` in the catalogue, and the whole text."""

    name: str
    text: str


def terms_of(entry: Entry) -> Terms | None:
    """The terms of a model of the catalogue; None where its licence alone counts. Raises ModelError."""
    if not entry.terms:
        return None
    return Terms(entry.terms, terms_text(entry.terms))


def terms_text(name: str) -> str:
    """The whole text of the terms of use `name`. Raises ModelError."""
    file = paths.resources_dir() / "terms" / f"{name}.txt"
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError("The terms in {file} cannot be read; install Writer again.", file=file) from error


def text_with_each_copy(licence: str) -> str:
    """What must go with each copy of a model of the stated `licence`: a notice and the terms; "" for nothing.

    Raises ModelError.
    """
    known = licence_of(licence)
    return f"{known.notice}\n\n{terms_text(known.terms)}" if known.terms else ""


def terms_to_accept(store: ModelStore, entry: Entry) -> Terms | None:
    """The terms that must be accepted before the model is got; None where there are none, or they are."""
    terms = terms_of(entry)
    return None if terms is None or terms.name in _accepted(store) else terms


def accept(store: ModelStore, terms: Terms) -> None:
    """Note that the user accepted the terms. Raises ModelError where that cannot be written."""
    names = sorted({*_accepted(store), terms.name})
    try:
        store.directory.mkdir(parents=True, exist_ok=True)
        atomic_file.replace(store.directory / _FILE, json.dumps(names).encode())
    except OSError as error:
        raise ModelError(
            "{path} cannot be written ({reason}); check the rights of its folder.",
            path=store.directory / _FILE,
            reason=os_reason(error),
        ) from error


def _accepted(store: ModelStore) -> list[str]:
    """The names of the accepted terms; none where the file is missing or damaged: they are shown again."""
    try:
        return read_json_file(store.directory / _FILE, list[str], _LIMIT)
    except (OSError, DamagedError):
        return []
