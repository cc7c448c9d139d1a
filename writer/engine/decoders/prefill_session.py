"""The session of a prefill graph, which is open only while it is needed."""

from __future__ import annotations

import logging
import threading
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from writer.base.freed_memory import release_freed_memory
from writer.base.mapped_pages import Place, mapped_places, release_mapped_pages, released_meanwhile
from writer.engine.decoders.onnx_session import GraphError, open_session, products_overflow
from writer.engine.onnx_graphs.graph_cache import forget_graph
from writer.engine.onnx_graphs.graph_files import probe_graph, weights_file

log = logging.getLogger(__name__)

PREFILL_PAGES_SECONDS, PREFILL_SESSION_SECONDS = 1.0, 5.0
"""Seconds after its last use for which the prefill graph's weights stay in memory, and its session open."""

RELEASE_SECONDS = 0.01
"""Seconds of processor after which large weights are let go; in 0.25 s a pass of 128 tokens reads 110 MB."""


class PrefillSession:
    """The session of the prefill graph, opened when needed and closed `PREFILL_SESSION_SECONDS` after use.

    Where the model `is_large`, only a part of the graph's weights is in memory at a time.
    """

    def __init__(self, graph: Path, threads: int, is_large: bool = False) -> None:
        self._graph = graph
        self._threads = threads
        self._is_large = is_large
        self._places: tuple[Place, ...] = ()
        """Where the weights are mapped of which only a part is held at a time."""
        self._session: Any = None
        self._is_whole = False
        """Whether the files were compared with their checksums."""
        self._timers: tuple[threading.Timer, ...] = ()
        self._opening: threading.Thread | None = None

    def open_ahead(self) -> None:
        """Begin to open the session in a thread, as the first text is read as soon as there is a decoder."""
        if self._graph.is_file():
            self._opening = threading.Thread(target=self._open_ahead, name="prefill", daemon=True)
            self._opening.start()

    def _open_ahead(self) -> None:
        try:
            self._session = self._open()
        except Exception as error:  # noqa: BLE001  it is opened again, and fails again, when it is needed
            log.info("not opened ahead: %s", type(error).__name__)
        self.rest()

    def session(self) -> Any:
        """The session, opened where it is not open; None where the model has no prefill graph.

        It stays open until some time after `rest`.
        """
        self._wait_until_opened()
        session = self._session
        if session is None and self._graph.is_file():
            session = self._open()
        self.close()
        self._session = session
        return session

    def use_threads(self, threads: int) -> None:
        """Compute with so many threads from now on."""
        self.close()
        self._threads = threads

    def rest(self) -> None:
        """Let timers release the pages of the session, and drop it, unless it is asked for again."""
        release = partial(release_mapped_pages, weights_file(self._graph))
        self._timers = (
            threading.Timer(PREFILL_PAGES_SECONDS, release),
            threading.Timer(PREFILL_SESSION_SECONDS, self._end),
        )
        for timer in self._timers:
            timer.daemon = True
            timer.start()

    def _open(self) -> Any:
        """The session; None where a file is damaged. Then the next start builds the graphs again."""
        try:
            unsigned = products_overflow(probe_graph(self._graph))
            session = open_session(
                self._graph, self._threads, prepacked=False, unsigned=unsigned, check=not self._is_whole
            )
        except GraphError as error:
            log.warning("the prefill graph is damaged, the next start builds it again: %s", error)
            forget_graph(self._graph)
            return None
        self._is_whole = True
        self._places = mapped_places(weights_file(self._graph)) if self._is_large else ()
        return session

    def run(self, session: Any, binding: Any) -> None:
        """A pass of `session`, as of `session()`; of large weights only a part is in memory at a time."""
        with released_meanwhile(self._places, RELEASE_SECONDS) if self._places else nullcontext():
            session.run_with_iobinding(binding)

    def close(self) -> None:
        """Release the session."""
        self._wait_until_opened()
        for timer in self._timers:
            timer.cancel()
        self._timers = ()
        self._drop()

    def _wait_until_opened(self) -> None:
        if self._opening is not None:
            self._opening.join()
            self._opening = None

    def _end(self) -> None:
        """Drop the session some time after its last use, and return its memory to the system."""
        self._drop()
        release_freed_memory()

    def _drop(self) -> None:
        self._session = None
