"""The selection of the engine from the settings: a local model, a personal model, or a server.

The rule for the language is in `models.selection`. Engines and their libraries are imported by the loaders
only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Literal, cast

from writer.base.paths import cache_dir, home_path
from writer.engine.engine_state import EngineReady
from writer.engine.protocol import Engine, EngineError
from writer.engine.worker import Loader
from writer.models.selection import ModelPreferences, model_for
from writer.settings import api_keys
from writer.settings.personalise_schema import (
    PERSONALISE_BASE,
    PERSONALISE_EPOCHS,
    PERSONALISE_RANK,
    PERSONALISE_RATE,
    PERSONALISE_WINDOW,
)
from writer.settings.schema import (
    ENGINE_THREADS,
    MODEL_CHINESE,
    MODEL_DEVICE,
    MODEL_LANGUAGE,
    MODEL_NAME,
    PERSONALISE_EXCLUDED,
    PERSONALISE_FOLDER,
    PERSONALISE_METHOD,
    PERSONALISE_OWN_ADDRESSES,
)
from writer.settings.server_schema import (
    SERVER_ADDRESS,
    SERVER_CERTIFICATES,
    SERVER_ENABLED,
    SERVER_MODEL,
    SERVER_PATIENCE,
    SERVER_TRUSTED,
    SERVER_WAIT,
)
from writer.settings.store import SettingsStore
from writer.text.language import Language

if TYPE_CHECKING:
    from writer.engine.remote.connection import Server
    from writer.engine.remote.offer_store import OfferStore
    from writer.training.events import Method, TrainingRequest

ModelChoice = Callable[[SettingsStore, Language], tuple[Loader, str]]
"""A function from settings and language to the engine's loader and the model's name."""


def model_preferences(settings: SettingsStore) -> ModelPreferences:
    """The models and the language of the settings."""
    fixed = cast(Literal["auto"] | Language, settings.get(MODEL_LANGUAGE))
    return ModelPreferences(settings.get(MODEL_NAME), settings.get(MODEL_CHINESE), fixed)


def training_request(settings: SettingsStore) -> TrainingRequest:
    """The training request of the settings; the base is that which writes the language of the texts."""
    from writer.training.events import TrainingRequest

    method, rate = settings.get(PERSONALISE_METHOD), settings.get(PERSONALISE_RATE)
    return TrainingRequest(
        base=settings.get(PERSONALISE_BASE),
        folder=str(home_path(settings.get(PERSONALISE_FOLDER)) or ""),
        method="" if method == "auto" else cast("Method", method),
        rate=0.0 if rate == "auto" else float(rate),
        rank=settings.get(PERSONALISE_RANK),
        epochs=settings.get(PERSONALISE_EPOCHS),
        window=settings.get(PERSONALISE_WINDOW),
        excluded=settings.get(PERSONALISE_EXCLUDED),
        own_addresses=settings.get(PERSONALISE_OWN_ADDRESSES),
    )


def chosen_model(settings: SettingsStore, language: Language) -> tuple[Loader, str]:
    """The loader of the local model of the settings, and its name; imports nothing before loading."""
    preferences = model_preferences(settings)
    device, threads = settings.get(MODEL_DEVICE), settings.get(ENGINE_THREADS)

    def load() -> Engine:
        from writer.engine import loading
        from writer.models.inventory import masked_folder
        from writer.models.store import ModelError, installed_store

        store = installed_store()
        try:
            model = store.find(model_name(preferences, language))
            if not model.weights:
                from writer.models.adapters.whole_model import make_whole

                model = make_whole(store, model)
        except ModelError as error:
            raise EngineError(error.sentence) from error
        find_masked = partial(masked_folder, store)
        return loading.load(model.path, device, threads=threads, find_masked=find_masked)

    return load, preferences.english if language == "en" else preferences.chinese


def model_name(preferences: ModelPreferences, language: Language) -> str:
    """The id of the installed model for a language. Reads the manifests."""
    from writer.models.inventory import installed
    from writer.models.store import installed_store

    return model_for(language, preferences, installed(installed_store()))


def server_of(settings: SettingsStore) -> Server:
    """The server of the settings, without its API key."""
    from writer.engine.remote.connection import Server  # most people have none

    return Server(
        settings.get(SERVER_ADDRESS).strip(),
        settings.get(SERVER_MODEL).strip(),
        trusted=frozenset(settings.get(SERVER_TRUSTED)),
        certificates=settings.get(SERVER_CERTIFICATES),
    )


def server_offers() -> OfferStore:
    """The store of what servers offer."""
    from writer.engine.remote.offer_store import FILE_NAME, OfferStore

    return OfferStore(cache_dir() / FILE_NAME)


def with_server(
    load_local: Loader, settings: SettingsStore, on_switch: Callable[[EngineReady], None]
) -> Loader:
    """A loader of the server's engine with `load_local` as fallback; `load_local` itself without a server.

    `on_switch` is called in the engine's thread when the server or the local model begins to answer.
    """
    if not settings.get(SERVER_ENABLED):
        return load_local
    server, patience = server_of(settings), float(settings.get(SERVER_PATIENCE))
    most = float(settings.get(SERVER_WAIT))

    def load() -> Engine:
        from writer.engine.remote.fallback_engine import FallbackEngine
        from writer.engine.remote.remote_engine import RemoteEngine
        from writer.engine.remote.server_pace import ServerPace

        pace = ServerPace(most=most)

        def load_remote() -> RemoteEngine:
            keyed = replace(server, key=api_keys.load_key(server.host))
            return RemoteEngine(keyed, pace, patience, server_offers())

        return FallbackEngine(load_remote, load_local, on_switch)

    return load
