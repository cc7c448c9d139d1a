"""The model of the settings, loaded in a thread from the first paint on, while the window is made.

Imports take turns with the interpreter, but the library that opens the model needs it not, so that the model
is there some tenths of a second earlier.
"""

from __future__ import annotations

import importlib
import threading
from concurrent.futures import Future

from writer.app.models.model_selection import ModelChoice, chosen_model, model_preferences
from writer.base.thread_priority import lower_thread_priority
from writer.engine.protocol import Engine
from writer.engine.worker import Loader
from writer.settings.schema import ENGINE_THREADS, MODEL_DEVICE
from writer.settings.server_schema import SERVER_ENABLED
from writer.settings.store import SettingsStore
from writer.text.language import Language

_MODULES = ("writer.engine.loading", "writer.engine.decoders.onnx_decoder", "writer.engine.local_engine")
"""What a loader imports; with the priority of the window, as both wait for each other."""

_LANGUAGE: Language = "en"
"""The language of a window before it has a text."""


class EarlyModel:
    """Loads at once what `choose` gives for the settings; `choose` then hands it out, once.

    Nothing is loaded where a server writes.
    """

    def __init__(self, settings: SettingsStore, choose_model: ModelChoice = chosen_model) -> None:
        self._choose_model = choose_model
        self._wanted = _wanted(settings, _LANGUAGE)
        self._loading: Future[Engine] | None = None
        if not settings.get(SERVER_ENABLED):
            self._loading = Future()
            loader, _ = choose_model(settings, _LANGUAGE)
            arguments = (loader, self._loading)
            threading.Thread(target=_load, args=arguments, name="early-model", daemon=True).start()

    def choose(self, settings: SettingsStore, language: Language) -> tuple[Loader, str]:
        """A `ModelChoice`: the first loader waits for the model that is being loaded, if it is the same."""
        loader, name = self._choose_model(settings, language)
        loading, self._loading = self._loading, None
        if loading is None:
            return loader, name
        if _wanted(settings, language) != self._wanted:
            loading.add_done_callback(_close)
            return loader, name
        return loading.result, name


def _wanted(settings: SettingsStore, language: Language) -> tuple[object, ...]:
    """What a loader depends on."""
    computing = settings.get(MODEL_DEVICE), settings.get(ENGINE_THREADS), settings.get(SERVER_ENABLED)
    return language, model_preferences(settings), *computing


def _load(loader: Loader, loading: Future[Engine]) -> None:
    try:
        for name in _MODULES:
            importlib.import_module(name)
        lower_thread_priority()
        loading.set_result(loader())
    except BaseException as error:  # noqa: BLE001 - panics of Rust libraries, too: who waits is told
        loading.set_exception(error)


def _close(loading: Future[Engine]) -> None:
    if loading.exception() is None:
        loading.result().close()
