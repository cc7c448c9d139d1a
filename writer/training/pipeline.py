"""The training pipeline from a folder of documents to a published personal model.

Each stage saves its result in the run's folder; a resumed run continues with the first stage without one.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from writer.base.progress import CancelCheck, Cancelled
from writer.corpus.build import Corpus
from writer.corpus.pack import PackSettings
from writer.engine.devices import Device, choose_device
from writer.engine.tokenizer.vocabulary import Vocabulary, load_vocabulary
from writer.evaluation.documents import read_documents
from writer.models import calibrations, compatibility, memory_estimate
from writer.models.adapters.whole_model import make_whole
from writer.models.calibrations import MeasuredSuggestions
from writer.models.inventory import installed
from writer.models.manifest import ModelError
from writer.models.model_folder import ModelFolder
from writer.models.selection import model_for
from writer.models.store import DEFAULT_MODEL, ModelStore
from writer.settings.model_settings import use_model, written_as
from writer.settings.store import SettingsStore
from writer.text.language import Language
from writer.training import dataset
from writer.training.base_model import find_base, max_positions, original
from writer.training.candidates.candidate import build_candidate
from writer.training.candidates.measurement import measured_suggestions
from writer.training.checkpoints import load_trainable_weights
from writer.training.compare import Comparison
from writer.training.control import StoppedEarly, TrainingControl
from writer.training.data_module import TokenDataModule
from writer.training.dataset import TrainingTexts, end_token
from writer.training.events import Compared, Method, OnEvent, Planned, Published, Stage
from writer.training.forgetting import rehearsal
from writer.training.forgetting.amount import MOST_ROWS
from writer.training.forgetting.general_text import general_rows
from writer.training.forgetting.rehearsal import NOT_REHEARSED, MixedRows
from writer.training.languages.plan import LanguagePlanner, preferences_of
from writer.training.lightning_module import can_compile
from writer.training.lora import count_weights, trainable_weights
from writer.training.memory_probe import free_bytes, probe_memory
from writer.training.plan import Plan, draft_plan, finish_plan
from writer.training.publish import drop_unused_weights, publish
from writer.training.quantised.base_loader import BaseLoader
from writer.training.run_folder import TrainingError, TrainingRun, TrainingRuns
from writer.training.samples import TextSampler
from writer.training.timing.estimates import proof_seconds, seconds_after_fit, seconds_beside_fit
from writer.training.trainer import FitJob, fit

T = TypeVar("T")

COMPILE_FROM_SECONDS: dict[Method, float] = {"full": 120.0, "lora": 300.0, "qlora": math.inf}
"""Seconds of all steps from which compiling the step first saves time; LoRA takes longer to compile.

