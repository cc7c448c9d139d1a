"""The export of a model as a GGUF file, with a Modelfile for Ollama beside it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from writer.base import atomic_file, leftovers
from writer.base.errors import Sentence, os_reason
from writer.base.progress import CancelCheck, Cancelled, OnProgress, ProgressMeter, ignore_progress, never
from writer.base.typed_data import read_json
from writer.engine.gguf_export.decoder_fields import architecture_of, decoder_tensors
from writer.engine.gguf_export.gguf_file import GgufModel, write_gguf
from writer.engine.gguf_export.gguf_tensor import Storage
from writer.engine.gguf_export.modelfile import modelfile
from writer.engine.gguf_export.refusal import NotExpressibleError
from writer.engine.gguf_export.special_fields import SpecialFields, special_fields
from writer.engine.gguf_export.tokenizer_fields import TokenizerFields, tokenizer_fields
from writer.engine.tokenizer.vocabulary import load_vocabulary
from writer.engine.weights.decoder_config import UnsupportedError
from writer.engine.weights.decoder_reader import read_decoder_config
from writer.engine.weights.decoder_shapes import require_decoder_shapes
from writer.engine.weights.decoder_weights import as_stored
from writer.engine.weights.weights import Weights
from writer.models import catalogue
from writer.models.facts.special_tokens import open_with_special_tokens
from writer.models.manifest import ModelError
from writer.models.model_folder import ModelFolder, verify
from writer.models.terms import text_with_each_copy

SUFFIX = ".gguf"
MODELFILE = "Modelfile"

_RESERVED = 64 << 20
"""Bytes that stay free on the disk."""


def export_gguf(
    model: ModelFolder,
    target: Path,
    storage: Storage = "Q8_0",
    on_progress: OnProgress = ignore_progress,
    cancelled: CancelCheck = never,
) -> Path:
    """Write the model to `target`: a file where it ends with ".gguf", else a new folder with that file.

    `model` has its weights (`whole_for_use`). The Modelfile lies in the folder, or has the name of the file.
    Returns the GGUF file. Raises ModelError (NotExpressibleError where GGUF cannot hold the model),
    EngineError where it is damaged, and Cancelled when cancelled; nothing is left then.
    """
    alone = target.suffix.lower() == SUFFIX
    beside = target.with_suffix(f".{MODELFILE}")
    for place in (target, beside) if alone else (target,):
        if place.exists():
            raise ModelError("{target} is there already; choose another name.", target=place)
    verify(model)
    content = _read(model, storage)
    file = target if alone else target / f"{model.id}-{storage}{SUFFIX}"
    with _told_errors(target), leftovers.temporary_folder(target.with_name(f".{target.name}.part")) as part:
        _require_space(part, content.bytes)
        meter = ProgressMeter(on_progress, content.bytes)
        meter.set_done(0)
        whole = part / "whole"  # which others may read, too, unlike a temporary folder
        whole.mkdir()
        write_gguf(content, whole / file.name, _counter(meter, cancelled))
        recipe = whole / (beside.name if alone else MODELFILE)
        recipe.write_text(_modelfile(content, file.name), encoding="utf-8")
        for path in (whole / file.name, recipe):
            atomic_file.sync_file(path)
        if alone:
            _move_both(whole / file.name, target, recipe, beside)
        else:
            atomic_file.move(whole, target)
    return file


def _read(model: ModelFolder, storage: Storage) -> GgufModel:
    """What goes into the file. Raises ModelError and EngineError."""
    kind = str(model.config()["model_type"])
    try:
        config = read_decoder_config(model.path)
    except UnsupportedError as error:
        raise NotExpressibleError(Sentence("its type is {kind}", {"kind": kind})) from error
    weights = Weights(model.path)
    require_decoder_shapes(model.path, config, weights)
    config = as_stored(config, weights)
    architecture = architecture_of(kind, config)
    tokenizer, special = _tokenizer(model, config.vocabulary)
    tensors = decoder_tensors(config, architecture, weights, storage)
    base = catalogue.load().get(model.manifest.base)
    return GgufModel(model.manifest, base, architecture, config, tokenizer, special, storage, tensors)


def _tokenizer(model: ModelFolder, count: int) -> tuple[TokenizerFields, SpecialFields]:
    """What the file says of the tokenizer and its special tokens. Raises ModelError and EngineError."""
    load_vocabulary(model.path)  # raises the sentence for a tokenizer that is damaged
    tokenizer, special = open_with_special_tokens(model.path)
    fields = tokenizer_fields(_as_object(tokenizer.to_str()), count)
    return fields, special_fields(model.path, tokenizer, special, fields.tokens)


def _as_object(text: str) -> dict[str, Any]:
    """The JSON of a tokenizer, which the library wrote: large, and with several values for each token."""
    return read_json(text, dict[str, Any], len(text) * 4, len(text))


def _modelfile(model: GgufModel, name: str) -> str:
    terms, special = text_with_each_copy(model.manifest.licence), model.special
    return modelfile(name, special.before, special.stops, model.config.positions, terms)


def _counter(meter: ProgressMeter, cancelled: CancelCheck) -> Callable[[int], None]:
    """A function that counts the bytes written, and raises Cancelled when cancelled."""

    def count(more: int) -> None:
        meter.add(more)
        if cancelled():
            raise Cancelled

    return count


def _move_both(file: Path, target: Path, recipe: Path, beside: Path) -> None:
    """Move the file and its Modelfile to their places; neither is there where one cannot be moved."""
    atomic_file.move(recipe, beside)
    try:
        atomic_file.move(file, target)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def _require_space(folder: Path, count: int) -> None:
    if shutil.disk_usage(folder).free < count + _RESERVED:
        raise ModelError(
            "There is not enough space in {folder}: {needed} MB are needed.",
            folder=folder.parent,
            needed=f"{count / 1e6:.0f}",
        )


@contextmanager
def _told_errors(target: Path) -> Iterator[None]:
    """A ModelError in place of the errors of the disk, and of weights that do not fit."""
    try:
        yield
    except FloatingPointError as error:
        raise NotExpressibleError(Sentence("some of its weights are too large")) from error
    except OSError as error:
        raise ModelError(
            "{target} cannot be written ({reason}); choose another place.",
            target=target,
            reason=os_reason(error),
        ) from error
