"""The preview of a training: its corpus, and an estimate of its time and memory.

Documents are read and packed exactly as for the training, and cached for it. Time and memory are measured
with a few sequences on this device.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from writer.base import paths
from writer.base.errors import UserError
from writer.corpus import build as corpora
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
from writer.training import dataset
from writer.training.base_model import find_base, max_positions
from writer.training.events import OnEvent, Previewed, Stage, TrainingRequest
from writer.training.plan import VALIDATIONS, Plan, draft_plan, finish_plan, validation_seconds
from writer.training.timing.estimates import proof_seconds

if TYPE_CHECKING:
    from writer.training.memory_probe import MemoryNeed

_EARLIEST = 0.6
"""The share of its steps after which a training is stopped early at the earliest."""

_BUSY = 1.6
"""The factor by which a training is slower while the machine is used for other things."""


class TrainingPreview:
    """The preview of one request. `cancelled` is asked before each document."""

    def __init__(
        self, request: TrainingRequest, store: ModelStore, on_event: OnEvent, cancelled: Callable[[], bool]
    ) -> None:
        self._request = request
        self._store = store
        self._on_event = on_event
        self._cancelled = cancelled

    def run(self) -> Previewed:
        """The corpus and the estimate; `obstacle` is set where no training can begin.

        Raises UserError where the folder cannot be read, and Cancelled.
        """
        corpus = dataset.read_corpus(self._request, self._on_event, self._cancelled)
        previewed = _summarise(self._request, corpus)
        try:
            corpus.require_enough()
            return self._with_estimate(previewed, corpus)
        except UserError as error:
            return replace(previewed, obstacle=error.sentence)

    def _with_estimate(self, previewed: Previewed, corpus: Corpus) -> Previewed:
        from writer.training.memory_probe import free_bytes  # torch, 2 s, for texts that are enough

        base = find_base(self._store, self._request, paths.data_dir())
        device = choose_device(self._request.device)
        free = free_bytes(device.name)
        draft = draft_plan(
            self._request,
            device.name,
            memory_estimate.count_parameters(base.weights),
            free,
            max_positions(base),
        )
        vocabulary = load_vocabulary(base.path)
        settings = dataset.pack_settings(self._request, vocabulary, base.manifest.prefix, draft.window)
        packed = dataset.pack_corpus(self._request, corpus, settings, self._on_event, self._cancelled)
        self._on_event(Stage("measuring"))
        trial = _Trial.of(base, device, draft)
        seconds = trial.need.seconds * trial.plan.sequences if device.name == "cpu" else 0.0
        plan = finish_plan(trial.plan, self._request, packed.tokens, seconds)
        return replace(
            previewed,
            tokens=packed.tokens,
            device=device.name,
            why=device.why,
            method=plan.method,
            steps=plan.steps,
            seconds=duration(plan, trial.need.seconds, device.name, self._request.characters),
            memory=trial.memory,
            free=free,
        )


@dataclass(frozen=True, slots=True)
class _Trial:
    """A measured trial: the plan that fits, its need, and the bytes of `memory` for the whole process."""

    plan: Plan
    need: MemoryNeed
    memory: int

    @staticmethod
    def of(base: ModelFolder, device: Device, draft: Plan) -> _Trial:
        from writer.training.lora import load_base, prepare_model
        from writer.training.memory_probe import probe_memory, resident_bytes

        model: Any = prepare_model(load_base(base.path), draft)
        plan, _model, need = probe_memory(base.path, model, draft, device.name)
        return _Trial(plan, need, need.bytes + resident_bytes(device.name))


def duration(plan: Plan, seconds: float, device: str, characters: int) -> tuple[float, float]:
    """The least and the most seconds of a training, where one sequence takes `seconds`.

    `characters` are replayed in the proof.
    """
    fitting = plan.steps * plan.sequences * seconds
    fitting += VALIDATIONS * validation_seconds(plan, device, seconds)
    proof = proof_seconds(plan, 2 * characters, seconds)
    return _EARLIEST * fitting + proof, _BUSY * (fitting + proof)


def _summarise(request: TrainingRequest, corpus: Corpus) -> Previewed:
    changes = corpora.changes(corpus.scan, corpus_cache())
    kinds = {document.name: document.kind for document in corpus.documents}
    return Previewed(
        folder=request.folder,
        kinds=dict(Counter(kinds.values()).most_common()),
        languages=_languages(corpus.documents),
        held_out=len(corpus.held_out),
        refusals=tuple({"name": r.name, "reason": r.reason, "other": r.other} for r in corpus.rejections),
        others=corpus.scan.others,
        other_names=corpus.scan.other_names,
        lines=corpus.repeated_lines,
        secrets=corpus.secrets,
        changes=changes.counts if changes is not None else None,
        overlap=corpus.overlap,
        choosing=len(corpus.choosing),
        proof_texts=_proof_texts(request, corpus),
        shortened=tuple({"name": name, "other": other} for name, other in corpus.shortened.items()),
    )


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
