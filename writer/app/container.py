"""The container that makes the objects below the window and passes them to each other."""

from __future__ import annotations

import asyncio
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Signal

from writer.app.documents.document import Document
from writer.app.documents.histories import FOLDER_NAME as HISTORIES
from writer.app.documents.histories import Histories
from writer.app.documents.journals import FOLDER_NAME as JOURNALS
from writer.app.documents.journals import Journals
from writer.app.models.model_selection import (
    ModelChoice,
    chosen_model,
    model_name,
    model_preferences,
    with_server,
)
from writer.app.suggestions.engine_client import EngineClient, EngineState
from writer.app.suggestions.learned_taking import FILE_NAME as TAKING
from writer.app.suggestions.learned_taking import LearnedTaking
from writer.app.suggestions.suggestion_rules import SuggestionRules
from writer.app.suggestions.suggestion_service import SuggestionService
from writer.app.suggestions.usage_statistics import FILE_NAME as STATISTICS
from writer.app.suggestions.usage_statistics import UsageStatistics
from writer.base import paths
from writer.base.task_pool import TaskPool
from writer.engine.engine_state import EngineFailed, EngineLoading
from writer.models.selection import detect_language
from writer.settings.editor_schema import EDITOR_VERSIONS
from writer.settings.schema import ENGINE_REST
from writer.settings.server_schema import SERVER_ENABLED
from writer.settings.store import SettingsStore
from writer.suggestions.calibration import Calibration
from writer.suggestions.context import Context
from writer.suggestions.taking_model import Leaning
from writer.text.language import Language

if TYPE_CHECKING:
    from writer.app.documents.authorship_service import AuthorshipService
    from writer.app.documents.dictionary_choice import DictionaryChooser
    from writer.app.documents.search_service import SearchService
    from writer.app.documents.spelling_service import SpellingService
    from writer.app.models.model_service import ModelService
    from writer.app.suggestions.alternatives_service import AlternativesService
    from writer.app.suggestions.correction_service import CorrectionService
    from writer.app.suggestions.explanation_service import ExplanationService
    from writer.app.training.preview_service import PreviewService
    from writer.app.training.training_service import TrainingService


class _Service(Protocol):
    """A service that is closed with the program."""

    async def close(self) -> None:
        """Cancel what is running, and wait for its end."""


