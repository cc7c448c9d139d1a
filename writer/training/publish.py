"""Publishing: the candidate of a run becomes a personal model in the store.

Each training gives a version of its own, `NAME-1`, `NAME-2` and so on; which of them is used is a setting, so
going back to another one changes no files.
"""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from writer.base import atomic_file
from writer.base.leftovers import temporary_folder
from writer.base.typed_data import DamagedError, read_json_file
from writer.corpus.private_cache import corpus_cache
from writer.models import manifest as manifests
from writer.models.library.import_model import plain_id
from writer.models.manifest import Manifest
from writer.models.model_folder import ModelFolder
from writer.models.store import ModelStore
from writer.settings.model_settings import replace_model
from writer.settings.store import SettingsStore
from writer.training.run_folder import TrainingRun, link_or_copy, write

RECORD = "training.json"
"""The file in a personal model's folder with its run, base, plan and figures."""

_NOT_COPIED = re.compile(r".*\.safetensors(\.index\.json)?|manifest\.json|config\.json|training\.json|\..*")


def build_candidate(model: Any, base: ModelFolder, run: TrainingRun) -> Path:
    """Write `model`, without adapters, and the base's tokenizer to the candidate folder of the run.

    The weights are float32. Returns the folder. Raises TrainingError.
    """

    def put(_path: Path) -> None:
        shutil.rmtree(run.candidate, ignore_errors=True)
        with temporary_folder(run.path / ".candidate.part") as part:
            model.config.use_cache = True
            model.save_pretrained(part)
            for file in base.path.iterdir():
                if file.is_file() and not _NOT_COPIED.fullmatch(file.name):
                    shutil.copyfile(file, part / file.name)
            manifests.write(part, replace(base.manifest, id="candidate", files=(), measured={}))
            atomic_file.move(part, run.candidate)

    write(run.candidate, put)
    return run.candidate


def publish(run: TrainingRun, store: ModelStore, base: ModelFolder, record: dict[str, Any]) -> ModelFolder:
    """Install the candidate in the store as the next version of its name; a run is published only once.

    `record` is written to RECORD in the model's folder. Raises TrainingError.
    """
    name = run.request().personal
    for model in versions(store, name):
        if _training_record(model).get("run") == run.id:  # a kill came between this and the end of the run
            return model
    version = next_version(store, name)
    model_id = f"{plain_id(name)}-{version}"

    def build(part: Path) -> Manifest:
        for file in run.candidate.iterdir():
            if file.is_file() and file.name != manifests.FILE:
                link_or_copy(file, part / file.name)
        text = json.dumps({"run": run.id, **record}, indent=2, ensure_ascii=False)
        (part / RECORD).write_text(text + "\n", encoding="utf-8", errors="backslashreplace")
        return Manifest(
            id=model_id,
            name=f"{name} {version}",
            source=base.id,
            licence=base.manifest.licence,
            date=manifests.today(),
            base=base.id,
            languages=base.manifest.languages,
            prefix=base.manifest.prefix,
        )

    write(store.directory / model_id, lambda _path: store.install(model_id, build))
    return store.find(model_id)


def versions(store: ModelStore, name: str) -> tuple[ModelFolder, ...]:
    """The personal models of this name, oldest first."""
    found = [model for model in store.models() if model.manifest.base and _version(model.id, name)]
    return tuple(sorted(found, key=lambda model: _version(model.id, name)))


def next_version(store: ModelStore, name: str) -> int:
    """The version number of the next personal model of this name."""
    taken = [_version(folder.name, name) for folder in store.directory.glob("[!.]*/")]
    return max(taken, default=0) + 1


def revert(settings: SettingsStore, store: ModelStore, model: ModelFolder) -> str:
    """Select the version before `model`, or its base where it is the first; returns the id."""
    name, _, _ = model.id.rpartition("-")
    older = [one for one in versions(store, name) if _version(one.id, name) < _version(model.id, name)]
    before = older[-1].id if older else model.manifest.base
    replace_model(settings, model.id, before)
    return before


def erase(store: ModelStore, model: ModelFolder) -> None:
    """Delete a personal model, its derived files, and the cached texts of all folders."""
    store.remove(model.id)
    shutil.rmtree(corpus_cache(), ignore_errors=True)


def _training_record(model: ModelFolder) -> dict[str, Any]:
    """The content of RECORD; empty where it cannot be read."""
    try:
        return read_json_file(model.path / RECORD, dict[str, Any])
    except (OSError, DamagedError):
        return {}


def _version(model_id: str, name: str) -> int:
    found = re.fullmatch(re.escape(plain_id(name)) + r"-(\d+)", model_id)
    return int(found[1]) if found else 0
