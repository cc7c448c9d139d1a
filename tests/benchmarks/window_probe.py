"""Runs the real window in a process of its own, types into it, and says what it measured: one JSON line.

    python -m tests.benchmarks.window_probe start|idle|loading|generating|growth FILE STARTED [MODEL]

STARTED is the parent's `time.monotonic()` just before it started this process. MODEL writes both languages.
Keys are posted as the window system would; a key counts as painted when the editor's paint event after it is
over.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from writer.app.desktop.qt_imports import import_without_features

import_without_features()  # as the program does it: before all other modules

from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTimer  # noqa: E402
from PySide6.QtGui import QKeyEvent  # noqa: E402

from writer.engine.engine_state import EngineLoading  # noqa: E402
from writer.settings.model_settings import use_model  # noqa: E402
from writer.settings.schema import SUGGESTIONS_ENABLED  # noqa: E402
from writer.ui.editor.editor import Editor  # noqa: E402
from writer.ui.startup import Startup, make_application  # noqa: E402

if TYPE_CHECKING:
    from writer.ui.application import Application

SENTENCES = (
    "and the people of the town said that it was one of the best things they had seen in a long time. "
    "We walked down to the harbour, where the boats were lying in the sun, and nobody spoke for a while. "
)
TICK = 5
"""Milliseconds between two timer events whose lateness is measured."""

MEMORY = {"now_mb": "VmRSS", "peak_mb": "VmHWM", "pss_mb": "Pss", "anonymous_mb": "Pss_Anon"}

Figures = dict[str, Any]


class Probe:
    """Types, and keeps the times of paints, of answers and of timer ticks."""

    def __init__(self, program: Application) -> None:
        self._program = program
        self._at = 0
        self.editor = program.window.editor
        self.suggestions = program.container.suggestions
        self.painted: list[float] = []
        self.shown: list[float] = []
        self.answered: list[float] = []
        self.lateness: list[float] = []
        self.suggestions.changed.connect(self._note)
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._last_tick = 0.0

    async def key(self, within: float = 5.0) -> float:
        """Post the next key; milliseconds until it was painted."""
        text = SENTENCES[self._at % len(SENTENCES)]
        self._at += 1
        before = len(self.painted)
        pressed = time.perf_counter()
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            event = QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, text)
            QCoreApplication.postEvent(self.editor, event)
        await until(lambda: len(self.painted) > before and not self._pending(text), within)
        return (next(t for t in self.painted[before:]) - pressed) * 1e3

    async def answer(self, within: float = 5.0) -> tuple[float, float] | None:
        """Press a key; milliseconds until a ghost showed and until the answer was whole. None if unasked."""
        asked, pressed = self.suggestions.requests, time.perf_counter()
        self.shown.clear()
        self.answered.clear()
        await self.key()
        if self.suggestions.requests == asked:
            return None
        await until(lambda: bool(self.answered), within)
        whole = self.answered[0] - pressed
        return ((self.shown[0] - pressed) if self.shown else whole) * 1e3, whole * 1e3

    async def ticks(self, seconds: float) -> None:
        """Measure the timer's lateness while the loop runs."""
        self.start_ticks()
        await asyncio.sleep(seconds)
        self.stop_ticks()

    def start_ticks(self) -> None:
        """Measure the timer's lateness from now on."""
        self._last_tick = time.perf_counter()
        self._timer.start(TICK)

    def stop_ticks(self) -> None:
        """What is late from now on does not count."""
        self._timer.stop()

    def _tick(self) -> None:
        now = time.perf_counter()
        self.lateness.append(max(0.0, (now - self._last_tick) * 1e3 - TICK))
        self._last_tick = now

    def _note(self, suggestion: Any) -> None:
        if suggestion.text:
            self.shown.append(time.perf_counter())
        if suggestion.complete and (suggestion.text or suggestion.reason):
            self.answered.append(time.perf_counter())

    def _pending(self, text: str) -> bool:
        position = self.editor.textCursor().position()
        return position == 0 or self.editor.document().characterAt(position - 1) != text


async def until(condition: Callable[[], bool], within: float) -> None:
    """Let the loop run until something is so. Raises TimeoutError."""
    end = time.perf_counter() + within
    while not condition():
        if time.perf_counter() > end:
            raise TimeoutError("the window did not answer in time")
        await asyncio.sleep(0.001)


