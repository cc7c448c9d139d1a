"""A store of models that only look whole, with the requests that personal ones were trained by."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.models.conftest import fill
from writer.models.manifest import Manifest
from writer.models.store import ModelStore
from writer.training.events import TrainingRequest
from writer.training.retraining import kept_request


def add_model(store: ModelStore, name: str, *languages: str, base: str = "", masked: bool = False) -> Path:
    """Install a model; returns its folder."""

    def build(part: Path) -> Manifest:
        fill(part)
        if masked:
            (part / "config.json").write_text('{"model_type": "bert", "architectures": ["BertForMaskedLM"]}')
        return Manifest(id=name, name=name.title(), languages=languages, base=base)

    store.directory.mkdir(parents=True, exist_ok=True)
    return store.install(name, build).path


def add_personal(
    store: ModelStore, name: str, base: str, request: TrainingRequest, language: str = "en"
) -> Path:
    """Install a personal model that was trained now; returns its folder."""
    folder = add_model(store, name, language, base=base)
    kept_request.keep_request(folder, replace(request, base=base))
    return folder
