"""A pool of masked models for infilling, one for each language, loaded in a thread of its own when needed.

Loading takes a second, and some more where the model's graph must be built. Until a model is loaded, the
causal model is used for infilling.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from writer.base.thread_priority import lower_thread_priority
from writer.engine.protocol import EngineError, InfillModel
from writer.text.language import LANGUAGES, Language

log = logging.getLogger(__name__)

FindMasked = Callable[[Language], Path | None]
"""A function from a language to the folder of its masked model, None where there is none."""


class MaskedModelPool:
    """Masked models by language, found by `find` and loaded by `load`. Used from the engine's thread."""

    def __init__(self, find: FindMasked, load: Callable[[Path], InfillModel]) -> None:
        self._find = find
        self._load = load
        self._pool = ThreadPoolExecutor(1, "masked", initializer=lower_thread_priority)
        self._loading: dict[Path, Future[InfillModel]] = {}
        self._preloaded: set[Language] = set()

    def preload(self, language: Language) -> None:
        """Start loading the model for `language`, at the first call for it."""
        if language not in self._preloaded:
            self._preloaded.add(language)
            self._start_loading(language)

    def infill_model(self, language: Language) -> InfillModel | None:
        """The model for `language`; None where there is none or it is not loaded yet."""
        loading = self._start_loading(language)
        if loading is None or not loading.done() or loading.exception() is not None:
            return None
        return loading.result()

    def close(self) -> None:
        """Free the memory; waits for a model that is being loaded."""
        self._pool.shutdown()
        for folder in list(self._loading):
            self._remove(folder)

    def _start_loading(self, language: Language) -> Future[InfillModel] | None:
        folders = {known: self._find(known) for known in LANGUAGES}
        for gone in self._loading.keys() - set(folders.values()):
            self._remove(gone)
        folder = folders[language]
        if folder is not None and folder not in self._loading:
            self._loading[folder] = self._pool.submit(self._load_model, folder)
        return self._loading[folder] if folder is not None else None

    def _load_model(self, folder: Path) -> InfillModel:
        try:
            return self._load(folder)
        except EngineError as error:
            log.warning("%s finds no words: %s", folder.name, error)
            raise
        except Exception:
            log.exception("%s finds no words because of an internal error", folder.name)
            raise

    def _remove(self, folder: Path) -> None:
        loading = self._loading.pop(folder)
        if not loading.cancel():
            loading.add_done_callback(_close_loaded)


def _close_loaded(loading: Future[InfillModel]) -> None:
    if loading.exception() is None:
        loading.result().close()