def main() -> None:
    """Start the window as the program does, measure, close it."""
    what, file, started = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])
    painted: list[float] = []
    watch_paints(painted)
    with tempfile.TemporaryDirectory(prefix="writer-bench-") as folder:
        startup = Startup(make_application(), Path(folder))
        if what == "idle":
            startup.settings.set(SUGGESTIONS_ENABLED, False)
        for model in sys.argv[4:]:
            use_model(startup.settings, model)
        startup.show()
        visible = time.monotonic() - started
        from writer.ui.application import Application  # as the program does it: after the first paint

        program = Application(startup)
        program.start([file])
        probe = Probe(program)
        probe.painted = painted
        figures = program.loop.run_until_complete(MEASURES[what](program, probe, started))
        figures["visible_ms"] = visible * 1e3
        program.window.editor.document().setModified(False)
        program.window.close()
        program.finish()
    print(json.dumps(figures))


def watch_paints(painted: list[float]) -> None:
    """Let the end of every painting of the editor be noted in `painted`."""
    paint = Editor.paintEvent

    def watched(editor: Editor, event: Any) -> None:
        paint(editor, event)
        painted.append(time.perf_counter())

    Editor.paintEvent = watched


async def opened(program: Application, file_size: int = 1) -> None:
    """Wait until the file is there, and go to its end."""
    editor = program.window.editor
    await until(lambda: editor.document().characterCount() > file_size, 60)
    cursor = editor.textCursor()
    cursor.movePosition(cursor.MoveOperation.End)
    editor.setTextCursor(cursor)
    editor.setFocus()


async def _ready(program: Application) -> None:
    await until(lambda: not isinstance(program.container.engine_state, EngineLoading), 60)


async def start(program: Application, probe: Probe, started: float) -> Figures:
    """From the process's start to a key on the screen, the engine ready, the first ghost."""
    await opened(program)
    await probe.key()
    usable = time.monotonic() - started
    while not probe.shown and time.monotonic() - started < 30:
        await probe.key()
        await asyncio.sleep(0.12)
    ghost = time.monotonic() - started if probe.shown else None
    return {"usable_ms": usable * 1e3, "ghost_ms": ghost and ghost * 1e3}


async def idle(program: Application, probe: Probe, started: float) -> Figures:
    """Nothing computes: suggestions are off."""
    await opened(program)
    await _ready(program)
    await asyncio.sleep(1)
    return await _typing(probe, seconds=6, gap=0.1)


async def loading(program: Application, probe: Probe, started: float) -> Figures:
    """From the first turn of the loop until the engine is ready."""
    probe.start_ticks()
    times: list[float] = []
    await opened(program)
    while isinstance(program.container.engine_state, EngineLoading):
        times.append(await probe.key())
        await asyncio.sleep(0.03)
    probe.stop_ticks()
    return {"lateness_ms": probe.lateness, "paint_ms": times}


async def generating(program: Application, probe: Probe, started: float) -> Figures:
    """Keys come so fast that the engine is never done; then what the process weighs, with the prefill graph.

    "settled_mb" is what it weighs once that is closed.
    """
    await opened(program)
    await _ready(program)
    await asyncio.sleep(1)
    figures = await _typing(probe, seconds=10, gap=0.06)
    await asyncio.sleep(2)
    figures |= _memory()
    from writer.engine.decoders.prefill_session import PREFILL_SESSION_SECONDS  # after the start

    await asyncio.sleep(PREFILL_SESSION_SECONDS)
    return figures | {"settled_mb": resident_mb()}


async def growth(program: Application, probe: Probe, started: float) -> Figures:
    """From keys at the end of a document to their answers."""
    await opened(program)
    await _ready(program)
    await asyncio.sleep(2)
    ghosts, wholes, paints = [], [], []
    for _ in range(100):
        times = await probe.answer()
        if times is not None:
            ghosts.append(times[0])
            wholes.append(times[1])
        await asyncio.sleep(0.05)
    for _ in range(20):
        paints.append(await probe.key())
        await asyncio.sleep(0.1)
    return {"ghost_ms": ghosts, "whole_ms": wholes, "paint_ms": paints} | _memory()


async def _typing(probe: Probe, seconds: float, gap: float) -> Figures:
    ticks = asyncio.ensure_future(probe.ticks(seconds))
    times: list[float] = []
    while not ticks.done():
        times.append(await probe.key())
        await asyncio.sleep(gap)
    await ticks
    return {"lateness_ms": probe.lateness, "paint_ms": times, "requests": probe.suggestions.requests}


def _memory() -> Figures:
    status, rollup = (
        Path(f"/proc/self/{name}").read_text().splitlines() for name in ("status", "smaps_rollup")
    )
    fields = dict(line.split(":", 1) for line in (*status, *rollup[1:]))
    return {name: int(fields[key].split()[0]) / 1024 for name, key in MEMORY.items()}


def resident_mb() -> float:
    """The memory of this process now, in MB."""
    return float(_memory()["now_mb"])


MEASURES = {"start": start, "idle": idle, "loading": loading, "generating": generating, "growth": growth}

if __name__ == "__main__":
    main()
