"""The masked models of this machine beside the engine: loaded when first wanted, in a thread of their own.

Loading takes a second, and some more where the model's graph must be made first. Nobody waits for that: until
the model is there, the one that writes compares the words.
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
"""The folder of the masked model for a language, None where there is none."""


class MaskedModelPool:
    """Masked models by language: `find` tells which, `load` brings one. Used from the engine's thread."""

    def __init__(self, find: FindMasked, load: Callable[[Path], InfillModel]) -> None:
        self._find = find
        self._load = load
        self._pool = ThreadPoolExecutor(1, "masked", initializer=lower_thread_priority)
        self._loading: dict[Path, Future[InfillModel]] = {}
        self._prepared: set[Language] = set()

    def prepare(self, language: Language) -> None:
        """Begin to load the model for a language that is being written; only once for each."""
        if language not in self._prepared:
            self._prepared.add(language)
            self._begin(language)

    def infill_model(self, language: Language) -> InfillModel | None:
        """The model for a language, None where there is none or it is not loaded yet."""
        loading = self._begin(language)
        if loading is None or not loading.done() or loading.exception() is not None:
            return None
        return loading.result()

    def close(self) -> None:
        """Give back the memory; waits for a model that is just being loaded."""
        self._pool.shutdown()
        for folder in list(self._loading):
            self._drop(folder)

    def _begin(self, language: Language) -> Future[InfillModel] | None:
        folders = {known: self._find(known) for known in LANGUAGES}
        for gone in self._loading.keys() - set(folders.values()):
            self._drop(gone)
        folder = folders[language]
        if folder is not None and folder not in self._loading:
            self._loading[folder] = self._pool.submit(self._bring, folder)
        return self._loading[folder] if folder is not None else None

    def _bring(self, folder: Path) -> InfillModel:
        try:
            return self._load(folder)
        except EngineError as error:
            log.warning("%s finds no words: %s", folder.name, error)
            raise
        except Exception:
            log.exception("%s finds no words because of an internal error", folder.name)
            raise

    def _drop(self, folder: Path) -> None:
        loading = self._loading.pop(folder)
        if not loading.cancel():
            loading.add_done_callback(_close_loaded)


def _close_loaded(loading: Future[InfillModel]) -> None:
    if loading.exception() is None:
        loading.result().close()