class Container(QObject):
    """The objects below the window. `choose_model` returns the engine's loader; `folder` holds the state."""

    engine_state_changed = Signal(object)
    """The state of the engine: EngineLoading, EngineReady or EngineFailed."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        settings: SettingsStore,
        choose_model: ModelChoice = chosen_model,
        folder: Path | None = None,
    ) -> None:
        super().__init__()
        self._loop = loop
        self._settings = settings
        self._choose_model = choose_model
        self._model_service: ModelService | None = None
        self._training: TrainingService | None = None
        self._previews: PreviewService | None = None
        self.pool = TaskPool(loop, "files", threads=2)
        self._client = EngineClient(loop, self._set_engine_state)
        self.engine_state: EngineState = EngineLoading("")
        self._data_folder = folder or paths.data_dir()
        self.journals = Journals(self._data_folder / JOURNALS, self.pool)
        self.histories = Histories(self._data_folder / HISTORIES, loop, lambda: settings.get(EDITOR_VERSIONS))
        self._words_folder = folder or paths.config_dir()
        self._calibration: Calibration | None = None
        self._rules = SuggestionRules(settings, self._model_calibration, self._leaning)
        self.suggestions = SuggestionService(self._client, settings, self._rules.rules, loop)
        self._services: list[_Service] = []
        self.statistics = UsageStatistics(
            self.suggestions, settings, (folder or paths.state_dir()) / STATISTICS
        )
        self.taking = LearnedTaking(self.suggestions, settings, (folder or paths.state_dir()) / TAKING)
        self._language: Language = "en"
        self.suggestions.about_to_ask.connect(self._update_language)
        self._unsubscribe = [
            settings.subscribe("model", lambda _key: self.load_engine()),
            settings.subscribe("server", self._server_changed),
            settings.subscribe(ENGINE_REST.key, lambda _key: self._set_unload_delay()),
        ]
        self._set_unload_delay()

    def make_document(self) -> Document:
        """A new document without a file."""
        return Document(self.pool, self.journals, self.histories)

    def load_engine(self) -> None:
        """Load the engine of the current settings, in its thread."""
        self.suggestions.interrupted("loading")
        self.pool.start(self.pool.run(self._rules.prepare))
        self._load()

    @cached_property
    def search(self) -> SearchService:
        """The service of find and replace, made at the first use."""
        from writer.app.documents.search_service import SearchService

        service = SearchService(self._loop)
        self._services.append(service)
        return service

    @cached_property
    def authorship(self) -> AuthorshipService:
        """The service of the records of authorship, made at the first use."""
        from writer.app.documents.authorship_service import FOLDER_NAME, AuthorshipService

        service = AuthorshipService(self._data_folder / FOLDER_NAME, self.journals, self.pool)
        service.judged.connect(self.statistics.record_kept)
        service.judged.connect(self.taking.record_kept)
        return service

    @cached_property
    def spelling(self) -> SpellingService:
        """The service of the spelling checker, made at the first use."""
        from writer.app.documents.spelling_service import FILE_NAME, SpellingService

        service = SpellingService(self._settings, self._loop, self._words_folder / FILE_NAME)
        self._services.append(service)
        return service

    @cached_property
    def corrections(self) -> CorrectionService:
        """The service of corrections, made at the first use."""
        from writer.app.suggestions.correction_service import CorrectionService
        from writer.base.word_lists import confusable_words
        from writer.suggestions.corrections.confusable_words import ConfusableWords

        words = ConfusableWords(confusable_words())
        service = CorrectionService(self._client, self.spelling, words, self._loop)
        self._services.append(service)
        return service

    @cached_property
    def dictionaries(self) -> DictionaryChooser:
        """The dictionaries of the spelling checker, looked for at the first use."""
        from writer.app.documents.dictionary_choice import DictionaryChooser
        from writer.documents.dictionaries import FOLDER

        return DictionaryChooser(self._settings, self._words_folder / FOLDER)

    @cached_property
    def alternatives(self) -> AlternativesService:
        """The service of other words, made at the first use."""
        from writer.app.suggestions.alternatives_service import AlternativesService

        service = AlternativesService(
            self._client, self._rules.rules, lambda: self.suggestions.engine_problem, self._loop
        )
        self._services.append(service)
        return service

    @cached_property
    def explanations(self) -> ExplanationService:
        """The service of the panel "Why this?", made at the first use."""
        from writer.app.suggestions.explanation_service import ExplanationService

        service = ExplanationService(self._client, self.suggestions, self._loop)
        self._services.append(service)
        return service

    @property
    def model_service(self) -> ModelService:
        """The service of model jobs, made at the first use."""
        if self._model_service is None:
            from writer.app.models.model_service import ModelService
            from writer.models.store import installed_store

            self._model_service = ModelService(self._loop, self._settings, installed_store())
            self._model_service.installed.connect(self._model_installed)
            self._model_service.changed.connect(self._forget_calibration)
        return self._model_service

    @property
    def training(self) -> TrainingService:
        """The service of trainings, made at the first use."""
        if self._training is None:
            from writer.app.training.training_service import TrainingService

            self._training = TrainingService()
            self._training.published.connect(self._model_published)
        return self._training

    @property
    def previews(self) -> PreviewService:
        """The service of training previews, made at the first use."""
        if self._previews is None:
            from writer.app.training.preview_service import PreviewService

            self._previews = PreviewService()
        return self._previews

    async def close(self) -> None:
        """Cancel all requests and jobs, wait until files are saved, and stop the threads."""
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        try:
            await self.suggestions.close()
            for service in (*self._services, self._model_service, self._previews, self._training):
                if service is not None:
                    await service.close()
        finally:
            self._client.close()
            self.statistics.close()
            self.taking.close()
            await self.pool.close()
            await self.histories.close()
            self.journals.close()

    def _update_language(self, context: Context) -> None:
        """Load another model where the language of the text changed and has another one."""
        preferences, before = model_preferences(self._settings), self._language
        self._language = detect_language(context.before, before, preferences)
        if self._language != before and model_name(preferences, before) != model_name(
            preferences, self._language
        ):
            self._load()

    def _load(self) -> None:
        """Load the model of the language, behind the server if the settings enable it."""
        self._forget_calibration()
        loader, name = self._choose_model(self._settings, self._language)
        self._client.load(with_server(loader, self._settings, self._client.announce), name)

    def _model_calibration(self) -> Calibration:
        """What the probabilities of the local model are worth; those of a server are taken as they are."""
        if self._calibration is None:
            from writer.app.models.measured_suggestions import measured_suggestions

            served = self._settings.get(SERVER_ENABLED)
            if served:
                self._calibration = Calibration()
            else:
                self._calibration = measured_suggestions(self._settings, self._language).calibration
        return self._calibration

    def _leaning(self) -> Leaning:
        """What the writer asks of the suggestion that is wanted now."""
        return self.taking.leaning()

    def _forget_calibration(self) -> None:
        """Read it again when it is needed: the model or what was measured of it changed."""
        self._calibration = None

    def _server_changed(self, key: str) -> None:
        if key == SERVER_ENABLED.key or self._settings.get(SERVER_ENABLED):
            self.load_engine()

    def _model_installed(self, _model: str) -> None:
        """Load an installed model where the settings ask for it."""
        wanted = model_name(model_preferences(self._settings), self._language)
        if isinstance(self.engine_state, EngineFailed) or getattr(self.engine_state, "model", "") != wanted:
            self.load_engine()

    def _model_published(self, model: str, live: bool) -> None:
        """Use a personal model if the comparison found it better."""
        if live:
            self.model_service.use_model(model)
        else:
            self.model_service.changed.emit()

    def _set_unload_delay(self) -> None:
        minutes = self._settings.get(ENGINE_REST)
        self._client.unload_after(minutes * 60 if minutes else None)

    def _set_engine_state(self, state: EngineState) -> None:
        self.engine_state = state
        self.suggestions.engine_problem = state.message if isinstance(state, EngineFailed) else ""
        self.engine_state_changed.emit(state)
