"""How settings files of older versions become files of today.

A file says its version in the top-level key `version`; none means 1. Step n of MIGRATIONS turns version
n + 1 into n + 2, in place, so today's version is one more than there are steps. A file from a newer
program is left as it is: what this version knows is read, the rest stays.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping, Sequence
from typing import Any

Document = MutableMapping[str, Any]
Migration = Callable[[Document], None]

MIGRATIONS: tuple[Migration, ...] = ()


def version_of(document: Document) -> int:
    """The version that the file claims; 1 where it claims nothing usable."""
    version = document.get("version", 1)
    usable = isinstance(version, int) and not isinstance(version, bool) and version >= 1
    return int(version) if usable else 1


def migrate(document: Document, steps: Sequence[Migration]) -> None:
    """Bring a settings document up to the version of the newest step, in place."""
    newest = len(steps) + 1
    for version in range(version_of(document), newest):
        steps[version - 1](document)
    if version_of(document) <= newest:
        document["version"] = newest


def read_key(document: Document, key: str, missing: object = None) -> object:
    """The value at a dotted key, `missing` where there is none."""
    section, _, name = key.rpartition(".")
    table = document.get(section) if section else document
    return table.get(name, missing) if isinstance(table, MutableMapping) else missing


def rename_key(document: Document, old: str, new: str) -> None:
    """Move the value at one dotted key to another; nothing where the old one is not set."""
    section, _, name = old.rpartition(".")
    table = document.get(section)
    if isinstance(table, MutableMapping) and name in table:
        value = table.pop(name)
        section, _, name = new.rpartition(".")
        document.setdefault(section, {})[name] = value
