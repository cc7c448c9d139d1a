"""The retraining that the chosen models ask for: a personal model's texts, and the base to learn them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from filelock import Timeout

from writer.base.errors import Message, Sentence
from writer.models import compatibility
from writer.models.inventory import installed, languages_of
from writer.models.manifest import ModelError
from writer.models.model_folder import ModelFolder
from writer.models.selection import ModelPreferences, model_for
from writer.models.store import ModelStore
from writer.settings.model_settings import written_as
from writer.text.language import LANGUAGES
from writer.training.events import TrainingRequest
from writer.training.retraining import kept_request
from writer.training.retraining.kept_request import KeptRequest
from writer.training.retraining.request_file import any_kept
from writer.training.run_folder import TrainingRun, TrainingRuns

_LOCK_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Retraining:
    """The training of a personal model's texts by another base, both given by their ids.

    `name` is that of the base for people. `run` is the id of the unfinished run for it, "" where it has not
    begun. `obstacle` says why it cannot begin.
    """

    personal: str
    base: str
    name: str
    request: TrainingRequest
    run: str = ""
    obstacle: Message = ""


@dataclass(frozen=True, slots=True)
class _Personal:
    model: ModelFolder
    kept: KeptRequest

    @property
    def language(self) -> str:
        """The language that it was proved in."""
        return next(iter(self.model.manifest.languages), "en")

    def learned_the_same_as(self, other: _Personal) -> bool:
        """Whether both learned the texts of one folder in one language, under one name."""
        one, two = self.kept.request, other.kept.request
        same_request = (one.folder, one.personal) == (two.folder, two.personal)
        return same_request and self.language == other.language


def find_retraining(store: ModelStore, runs: TrainingRuns, chosen: ModelPreferences) -> Retraining | None:
    """The retraining for the models that are chosen to write; None where none is wanted.

    Wanted it is where the newest personal model of a language has another base than the model that is chosen
    for it, which is in the store, can be trained and writes that language. Each base is tried once.
    """
    personal = _personal_models(store)
    if not personal:
        return None
    here, unfinished = installed(store), {run.id for run in runs.unfinished()}
    for slot in LANGUAGES:
        found = [one for one in personal if written_as(one.language) == slot]
        base = _trainable(store, model_for(slot, chosen, here))
        if found and base and (retraining := _retraining(found, base, unfinished)):
            return retraining
    return None


def claim(store: ModelStore, runs: TrainingRuns, retraining: Retraining) -> TrainingRun | None:
    """The run of a retraining, which is made unless it was begun before; None where it is wanted no more.

    Of several processes only one makes it. Raises BusyError while anything is trained, TrainingError and
    OSError where it cannot be made.
    """
    folder = store.folder(retraining.personal)
    try:
        with store.lock(retraining.personal).acquire(timeout=_LOCK_SECONDS):
            runs.require_idle()
            kept = kept_request.read(folder)
            if kept is None:
                return None
            known = kept.again.get(retraining.base)
            if known is not None:
                return next((run for run in runs.unfinished() if run.id == known), None)
            run = runs.new(retraining.request)
            try:
                kept_request.write(folder, kept.with_run(retraining.base, run.id))
            except OSError:
                run.discard()
                raise
            return run
    except Timeout:
        return None


def end(store: ModelStore, retraining: Retraining) -> None:
    """Note that a retraining shall not be begun or continued by itself any more. Raises OSError."""
    folder = store.folder(retraining.personal)
    with store.lock(retraining.personal).acquire(timeout=_LOCK_SECONDS):
        if kept := kept_request.read(folder):
            kept_request.write(folder, kept.with_run(retraining.base, ""))


def _personal_models(store: ModelStore) -> list[_Personal]:
    """The personal models whose requests are kept, newest first."""
    if not any_kept(store.directory):
        return []
    found = []
    for model in store.models():
        if model.manifest.base and (kept := kept_request.read(model.path)):
            found.append(_Personal(model, kept))
    return sorted(found, key=lambda one: one.kept.made, reverse=True)


def _trainable(store: ModelStore, name: str) -> ModelFolder | None:
    """The model of the store with this id; None where it cannot be trained, or is a personal one."""
    try:
        base = store.find(name)
        compatibility.require_causal(base.path)
    except ModelError:
        return None
    return base if not base.manifest.base and store.folder(base.id) == base.path else None


def _retraining(
    found: Sequence[_Personal], base: ModelFolder, unfinished: Collection[str]
) -> Retraining | None:
    newest = found[0]
    writes = languages_of(base)
    if writes and newest.language not in writes:
        return None
    if any(one.model.manifest.base == base.id and one.learned_the_same_as(newest) for one in found):
        return None
    run = newest.kept.again.get(base.id)
    if run is not None and run not in unfinished:
        return None
    request = request_for(newest.kept.request, base.id, (newest.language,) if writes else ())
    there = run is not None or Path(request.folder).is_dir()
    obstacle = Sentence(
        "The folder of your texts is not there, so {model} does not learn them; choose it again under "
        "Personalise.",
        {"model": base.name},
    )
    return Retraining(newest.model.id, base.id, base.name, request, run or "", "" if there else obstacle)


def request_for(kept: TrainingRequest, base: str, languages: tuple[str, ...]) -> TrainingRequest:
    """The request of the same texts for another base, with its `languages` where none are kept.

    What depends on the size of the base, and on the machines that were there, is left to the plan.
    """
    usual = TrainingRequest(kept.folder)
    return replace(
        kept,
        base=base,
        languages=kept.languages or languages,
        later=(),
        method=usual.method,
        rate=usual.rate,
        rank=usual.rank,
        window=usual.window,
        device=usual.device,
        devices=usual.devices,
        num_nodes=usual.num_nodes,
        strategy=usual.strategy,
    )
