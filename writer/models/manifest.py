"""The manifest of a model: a JSON file beside its weights with their source, licence, sizes and hashes.

With it a damaged copy is recognised without the network.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path

from writer.base import atomic_file
from writer.base.errors import UserError

FILE = "manifest.json"


class ModelError(UserError):
    """A model cannot be used; its text is one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of a model: its name in the folder, its size in bytes and its SHA-256 in hexadecimal."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The manifest. `id` is the folder's name; `base` the id of a personal model's base model, else "".

    `revision` is a commit or hash of `source`, `date` ISO 8601. `prefix` is the token that the model needs
    before prose, "" for the tokenizer's own marker. `measured` holds speeds on this machine, in ms, by name.
    """

    id: str
    name: str
    source: str = ""
    revision: str = ""
    licence: str = ""
    date: str = ""
    base: str = ""
    languages: tuple[str, ...] = ()
    prefix: str = ""
    measured: dict[str, float] = field(default_factory=dict)
    files: tuple[ModelFile, ...] = ()


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def describe(folder: Path, names: Iterable[str]) -> tuple[ModelFile, ...]:
    """Size and hash of the named files of a folder. Raises OSError."""
    return tuple(ModelFile(name, (folder / name).stat().st_size, sha256(folder / name)) for name in names)


def today() -> str:
    """Today's date in UTC, as ISO 8601."""
    return datetime.now(UTC).date().isoformat()


def dump(manifest: Manifest) -> str:
    """The manifest as JSON, the text of its file."""
    return json.dumps(asdict(manifest), indent=2, ensure_ascii=False) + "\n"


def write(folder: Path, manifest: Manifest) -> None:
    """Write the manifest into the folder; whoever reads it meanwhile sees the old or the new one, whole."""
    atomic_file.replace(folder / FILE, dump(manifest).encode(), keep_rights=True)


def read(folder: Path) -> Manifest | None:
    """The manifest of a folder, or None where there is none. Raises `ModelError` when it is damaged."""
    try:
        raw = json.loads((folder / FILE).read_text(encoding="utf-8"))
        texts = {f.name: str(raw[f.name]) for f in fields(Manifest) if f.type == "str" and f.name in raw}
        return Manifest(
            **texts,
            languages=tuple(str(language) for language in raw.get("languages", ())),
            measured={str(name): float(value) for name, value in raw.get("measured", {}).items()},
            files=tuple(ModelFile(f["name"], f["bytes"], f["sha256"]) for f in raw["files"]),
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            "The manifest of the model in {folder} is damaged; bring the model again.", folder=folder
        ) from error
