"""The container: makes the objects below the window and hands them to each other, by hand."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from writer.app.documents.document import Document
from writer.app.documents.journals import NAME as JOURNALS
from writer.app.documents.journals import Journals
from writer.app.documents.search_service import SearchService
from writer.app.documents.spelling_service import FILE_NAME as DICTIONARY
from writer.app.documents.spelling_service import SpellingService
from writer.app.models.model_selection import (
    ModelChoice,
    chosen_model,
    model_name,
    model_preferences,
    with_server,
)
from writer.app.suggestions.alternatives_service import AlternativesService
from writer.app.suggestions.engine_client import EngineClient, EngineState
from writer.app.suggestions.explanation_service import ExplanationService
from writer.app.suggestions.suggestion_rules import SuggestionRules
from writer.app.suggestions.suggestion_service import SuggestionService
from writer.app.suggestions.usage_statistics import FILE_NAME as STATISTICS
from writer.app.suggestions.usage_statistics import UsageStatistics
from writer.base import paths
from writer.base.task_pool import TaskPool
from writer.engine.protocol import EngineFailed, EngineLoading
from writer.models.selection import detect_language
from writer.settings.schema import ENGINE_REST, SERVER_ENABLED
from writer.settings.store import SettingsStore
from writer.suggestions.context import Context
from writer.text.language import Language

if TYPE_CHECKING:
    from writer.app.models.model_service import ModelService
    from writer.app.training.preview_service import PreviewService
    from writer.app.training.training_service import TrainingService


class Container(QObject):
    """The objects below the window. `choose` tells which engine to load, `folder` where state is kept."""

    state_changed = Signal(object)
    """What became of the engine: Loading, Ready or Failed."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        settings: SettingsStore,
        choose: ModelChoice = chosen_model,
        folder: Path | None = None,
    ) -> None:
        super().__init__()
        self._loop = loop
        self._settings = settings
        self._choose = choose
        self._model_service: ModelService | None = None
        self._training: TrainingService | None = None
        self._previews: PreviewService | None = None
        self.pool = TaskPool(loop, "files", threads=2)
        self._client = EngineClient(loop, self._note_state)
        self.state: EngineState = EngineLoading("")
        self.journals = Journals((folder or paths.data_dir()) / JOURNALS, self.pool)
        self.search = SearchService(loop)
        self.spelling = SpellingService(settings, loop, (folder or paths.config_dir()) / DICTIONARY)
        rules = SuggestionRules(settings).rules
        self.suggestions = SuggestionService(self._client, settings, rules, loop)
        self.alternatives = AlternativesService(
            self._client, rules, lambda: self.suggestions.engine_problem, loop
        )
        self.explanations = ExplanationService(self._client, self.suggestions, loop)
        self.statistics = UsageStatistics(
            self.suggestions, settings, (folder or paths.state_dir()) / STATISTICS
        )
        self._language: Language = "en"
        self.suggestions.about_to_ask.connect(self._follow_language)
        self._unsubscribe = [
            settings.subscribe("model", lambda _key: self.load_engine()),
            settings.subscribe("server", self._server_changed),
            settings.subscribe(ENGINE_REST.key, lambda _key: self._set_rest()),
        ]
        self._set_rest()

    def make_document(self) -> Document:
        """A new document without a name."""
        return Document(self.pool, self.journals)

    def load_engine(self) -> None:
        """Load the engine that the settings ask for, in its thread."""
        self.suggestions.interrupted("loading")
        self._load()

    @property
    def model_service(self) -> ModelService:
        """The models of this machine and the jobs that bring them; made when first needed."""
        if self._model_service is None:
            from writer.app.models.model_service import ModelService
            from writer.models.store import installed_store

            self._model_service = ModelService(self._loop, self._settings, installed_store())
            self._model_service.arrived.connect(self._arrived)
        return self._model_service

    @property
    def training(self) -> TrainingService:
        """The training in a child of the window, and what is known of it; made when first needed."""
        if self._training is None:
            from writer.app.training.training_service import TrainingService

            self._training = TrainingService()
            self._training.published.connect(self._learned)
        return self._training

    @property
    def previews(self) -> PreviewService:
        """The look at a folder before a training; made when first needed."""
        if self._previews is None:
            from writer.app.training.preview_service import PreviewService

            self._previews = PreviewService()
        return self._previews

    async def close(self) -> None:
        """Stop asking, wait for what is being saved, and stop the threads."""
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        try:
            await self.suggestions.close()
            await self.alternatives.close()
            await self.explanations.close()
            for flow in (self._model_service, self._previews, self._training):
                if flow is not None:
                    await flow.close()
        finally:
            self._client.close()
            self.statistics.close()
            await self.search.close()
            await self.spelling.close()
            await self.pool.close()
            self.journals.close()

    def _follow_language(self, context: Context) -> None:
        """Change to the other model when the writer has changed to the other language."""
        preferences, before = model_preferences(self._settings), self._language
        self._language = detect_language(context.before, before, preferences)
        if self._language != before and model_name(preferences, before) != model_name(
            preferences, self._language
        ):
            self._load()

    def _load(self) -> None:
        """Load the model of the language, behind the server where one is switched on."""
        loader, name = self._choose(self._settings, self._language)
        self._client.load(with_server(loader, self._settings, self._client.announce), name)

    def _server_changed(self, key: str) -> None:
        if key == SERVER_ENABLED.key or self._settings.get(SERVER_ENABLED):
            self.load_engine()

    def _arrived(self, _model: str) -> None:
        """A model is here that was not: load it where it is what the writer wished for."""
        wanted = model_name(model_preferences(self._settings), self._language)
        if isinstance(self.state, EngineFailed) or getattr(self.state, "model", "") != wanted:
            self.load_engine()

    def _learned(self, model: str, live: bool) -> None:
        """A personal model is here; let it write where its figures say that it is better."""
        if live:
            self.model_service.use_model(model)
        else:
            self.model_service.changed.emit()

    def _set_rest(self) -> None:
        minutes = self._settings.get(ENGINE_REST)
        self._client.unload_after(minutes * 60 if minutes else None)

    def _note_state(self, state: EngineState) -> None:
        self.state = state
        self.suggestions.engine_problem = state.message if isinstance(state, EngineFailed) else ""
        self.state_changed.emit(state)
