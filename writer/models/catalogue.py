"""The models that the program knows by name, read from `resources/models.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from writer import paths
from writer.models.manifest import ModelError


@dataclass(frozen=True, slots=True)
class Wheel:
    """A model's GGUF file inside a Python wheel: the package, its pinned version, and what both hash to."""

    package: str
    version: str
    sha256: str
    file: str
    file_sha256: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A model of the catalogue. `bytes` is its size on the disk; `parameters` counts tied weights once."""

    id: str
    name: str
    languages: tuple[str, ...]
    licence: str
    architecture: str
    parameters: int
    bytes: int
    about: str
    wheel: Wheel | None = None


def load(path: Path | None = None) -> dict[str, Entry]:
    """All entries by id, in the file's order. The default is the file that comes with the program."""
    path = path or paths.resources_dir() / "models.toml"
    try:
        return {key: _entry(key, raw) for key, raw in tomllib.loads(path.read_text(encoding="utf-8")).items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ModelError(
            f"The list of models {path} cannot be read ({error}); install Writer again."
        ) from error


def _entry(key: str, raw: dict[str, Any]) -> Entry:
    wheel = raw.pop("wheel", None)
    languages = tuple(raw.pop("languages"))
    return Entry(id=key, languages=languages, wheel=Wheel(**wheel) if wheel else None, **raw)
