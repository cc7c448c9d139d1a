"""The preview of a training: its corpus, and an estimate of its time and memory.

Documents are read and packed exactly as for the training, and cached for it. Time and memory are measured
with a few sequences on this device.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from writer.base import paths
from writer.base.errors import UserError
from writer.base.progress import CancelCheck
from writer.corpus import build
from writer.corpus.build import Corpus
from writer.corpus.document import SourceDocument
from writer.corpus.private_cache import corpus_cache
from writer.engine.devices import Device, choose_device
from writer.engine.tokenizer.vocabulary import load_vocabulary
from writer.evaluation.documents import (
    MIN_CHARACTERS,
    EvaluationDocument,
    draw_passages,
    read_documents,
)
from writer.models import memory_estimate
from writer.models.model_folder import ModelFolder
from writer.models.store import ModelStore
from writer.settings.store import SettingsStore
from writer.training import dataset
from writer.training.base_model import find_base, max_positions
from writer.training.events import LanguagePreview, OnEvent, Previewed, Stage, TrainingRequest
from writer.training.forgetting.amount import MOST_ROWS, rows_wanted
from writer.training.languages.plan import LanguagePlanner, LanguageTraining, TrainingPlan
from writer.training.plan import VALIDATIONS, Plan, draft_plan, finish_plan, validation_seconds
from writer.training.timing.estimates import seconds_beside_fit

if TYPE_CHECKING:
    from writer.training.memory_probe import MemoryNeed
    from writer.training.quantised.base_loader import BaseLoader

_EARLIEST = 0.6
"""The share of its steps after which a training is stopped early at the earliest."""

_BUSY = 1.6
"""The factor by which a training is slower while the machine is used for other things.

