"""The migrations of settings files from older versions.

A file has its version in the top-level key `version`, 1 where it is missing. MIGRATIONS[n] changes version
n + 1 to n + 2, in place, so the current version is the number of migrations plus one. A file of a newer
version is not migrated: known keys are read, unknown ones stay.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping, Sequence
from typing import Any

Document = MutableMapping[str, Any]
Migration = Callable[[Document], None]

MIGRATIONS: tuple[Migration, ...] = ()


def version_of(document: Document) -> int:
    """The version of a document; 1 where the key is missing or no positive integer."""
    version = document.get("version", 1)
    usable = isinstance(version, int) and not isinstance(version, bool) and version >= 1
    return int(version) if usable else 1


def migrate(document: Document, steps: Sequence[Migration]) -> None:
    """Migrate a document to the version after the last of `steps`, in place."""
    newest = len(steps) + 1
    for version in range(version_of(document), newest):
        steps[version - 1](document)
    if version_of(document) <= newest:
        document["version"] = newest


def read_key(document: Document, key: str, missing: object = None) -> object:
    """The value at a dotted key; `missing` where there is none."""
    section, _, name = key.rpartition(".")
    table = document.get(section) if section else document
    return table.get(name, missing) if isinstance(table, MutableMapping) else missing


def rename_key(document: Document, old: str, new: str) -> None:
    """Move the value at a dotted key to another key, in place; nothing where it is not set."""
    section, _, name = old.rpartition(".")
    table = document.get(section)
    if isinstance(table, MutableMapping) and name in table:
        value = table.pop(name)
        section, _, name = new.rpartition(".")
        document.setdefault(section, {})[name] = value
