"""The export of a model to a folder or a zip archive, for `import_model` on another machine."""

from __future__ import annotations

import shutil
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import IO

from writer.base import atomic_file
from writer.base.errors import os_reason
from writer.base.progress import CancelCheck, Cancelled, OnProgress, ProgressMeter, ignore_progress, never
from writer.models import manifest as manifests
from writer.models.library.import_model import model_files
from writer.models.manifest import Manifest, ModelError
from writer.models.model_folder import ADAPTER_FOLDER, ModelFolder, verify


def export(
    model: ModelFolder,
    target: Path,
    on_progress: OnProgress = ignore_progress,
    cancelled: CancelCheck = never,
) -> Path:
    """Write the model to `target`: a zip archive where it ends with ".zip", else a new folder.

    `model` has its weights (`whole_for_use`), and is no adapter any more afterwards; the manifest is written
    without `measured`. Returns `target`. Raises ModelError, and Cancelled when
    cancelled; no part of `target` is left then.
    """
    if target.exists():
        raise ModelError("{target} is there already; choose another name.", target=target)
    verify(model)
    files = model.manifest.files or manifests.describe(model.path, [p.name for p in model_files(model)])
    if origin := model.manifest.adapter:
        files = (*files, origin.merged)
    manifest = replace(model.manifest, measured={}, files=files, adapter=None)
    meter = ProgressMeter(on_progress, sum(file.bytes for file in files))
    unfinished = target.with_name(f".{target.name}.part")
    try:
        meter.set_done(0)
        write = _write_archive if target.suffix == ".zip" else _write_folder
        write(model.path, unfinished, manifest, meter, cancelled)
        atomic_file.move(unfinished, target)
    except OSError as error:
        raise _unwritable(target, error) from error
    finally:
        _remove(unfinished)
    return target


def export_adapter(model: ModelFolder, target: Path) -> Path:
    """Write the adapter of a personal model to the new folder `target`, as peft reads it; returns `target`.

    Raises ModelError.
    """
    origin = model.manifest.adapter
    if origin is None:
        raise ModelError("{model} is no adapter; export it without --adapter.", model=model.id)
    if target.exists():
        raise ModelError("{target} is there already; choose another name.", target=target)
    verify(model)
    unfinished = target.with_name(f".{target.name}.part")
    try:
        _remove(unfinished)
        unfinished.mkdir()
        for file in origin.files:
            shutil.copyfile(model.path / ADAPTER_FOLDER / file.name, unfinished / file.name)
        atomic_file.move(unfinished, target)
    except OSError as error:
        raise _unwritable(target, error) from error
    finally:
        _remove(unfinished)
    return target


def _unwritable(target: Path, error: OSError) -> ModelError:
    return ModelError(
        "{target} cannot be written ({reason}); choose another place.", target=target, reason=os_reason(error)
    )


def _write_folder(
    source: Path, target: Path, manifest: Manifest, meter: ProgressMeter, cancelled: CancelCheck
) -> None:
    _remove(target)
    target.mkdir()
    for file in manifest.files:
        with (target / file.name).open("wb") as out:
            _copy(source / file.name, out, meter, cancelled)
    manifests.write(target, manifest)


def _write_archive(
    source: Path, target: Path, manifest: Manifest, meter: ProgressMeter, cancelled: CancelCheck
) -> None:
    """Write a zip archive with the weights uncompressed, which would hardly get smaller."""
    content = manifests.dump(manifest)
    with zipfile.ZipFile(target, "w") as archive:
        for file in manifest.files:
            entry = zipfile.ZipInfo(f"{manifest.id}/{file.name}", date_time=(2020, 1, 1, 0, 0, 0))
            is_weights = file.name.endswith(".safetensors")
            entry.compress_type = zipfile.ZIP_STORED if is_weights else zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as out:
                _copy(source / file.name, out, meter, cancelled)
        archive.writestr(f"{manifest.id}/{manifests.FILE}", content)


def _copy(source: Path, out: IO[bytes], meter: ProgressMeter, cancelled: CancelCheck) -> None:
    with source.open("rb") as file:
        while piece := file.read(1 << 20):
            if cancelled():
                raise Cancelled
            out.write(piece)
            meter.add(len(piece))


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