Steps with a time limit take no longer by that: there are fewer of them then.
"""


class TrainingPreview:
    """The preview of one request. `cancelled` is asked before each document."""

    def __init__(
        self,
        request: TrainingRequest,
        store: ModelStore,
        settings: SettingsStore,
        on_event: OnEvent,
        cancelled: CancelCheck,
    ) -> None:
        self._request = request
        self._store = store
        self._settings = settings
        self._on_event = on_event
        self._cancelled = cancelled

    def run(self) -> Previewed:
        """The corpus and the estimate; `obstacle` is set where no training can begin.

        Raises UserError where the folder cannot be read, and Cancelled.
        """
        planner = LanguagePlanner(self._request, self._store, self._settings)
        texts = dataset.read_texts(self._request, self._on_event, self._cancelled)
        plan = planner.plan(texts, self._cancelled)
        previewed = _summarise(self._request, plan)
        try:
            plan.require_one()
            for training in plan.trainings:
                previewed = self._with_estimate(previewed, training)
            return previewed
        except UserError as error:
            return replace(previewed, obstacle=error.sentence)

    def _with_estimate(self, previewed: Previewed, training: LanguageTraining) -> Previewed:
        """The preview with the numbers of one more training."""
        from writer.training.memory_probe import free_bytes  # torch, 2 s, for texts that are enough
        from writer.training.quantised.base_loader import BaseLoader

        request = replace(self._request, base=training.choice.base)
        base = find_base(self._store, request, paths.data_dir())
        device, loader = choose_device(self._request.device), BaseLoader()
        free = free_bytes(device.name)
        weights = memory_estimate.count_parameters(base.weights)
        draft = draft_plan(
            self._request,
            device.name,
            weights,
            free,
            max_positions(base),
            loader.may_quantise(self._request, device.name),
        )
        vocabulary = load_vocabulary(base.path)
        settings = dataset.pack_settings(base, vocabulary, draft.window, self._request.weights)
        packed = dataset.pack_corpus(request, training.corpus, settings, self._on_event, self._cancelled)
        self._on_event(Stage("measuring"))
        four_bits = loader.may_quantise(self._request, device.name)
        trial = _Trial.of(base, device, draft, loader, four_bits, self._cancelled)
        step = trial.need.seconds * trial.plan.sequences if device.name == "cpu" else 0.0
        characters = 2 * self._request.characters
        most_rows = MOST_ROWS["cpu"] * self._request.rehearsal
        others = seconds_beside_fit(trial.plan, weights, characters, most_rows, trial.need.seconds)
        plan = finish_plan(trial.plan, self._request, packed.epoch_tokens, step, others)
        rows = rows_wanted(plan, device.name) * self._request.rehearsal
        beside = partial(seconds_beside_fit, plan, weights, characters, rows)
        seconds = duration(plan, trial.need.seconds, device.name, beside)
        proof_texts = _proof_texts(self._request, training.corpus)
        about = LanguagePreview(
            language=training.language,
            base=base.id,
            documents=len({document.name for document in training.corpus.documents}),
            words=training.corpus.words,
            proof_texts=proof_texts,
            tokens=packed.tokens,
            steps=plan.steps,
        )
        before = previewed.trainings
        return replace(
            previewed,
            tokens=previewed.tokens + packed.tokens,
            device=device.name,
            why=device.why,
            method=plan.method,
            steps=previewed.steps + plan.steps,
            seconds=(previewed.seconds[0] + seconds[0], previewed.seconds[1] + seconds[1]),
            memory=max(previewed.memory, trial.memory),
            free=free,
            proof_texts=min(previewed.proof_texts, proof_texts) if before else proof_texts,
            trainings=(*before, about),
        )


@dataclass(frozen=True, slots=True)
class _Trial:
    """A measured trial: the plan that fits, its need, and the bytes of `memory` for the whole process."""

    plan: Plan
    need: MemoryNeed
    memory: int

    @staticmethod
    def of(
        base: ModelFolder,
        device: Device,
        draft: Plan,
        loader: BaseLoader,
        four_bits: bool,
        cancelled: CancelCheck,
    ) -> _Trial:
        from writer.training.memory_probe import probe_memory, resident_bytes

        plan, _model, need = probe_memory(base.path, draft, device.name, loader, four_bits, cancelled)
        return _Trial(plan, need, need.bytes + resident_bytes(device.name))


def duration(
    plan: Plan, seconds: float, device: str, beside: Callable[[float], float] = lambda _sequence: 0.0
) -> tuple[float, float]:
    """The least and the most seconds of a training, where one sequence takes `seconds`.

    `beside` gives those of the other stages, from those of a sequence.
    """
    fitting = plan.steps * plan.sequences * seconds
    fitting += VALIDATIONS * validation_seconds(plan, device, seconds)
    longest = _BUSY * fitting
    if plan.seconds:
        longest = min(longest, max(fitting, plan.seconds))
    return _EARLIEST * fitting + beside(seconds), longest + _BUSY * beside(seconds)


def _summarise(request: TrainingRequest, plan: TrainingPlan) -> Previewed:
    texts = plan.texts
    corpora = [training.corpus for training in plan.trainings]
    changes = build.changes(texts.scan, corpus_cache())
    kinds = {document.name: document.kind for document in texts.documents}
    return Previewed(
        folder=request.folder,
        kinds=dict(Counter(kinds.values()).most_common()),
        languages=_languages(texts.documents),
        held_out=sum(len(corpus.held_out) for corpus in corpora),
        refusals=tuple(
            {"name": r.name, "reason": r.reason, "other": r.other, "language": r.language}
            for r in plan.rejections
        ),
        others=texts.scan.others,
        other_names=texts.scan.other_names,
        lines=texts.repeated_lines,
        secrets=texts.secrets,
        changes=changes.counts if changes is not None else None,
        overlap=max((corpus.overlap for corpus in corpora), default=0.0),
        choosing=sum(len(corpus.choosing) for corpus in corpora),
        shortened=tuple(pair for corpus in corpora for pair in _pairs(corpus.shortened)),
        contained=_pairs(texts.contained),
        own_addresses=texts.mails.addresses if texts.mails else None,
        mails_of_others=texts.mails.of_others if texts.mails else 0,
    )


def _pairs(others: Mapping[str, str]) -> tuple[dict[str, str], ...]:
    return tuple({"name": name, "other": other} for name, other in others.items())


def _proof_texts(request: TrainingRequest, corpus: Corpus) -> int:
    """The number of texts that the proof would compare on. Raises UserError where they cannot be read."""
    if request.proof:
        texts = read_documents([Path(request.proof)])
    else:
        held_out = (EvaluationDocument(document.name, document.text) for document in corpus.held_out)
        texts = [document for document in held_out if len(document.text) >= MIN_CHARACTERS]
    return len({passage.name for passage in draw_passages(texts, request.characters, request.seed)})


def _languages(documents: Sequence[SourceDocument]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for language in sorted({document.language for document in documents}):
        parts = [document for document in documents if document.language == language]
        found[language] = {
            "documents": len({part.name for part in parts}),
            "words": sum(part.words for part in parts),
            "characters": sum(part.characters for part in parts),
        }
    return found
