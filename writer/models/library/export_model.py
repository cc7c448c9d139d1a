"""The export of a model to a folder or a zip archive, for `import_model` on another machine."""

from __future__ import annotations

import hashlib
import io
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from writer.base import atomic_file
from writer.base.errors import os_reason
from writer.base.progress import CancelCheck, Cancelled, OnProgress, ProgressMeter, ignore_progress, never
from writer.models import manifest as manifests
from writer.models.adapters.widened import widened
from writer.models.library.import_model import documents, model_files
from writer.models.manifest import Manifest, ModelError, ModelFile
from writer.models.model_folder import ADAPTER_FOLDER, ModelFolder, open_folder, verify
from writer.models.terms import text_with_each_copy


def export(
    model: ModelFolder,
    target: Path,
    on_progress: OnProgress = ignore_progress,
    cancelled: CancelCheck = never,
) -> Path:
    """Write the model to `target`: a zip archive where it ends with ".zip", else a new folder.

    `model` has its weights (`whole_for_use`), and is no adapter any more afterwards; weights in a GGUF file
    are written as safetensors, and the manifest without `measured`. Returns `target`. Raises ModelError, and
    Cancelled when cancelled; no part of `target` is left then.
    """
    _require_new(target)
    verify(model)

    def check(_written: int) -> None:
        if cancelled():
            raise Cancelled

    with widened(model.path, check) as folder:
        return _export(open_folder(folder), target, on_progress, cancelled)


def _export(model: ModelFolder, target: Path, on_progress: OnProgress, cancelled: CancelCheck) -> Path:
    files = model.manifest.files or manifests.describe(model.path, [p.name for p in model_files(model)])
    if origin := model.manifest.adapter:
        files = (*files, origin.merged)
    given = _terms(model.manifest)
    files = (*files, *(ModelFile(n, len(d), hashlib.sha256(d).hexdigest()) for n, d in given.items()))
    manifest = replace(model.manifest, measured={}, files=files, adapter=None)
    meter = ProgressMeter(on_progress, sum(file.bytes for file in files))
    with _unfinished(target) as part:
        meter.set_done(0)
        write = _write_archive if target.suffix == ".zip" else _write_folder
        write(_Files(model.path, given, meter, cancelled), part, manifest)
    return target


def export_adapter(model: ModelFolder, target: Path) -> Path:
    """Write the adapter of a personal model to the new folder `target`, as peft reads it; returns `target`.

    Raises ModelError.
    """
    origin = model.manifest.adapter
    if origin is None:
        raise ModelError("{model} is no adapter; export it without --adapter.", model=model.id)
    _require_new(target)
    verify(model)
    with _unfinished(target) as part:
        part.mkdir()
        for file in origin.files:
            shutil.copyfile(model.path / ADAPTER_FOLDER / file.name, part / file.name)
    return target


def _require_new(target: Path) -> None:
    if target.exists():
        raise ModelError("{target} is there already; choose another name.", target=target)


@contextmanager
def _unfinished(target: Path) -> Iterator[Path]:
    """A free path that becomes `target` in the end. Where that fails, nothing is left; raises ModelError."""
    part = target.with_name(f".{target.name}.part")
    try:
        _remove(part)
        yield part
        atomic_file.move(part, target)
    except OSError as error:
        raise ModelError(
            "{target} cannot be written ({reason}); choose another place.",
            target=target,
            reason=os_reason(error),
        ) from error
    finally:
        _remove(part)


def _terms(manifest: Manifest) -> dict[str, bytes]:
    """The terms of use that a copy needs, by the name of a file; {} where documents lie beside the model."""
    if documents(manifest) or any(file.name.startswith("LICENSE") for file in manifest.files):
        return {}
    text = text_with_each_copy(manifest.licence)
    return {"LICENSE.txt": text.encode()} if text else {}


@dataclass(frozen=True, slots=True)
class _Files:
    """The files of a model in `folder`, and those `given` besides, by name."""

    folder: Path
    given: Mapping[str, bytes]
    meter: ProgressMeter
    cancelled: CancelCheck

    def copy(self, name: str, out: IO[bytes]) -> None:
        """Write the content of the file `name` to `out`. Raises OSError, Cancelled."""
        with self._open(name) as file:
            while piece := file.read(1 << 20):
                if self.cancelled():
                    raise Cancelled
                out.write(piece)
                self.meter.add(len(piece))

    def _open(self, name: str) -> IO[bytes]:
        return io.BytesIO(self.given[name]) if name in self.given else (self.folder / name).open("rb")


def _write_folder(source: _Files, target: Path, manifest: Manifest) -> None:
    target.mkdir()
    for file in manifest.files:
        with (target / file.name).open("wb") as out:
            source.copy(file.name, out)
    manifests.write(target, manifest)


def _write_archive(source: _Files, target: Path, manifest: Manifest) -> None:
    """Write a zip archive with the weights uncompressed, which would hardly get smaller."""
    content = manifests.dump(manifest)
    with zipfile.ZipFile(target, "w") as archive:
        for file in manifest.files:
            entry = zipfile.ZipInfo(f"{manifest.id}/{file.name}", date_time=(2020, 1, 1, 0, 0, 0))
            is_weights = file.name.endswith(".safetensors")
            entry.compress_type = zipfile.ZIP_STORED if is_weights else zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as out:
                source.copy(file.name, out)
        archive.writestr(f"{manifest.id}/{manifests.FILE}", content)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
