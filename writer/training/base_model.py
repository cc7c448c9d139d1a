"""The base model of a training: found, and checked for its type and for the free space that it needs."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

from writer.models import compatibility
from writer.models.adapters.merged_weights import merged_bytes
from writer.models.facts.model_facts import model_facts
from writer.models.manifest import ModelError
from writer.models.model_folder import ModelFolder
from writer.models.store import DEFAULT_MODEL, ModelStore
from writer.training.events import TrainingRequest
from writer.training.run_folder import TrainingError

log = logging.getLogger(__name__)

_ROOM = 1.2
"""Files take a little more than the weights that they hold."""


def find_base(store: ModelStore, request: TrainingRequest, disk: Path) -> ModelFolder:
    """The base model of a training whose files will lie below `disk`; the starter where none is chosen.

    Raises ModelError where it is missing, damaged or not causal, TrainingError where the disk is too full.
    """
    base = original(store, store.find(request.base or DEFAULT_MODEL))
    compatibility.require_causal(base.path)
    size = merged_bytes(base.weights)
    free = shutil.disk_usage(disk).free
    copies = 5 if request.method == "full" else 2  # the candidate, and checkpoints with their moments
    needed = size * copies * _ROOM
    if free < needed:
        raise TrainingError(
            "The disk of {disk} has {free} GB free, and this training needs {needed} GB; "
            "make room and start again.",
            disk=disk,
            free=f"{free / 1e9:.1f}",
            needed=f"{needed / 1e9:.1f}",
        )
    return base


def original(store: ModelStore, model: ModelFolder) -> ModelFolder:
    """The model from which a personal one was trained, so that what trainings cost does not add up.

    The model itself where it is no personal one, or where the other is gone.
    """
    seen = {model.id}
    while model.manifest.base and model.manifest.base not in seen:
        try:
            model = store.find(model.manifest.base)
        except ModelError:
            log.warning("the base of a personal model is gone; it is trained on")
            break
        seen.add(model.id)
    return model


def max_positions(base: ModelFolder) -> int:
    """The model's context window in tokens. Raises ModelError where its config does not state it."""
    length = model_facts(base.path).context_length
    if length is not None and length > 1:
        return length
    raise ModelError(
        "The config of {model} does not say how much it can read; choose another model.", model=base.id
    )
