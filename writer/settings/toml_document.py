"""Parsing of a settings file with tomllib, and editing with tomlkit, which preserves comments."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from typing import Any

from writer.base.typed_data import DamagedError, read_toml
from writer.settings.migrations import Document, Migration, migrate

log = logging.getLogger(__name__)

LIMIT = 256 << 10
"""Bytes of a settings file; one with every setting has some thousand."""

HEADING = "The settings of Writer. You may edit this file; your comments stay."


class Unset:
    """A marker in place of a value: the key is to be removed from the file."""


def read_value(content: bytes, sections: Iterable[str], steps: Sequence[Migration]) -> Document:
    """The values of a file, migrated. Raises DamagedError where it is no TOML or a section is no table."""
    document: Document = read_toml(content, dict[str, Any], LIMIT)
    _check_sections(document, sections)
    migrate(document, steps)
    return document


def change(content: bytes, changes: Mapping[str, object], steps: Sequence[Migration]) -> bytes:
    """The file's content, migrated, with some dotted keys set or removed. Raises DamagedError."""
    # Only writing needs it, and it costs the program's start 40 ms.
    import tomlkit

    try:
        document = tomlkit.parse(content.decode("utf-8-sig"))
        if not content:
            document.add(tomlkit.comment(HEADING))
        migrate(document, steps)
        for key, value in changes.items():
            _put(document, key, value)
        return tomlkit.dumps(document).encode()
    except Exception as error:  # it reads less than tomllib, and raises anything
        log.warning("tomlkit cannot change the settings: %s", type(error).__name__)
        raise DamagedError(f"no change is possible ({type(error).__name__})") from error


def _check_sections(document: Document, sections: Iterable[str]) -> None:
    for section in sections:
        if not isinstance(document.get(section, {}), Mapping):
            raise DamagedError(f"{section} is not a table")


def _put(document: MutableMapping[str, Any], key: str, value: object) -> None:
    section, _, name = key.rpartition(".")
    if not isinstance(value, Unset):
        document.setdefault(section, {})[name] = value
    elif section in document:
        document[section].pop(name, None)
