"""Parsing of a settings file with tomllib, and editing with tomlkit, which preserves comments."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from typing import Any

from writer.settings.migrations import Document, Migration, migrate

HEADING = "The settings of Writer. You may edit this file; your comments stay."


class Unset:
    """A marker in place of a value: the key is to be removed from the file."""


def read_value(content: bytes, sections: Iterable[str], steps: Sequence[Migration]) -> Document:
    """The values of a file, migrated. Raises ValueError where it is no TOML or a section is no table."""
    try:
        document: Document = tomllib.loads(content.decode("utf-8-sig"))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    _check_sections(document, sections)
    migrate(document, steps)
    return document


def change(content: bytes, changes: Mapping[str, object], steps: Sequence[Migration]) -> bytes:
    """The file's content, migrated, with some dotted keys set or removed. Raises ValueError."""
    # Only writing needs it, and it costs the program's start 40 ms.
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(content.decode("utf-8-sig"))
    except (TOMLKitError, RecursionError) as error:
        raise ValueError(str(error)) from error
    if not content:
        document.add(tomlkit.comment(HEADING))
    migrate(document, steps)
    for key, value in changes.items():
        _put(document, key, value)
    return tomlkit.dumps(document).encode()


def _check_sections(document: Document, sections: Iterable[str]) -> None:
    for section in sections:
        if not isinstance(document.get(section, {}), Mapping):
            raise ValueError(f"{section} is not a table")


def _put(document: MutableMapping[str, Any], key: str, value: object) -> None:
    section, _, name = key.rpartition(".")
    if not isinstance(value, Unset):
        document.setdefault(section, {})[name] = value
    elif section in document:
        document[section].pop(name, None)
