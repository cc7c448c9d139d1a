"""The manifest of a model: a JSON file beside its weights with their source, licence, sizes and hashes.

With it a damaged copy is recognised without the network.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec

from writer.base.errors import UserError
from writer.base.regular_file import open_regular
from writer.base.typed_data import Count, DamagedError, as_type, read_json_file
from writer.base.user_files import user_file
from writer.models.safetensors_files import is_file_name

FILE = "manifest.json"
LIMIT = 4 << 20
"""The largest size of a manifest, in bytes."""

Figure = Annotated[float, msgspec.Meta(ge=0, le=1e15)]
"""A finite number."""


class ModelError(UserError):
    """A model cannot be used; its text is one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of a model: its name in the folder, its size in bytes and its SHA-256 in hexadecimal."""

    name: str
    bytes: Count
    sha256: str


@dataclass(frozen=True, slots=True)
class AdapterOrigin:
    """What the weights of a personal model are made of, which is kept in place of them.

    `files` are those of its adapter, `base` the weights of its base model. `merged` are the weights that come
    of both, as they were proved.
    """

    files: tuple[ModelFile, ...]
    base: tuple[ModelFile, ...]
    merged: ModelFile


@dataclass(frozen=True, slots=True)
class Manifest:
    """The manifest. `id` is the folder's name; `base` the id of a personal model's base model, else "".

    `revision` is a commit or hash of `source`, `date` ISO 8601. `prefix` is the token that the model needs
    before prose, "" for the tokenizer's own marker. `measured` holds speeds on this machine, in ms, by name.
    `files` are those of the folder, without the weights where there is an `adapter`.
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
    measured: dict[str, Figure] = field(default_factory=dict)
    files: tuple[ModelFile, ...] = ()
    adapter: AdapterOrigin | None = None


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal. Raises OSError."""
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def describe(folder: Path, names: Iterable[str]) -> tuple[ModelFile, ...]:
    """Size and hash of the named files of a folder. Raises OSError."""
    return tuple(ModelFile(name, (folder / name).stat().st_size, sha256(folder / name)) for name in names)


def today() -> str:
    """Today's date in UTC, as ISO 8601."""
    return datetime.now(UTC).date().isoformat()


def dump(manifest: Manifest) -> bytes:
    """The manifest as JSON, the content of its file. Raises OSError where bytes of a name are no text."""
    fields = {name: value for name, value in asdict(manifest).items() if name != "adapter" or value}
    text = json.dumps(fields, indent=2, ensure_ascii=False) + "\n"
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise OSError(errno.EILSEQ, os.strerror(errno.EILSEQ)) from None


def write(folder: Path, manifest: Manifest) -> None:
    """Write the manifest into the folder, atomically. Raises OSError, also where `dump` does."""
    user_file.write(folder / FILE, dump(manifest))


def read(folder: Path) -> Manifest | None:
    """The manifest of a folder; None where there is none. Raises ModelError where it is damaged."""
    try:
        return _checked(read_json_file(folder / FILE, dict[str, Any], LIMIT))
    except FileNotFoundError:
        return None
    except (OSError, DamagedError) as error:
        raise ModelError(
            "The description of the model in {folder} is damaged; get the model again.", folder=folder
        ) from error


def _checked(raw: dict[str, Any]) -> Manifest:
    """The manifest in `raw`, with checked file names and texts. Raises DamagedError."""
    if "files" not in raw:
        raise DamagedError("no files are listed")
    manifest = as_type(raw, Manifest)
    files = manifest.files
    if origin := manifest.adapter:
        files += (*origin.files, *origin.base, origin.merged)
    if not all(is_file_name(file.name) for file in files):
        raise DamagedError("a file lies elsewhere")
    try:
        dump(manifest)
    except OSError:
        raise DamagedError("half a character") from None
    return manifest