What it would save in 4 bits was not measured.
"""


class TrainingPipeline:
    """The pipeline of one run. A model that is better is published to `store` and selected in `settings`.

    `on_fit` is called before the first step, when other processes may help; `loader` loads the base.
    """

    def __init__(
        self,
        run: TrainingRun,
        store: ModelStore,
        settings: SettingsStore,
        control: TrainingControl,
        on_event: OnEvent,
        on_fit: Callable[[], None] = lambda: None,
        loader: BaseLoader = BaseLoader(),  # noqa: B008 - frozen
    ) -> None:
        self._run = run
        self._loader = loader
        self._on_fit = on_fit
        self._request = run.request()
        self._store = store
        self._settings = settings
        self._control = control
        self._on_event = on_event
        self._started = time.monotonic()
        self._proof_seconds = 0.0

    def run(self) -> TrainingRun | None:
        """Run all stages, in this process; returns the run of the next language, None where there is none.

        Raises UserError, and StoppedEarly on the command to stop.
        """
        texts = dataset.load(self._run.path)
        corpus = self._choose_texts() if texts is None else None
        base = find_base(self._store, self._request, self._run.path.parent)
        vocabulary = load_vocabulary(base.path)
        device = choose_device(self._request.device)
        draft = draft_plan(
            self._request,
            device.name,
            memory_estimate.count_parameters(base.weights),
            free_bytes(device.name),
            max_positions(base),
            self._loader.may_quantise(self._request, device.name),
        )
        settings = dataset.pack_settings(base, vocabulary, draft.window, self._request.weights)
        texts = texts or self._pack(corpus, settings)
        self._check_control()
        if not (self._run.is_fitted and self._run.candidate.is_dir()):
            self._fit(base, vocabulary, device, draft, texts)
        comparison = self._comparison(texts)
        compared = comparison.run(base.path, self._run.candidate, device.name, self._current(base, texts))
        self._on_event(compared)
        measured = self._measured(base, texts, comparison, device)
        return self._publish(base, texts, compared, measured)

    def run_worker(self) -> None:
        """Run the steps in a further process of Lightning's (rank > 0). Raises UserError, StoppedEarly."""
        base = original(self._store, self._store.find(self._request.base or DEFAULT_MODEL))
        plan, texts = self._run.plan(), dataset.load(self._run.path)
        if plan is None or texts is None:
            raise TrainingError("The training that this process was to help with is gone; start it again.")
        device = choose_device(self._request.device).name
        model = self._loader.load(base.path, plan, device)
        rehearsed = rehearsal.load(self._run)
        rows = MixedRows(texts.rows, NOT_REHEARSED if rehearsed is None else rehearsed)
        general = general_rows(load_vocabulary(base.path), texts.language, max_positions(base))
        batches = TokenDataModule(rows, texts.held_out, plan, general, rows.groups(texts.groups))
        job = FitJob(self._run, plan, model, batches, device)
        fit(job, self._control, self._on_event, lambda _model: ())

    def _choose_texts(self) -> Corpus:
        """The corpus to learn; the request is saved with its base, its languages, and those that follow."""
        planner = LanguagePlanner(self._request, self._store, self._settings)
        texts = self._gather(lambda stop: dataset.read_texts(self._request, self._on_event, stop))
        plan = self._gather(lambda stop: planner.plan(texts, stop))
        plan.require_one()
        first, *others = plan.trainings
        later = tuple(other.choice for other in others)
        self._request = replace(
            self._request,
            base=first.choice.base,
            languages=first.choice.languages,
            later=later or self._request.later,
        )
        self._run.save_request(self._request)
        return first.corpus

    def _pack(self, corpus: Corpus | None, settings: PackSettings) -> TrainingTexts:
        assert corpus is not None
        return self._gather(
            lambda stop: dataset.gather_texts(self._run, corpus, settings, self._on_event, stop)
        )

    def _gather(self, read: Callable[[CancelCheck], T]) -> T:
        """What `read` reads until it is told to stop. Raises StoppedEarly."""
        try:
            return read(self._control.should_stop)
        except Cancelled:
            self._check_control()
            raise

    def _fit(
        self, base: ModelFolder, vocabulary: Vocabulary, device: Device, draft: Plan, texts: TrainingTexts
    ) -> None:
        """Train the model, and write it without adapters to the run's candidate folder."""
        plan = self._run.plan()
        if plan is None:
            plan, model = self._measure_and_plan(base, device, draft, texts)
        else:
            model = self._loader.load(base.path, plan, device.name)
        self._on_event(self._planned_event(base, device, plan, model, texts))
        if not self._run.is_fitted:
            start = vocabulary.special.start or (end_token(vocabulary),)
            rows = self._with_rehearsed(texts, model, plan, device, start)
            self._on_event(Stage("fitting", 0, plan.steps))
            sampler = TextSampler(texts.choosing, vocabulary, model)
            general = general_rows(vocabulary, texts.language, max_positions(base))
            batches = TokenDataModule(rows, texts.held_out, plan, general, rows.groups(texts.groups))
            characters = self._proof_characters(base, texts)
            weights = memory_estimate.count_parameters(base.weights)
            later = partial(seconds_after_fit, plan, weights, characters)
            job = FitJob(self._run, plan, model, batches, device.name, later)
            self._on_fit()
            sequence = fit(job, self._control, self._on_event, sampler)
            self._proof_seconds = proof_seconds(plan, characters, sequence)
        if not self._run.best.exists():
            raise TrainingError(
                "This model learned nothing: its loss is no number any more; choose a lower learning rate."
            )
        load_trainable_weights(model, self._run.best)
        build_candidate(model.to("cpu"), plan.method, base, self._run)

    def _proof_characters(self, base: ModelFolder, texts: TrainingTexts) -> int:
        """The characters that the proof replays, those of all models together."""
        there = math.inf if self._request.proof else sum(len(document.text) for document in texts.proof)
        models = 3 if self._current(base, texts) else 2
        return models * int(min(self._request.characters, there))

    def _with_rehearsed(
        self, texts: TrainingTexts, model: Any, plan: Plan, device: Device, start: Sequence[int]
    ) -> MixedRows:
        """The rows to learn, with those that the base writes. Raises StoppedEarly."""
        if not self._request.rehearsal:
            return MixedRows(texts.rows, NOT_REHEARSED)
        stop = self._control.should_stop
        rehearsed = rehearsal.rehearsed_rows(self._run, model, plan, device.name, start, stop, self._on_event)
        self._check_control()
        return MixedRows(texts.rows, rehearsed)

    def _measure_and_plan(
        self, base: ModelFolder, device: Device, draft: Plan, texts: TrainingTexts
    ) -> tuple[Plan, Any]:
        """The final plan, from the measured memory and time of a step, and the model prepared for it."""
        self._on_event(Stage("measuring"))
        four_bits = self._loader.may_quantise(self._request, device.name)
        plan, model, need = self._gather(
            lambda stop: probe_memory(base.path, draft, device.name, self._loader, four_bits, stop)
        )
        seconds = 0.0
        if device.name == "cpu" and self._request.devices == "1" and self._request.num_nodes == 1:
            seconds = need.seconds * plan.sequences
        weights = memory_estimate.count_parameters(base.weights)
        characters = self._proof_characters(base, texts)
        rows = MOST_ROWS["cpu"] * self._request.rehearsal
        others = seconds_beside_fit(plan, weights, characters, rows, need.seconds)
        plan = finish_plan(
            replace(plan, batch=need.batch), self._request, texts.epoch_tokens, seconds, others
        )
        if device.name == "cuda":
            seconds = need.seconds * plan.sequences * plan.steps
            plan = replace(plan, compiled=seconds > COMPILE_FROM_SECONDS[plan.method] and can_compile())
        self._run.save_plan(plan)
        return plan, model

    def _planned_event(
        self, base: ModelFolder, device: Device, plan: Plan, model: Any, texts: TrainingTexts
    ) -> Planned:
        return Planned(
            run=self._run.id,
            base=base.id,
            method=plan.method,
            device=device.name,
            why=device.why,
            parameters=count_weights(model),
            trained=sum(weight.numel() for weight in trainable_weights(model).values()),
            documents=texts.documents,
            tokens=texts.tokens,
            held_out=texts.held_out_documents,
            window=plan.window,
            sequences=plan.sequences,
            batch=plan.batch,
            steps=plan.steps,
            checkpointing=plan.checkpointing,
            language=texts.language,
        )

    def _comparison(self, texts: TrainingTexts) -> Comparison:
        other = self._request.proof
        return Comparison(
            read_documents([Path(other)]) if other else texts.proof,
            self._request.characters,
            self._request.seed,
            self._on_event,
            self._check_control,
            texts.overlap,
            self._proof_seconds,
            texts.language,
        )

    def _measured(
        self, base: ModelFolder, texts: TrainingTexts, comparison: Comparison, device: Device
    ) -> dict[Language, MeasuredSuggestions]:
        """What the suggestions of the candidate are worth in its language."""
        language = written_as(texts.language)
        known = calibrations.known(self._store, base).get(language, MeasuredSuggestions())
        found = measured_suggestions(self._run.candidate, comparison.passages, known.calibration, device.name)
        return {language: found} if found else {}

    def _current(self, base: ModelFolder, texts: TrainingTexts) -> Path | None:
        """The model that writes texts in this language now; None where it is the base, or is not here."""
        preferences = preferences_of(self._settings)
        try:
            current = self._store.find(
                model_for(written_as(texts.language), preferences, installed(self._store))
            )
            compatibility.require_causal(current.path)
            current = make_whole(self._store, current)
        except ModelError:
            return None
        return None if current.path == base.path else current.path

    def _publish(
        self,
        base: ModelFolder,
        texts: TrainingTexts,
        compared: Compared,
        measured: Mapping[Language, MeasuredSuggestions],
    ) -> TrainingRun | None:
        self._on_event(Stage("publishing"))
        plan = self._run.plan()
        record = {
            "base": base.id,
            "data": texts.sha256,
            "documents": texts.documents,
            "tokens": texts.tokens,
            "settings": asdict(plan) if plan else {},
            "figures": {"base": compared.base, "personal": compared.personal, "general": compared.general},
            "better": compared.better,
        }
        model = publish(self._run, self._store, base, record, (texts.language,), live=compared.better)
        with contextlib.suppress(OSError):
            calibrations.write(model.path, measured)
        if compared.better:
            use_model(self._settings, model.id, model.manifest.languages)
            drop_unused_weights(self._settings, self._store)
        dataset.mark_trained(self._run)
        following = TrainingRuns(self._run.path.parent).follow(self._run)
        self._run.discard()
        seconds = time.monotonic() - self._started
        self._on_event(
            Published(
                model=model.id,
                path=str(model.path),
                live=compared.better,
                seconds=round(seconds, 1),
                language=texts.language,
                more=following is not None,
            )
        )
        return following

    def _check_control(self) -> None:
        """Wait while paused, where nothing has to be saved. Raises StoppedEarly."""
        self._control.wait_while_paused()
        if self._control.should_stop():
            raise StoppedEarly(0, cancelled=self._control.command == "cancel")
