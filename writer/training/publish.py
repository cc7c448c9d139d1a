"""Publishing: the candidate of a run becomes a personal model in the store.

Each training gives a version of its own, `NAME-1`, `NAME-2` and so on; which of them is used is a setting, so
going back to another one changes no files.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from writer.base.progress import CancelCheck, OnProgress, ignore_progress, never
from writer.base.typed_data import DamagedError, read_json_file
from writer.corpus.private_cache import corpus_cache
from writer.models import manifest as manifests
from writer.models.adapters.whole_model import drop_weights, make_whole
from writer.models.library.import_model import plain_id
from writer.models.manifest import AdapterOrigin, Manifest, ModelError
from writer.models.model_folder import ADAPTER_FOLDER, ModelFolder
from writer.models.safetensors_files import WEIGHTS
from writer.models.store import ModelStore
from writer.settings.model_settings import use_model, used_models
from writer.settings.store import SettingsStore
from writer.text.language import Language
from writer.training.retraining.kept_request import keep_request
from writer.training.run_folder import TrainingRun, link_or_copy, write

RECORD = "training.json"
"""The file in a personal model's folder with its run, base, plan and figures."""


def publish(
    run: TrainingRun,
    store: ModelStore,
    base: ModelFolder,
    record: dict[str, Any],
    languages: tuple[str, ...],
    live: bool,
) -> ModelFolder:
    """Install the candidate in the store as the next version of its name; a run is published only once.

    Of an adapter whose base is in the store, only a version that is to go `live` has its weights. `record` is
    written to RECORD in the model's folder, where its request is kept, too; it writes the `languages` that it
    was proved in. Raises TrainingError.
    """
    name = run.request().personal
    for model in versions(store, name):
        if _training_record(model).get("run") == run.id:  # a kill came between this and the end of the run
            return model
    version = next_version(store, name)
    model_id = f"{plain_id(name)}-{version}"

    def build(part: Path) -> Manifest:
        origin = _origin(run, store, base)
        for file in run.candidate.iterdir():
            left_out = file.name == manifests.FILE or (origin and not live and file.name == WEIGHTS)
            if file.is_file() and not left_out:
                link_or_copy(file, part / file.name)
        if origin:
            shutil.copytree(run.candidate / ADAPTER_FOLDER, part / ADAPTER_FOLDER)
        text = json.dumps({"run": run.id, **record}, indent=2, ensure_ascii=False)
        (part / RECORD).write_text(text + "\n", encoding="utf-8", errors="backslashreplace")
        names = [
            file.name for file in part.iterdir() if file.is_file() and not (origin and file.name == WEIGHTS)
        ]
        keep_request(part, run.request())
        return Manifest(
            id=model_id,
            name=f"{name} {version}",
            source=base.id,
            licence=base.manifest.licence,
            date=manifests.today(),
            base=base.id,
            languages=languages,
            prefix=base.manifest.prefix,
            files=manifests.describe(part, sorted(names)),
            adapter=origin,
        )

    write(store.directory / model_id, lambda _path: store.install(model_id, build))
    return store.find(model_id)


def _origin(run: TrainingRun, store: ModelStore, base: ModelFolder) -> AdapterOrigin | None:
    """What the weights of the candidate are made of; None where they must be kept whole. Raises OSError.

    A base that is no model of the store may be gone when its adapter is needed.
    """
    adapter = run.candidate / ADAPTER_FOLDER
    if not adapter.is_dir() or store.folder(base.id) != base.path:
        return None
    (merged,) = manifests.describe(run.candidate, [WEIGHTS])
    return AdapterOrigin(
        files=manifests.describe(adapter, sorted(file.name for file in adapter.iterdir())),
        base=manifests.describe(base.path, [file.name for file in base.weights]),
        merged=merged,
    )


def versions(store: ModelStore, name: str) -> tuple[ModelFolder, ...]:
    """The personal models of this name, oldest first."""
    found = [model for model in store.models() if model.manifest.base and _version(model.id, name)]
    return tuple(sorted(found, key=lambda model: _version(model.id, name)))


def next_version(store: ModelStore, name: str) -> int:
    """The version number of the next personal model of this name."""
    taken = [_version(folder.name, name) for folder in store.directory.glob("[!.]*/")]
    return max(taken, default=0) + 1


def select(
    settings: SettingsStore,
    store: ModelStore,
    model: ModelFolder,
    languages: Iterable[str],
    on_progress: OnProgress = ignore_progress,
    cancelled: CancelCheck = never,
) -> tuple[Language, ...]:
    """Let `model` write these languages; its weights are made first. Returns the languages.

    A model outside the store is named by its folder. Raises ModelError, SettingsError, and Cancelled.
    """
    make_whole(store, model, on_progress, cancelled)
    path = Path(os.path.abspath(model.path))
    return use_model(settings, path.name if path == store.folder(path.name) else str(path), languages)


def drop_unused_weights(settings: SettingsStore, store: ModelStore) -> None:
    """Delete the weights of all adapters that write no language."""
    drop_weights(store, used_models(settings))


def successor(store: ModelStore, model_id: str) -> str:
    """The model that writes what this one wrote when it is gone, "" for the usual one.

    It is the version before a personal one, those in other languages passed over, or its base.
    """
    try:
        model = store.find(model_id)
    except ModelError:  # damaged, or not here
        return ""
    if not model.manifest.base:
        return ""
    name, _, _ = model.id.rpartition("-")
    older = [
        one
        for one in versions(store, name)
        if _version(one.id, name) < _version(model.id, name)
        and one.manifest.languages == model.manifest.languages
    ]
    return older[-1].id if older else model.manifest.base


def erase(store: ModelStore, model_id: str) -> None:
    """Delete a model and its derived files; with a personal one the cached texts of all folders.

    Raises ModelError.
    """
    learned = bool(_manifest_base(store, model_id))
    store.remove(model_id)
    if learned:
        shutil.rmtree(corpus_cache(), ignore_errors=True)


def _manifest_base(store: ModelStore, model_id: str) -> str:
    """The base of a personal model, "?" where its manifest is damaged, "" for other models."""
    try:
        manifest = manifests.read(store.folder(model_id))
    except ModelError:
        return "?"
    return manifest.base if manifest is not None else ""


def _training_record(model: ModelFolder) -> dict[str, Any]:
    """The content of RECORD; empty where it cannot be read."""
    try:
        return read_json_file(model.path / RECORD, dict[str, Any])
    except (OSError, DamagedError):
        return {}


def _version(model_id: str, name: str) -> int:
    found = re.fullmatch(re.escape(plain_id(name)) + r"-(\d+)", model_id)
    return int(found[1]) if found else 0
