"""The tour: drives the real window with key events, and reports the results with their times.

It tests the whole program on any machine, with or without a screen: window, engine, ghost text, keys,
settings, files. It uses temporary folders, so that the user's settings and texts are not changed.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from writer.base.process_end import end_process

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from writer.suggestions.suggestion import Suggestion
    from writer.ui.application import Application

PARAGRAPH = "Thank you very much for your letter. Please let me know if you have any "
MID_WORD = "I am looking forward to hear"
INCOMPLETE = "On the other "
FILLER = "and the people of the town said that it was one of the best things they had seen in a long time "
"""Typed word by word where the model suggests nothing, until it does."""


@dataclass
class TourStep:
    """A step: whether it succeeded, how long it took in milliseconds, and what was observed."""

    step: str
    ok: bool
    ms: float
    seen: str = ""
    screenshot: str = ""


@dataclass
class TourReport:
    """The results of all steps.

    `key_to_ghost_ms` has the milliseconds from a key to the first word of each suggestion. `window_ms` and
    `first_ghost_ms` count from the start of the process; `memory_mb` is the resident memory of it and its
    children at the end.
    """

    ok: bool = True
    model: str = ""
    steps: list[TourStep] = field(default_factory=list)
    suggested: list[str] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    key_to_ghost_ms: list[float] = field(default_factory=list)
    window_ms: float = 0.0
    first_ghost_ms: float = 0.0
    memory_mb: float = 0.0
    text: str = ""


class StepFailedError(Exception):
    """An expected result did not occur."""


def run(screenshots: Path | None, as_json: bool) -> int:
    """Run the tour; returns 0 if every step succeeded, else 1."""
    from writer.ui.startup import Startup, has_screen, make_application
    from writer.ui.window.main_window import USUAL_SIZE

    if not has_screen():
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    if screenshots is not None:
        screenshots.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="writer-tour-") as folder:
        startup = Startup(make_application(), Path(folder))
        startup.window.resize(USUAL_SIZE)  # the pictures are the same on every screen
        startup.show()
        from writer.ui.application import Application  # as the program does it: after the first paint

        program = Application(startup)
        program.start([])
        on_step = _print_nothing if as_json else _print_step
        runner = TourRunner(program, Path(folder) / "tour.txt", screenshots, on_step)
        program.loop.run_until_complete(runner.run())
        program.window.editor.document().setModified(False)
        program.window.close()
        program.finish()
    if as_json:
        print(json.dumps(asdict(runner.report), ensure_ascii=False))
    return end_process(0 if runner.report.ok else 1)


def _print_nothing(_step: TourStep) -> None:
    """Print nothing: the JSON report is printed at the end."""


def _print_step(step: TourStep) -> None:
    mark = "ok    " if step.ok else "FAILED"
    print(f"{mark} {step.step:<20} {step.ms:8.0f} ms   {step.seen}", flush=True)


class TourRunner:
    """Runs the steps one after another, until one fails."""

    def __init__(
        self, program: Application, file: Path, screenshots: Path | None, on_step: Callable[[TourStep], None]
    ) -> None:
        self._program = program
        self._window = program.window
        self._editor = program.window.editor
        self._suggestions = program.container.suggestions
        self._file = file
        self._screenshots = screenshots
        self._on_step = on_step
        self._key_intervals = _key_intervals()
        self._last_key = 0.0
        self.report = TourReport()

    async def run(self) -> None:
        """Run all steps."""
        self._suggestions.changed.connect(self._time_ghost)
        steps: tuple[tuple[str, Callable[[], Awaitable[str]]], ...] = (
            ("window", self._check_window),
            ("open", self._open),
            ("engine", self._check_engine),
            ("type", self._type_paragraph),
            ("ghost", self._check_ghost),
            ("accept-word", self._accept_word),
            ("type-through", self._type_through),
            ("accept-all", self._accept_all),
            ("undo", self._undo),
            ("type-mid-word", self._type_mid_word),
            ("alternative", self._alternative),
            ("dismiss", self._dismiss),
            ("ask", self._ask),
            ("settings", self._settings),
            ("save", self._save),
            ("reopen", self._reopen),
        )
        for name, action in steps:
            if not await self._run_step(name, action):
                break
        self.report.ok = len(self.report.steps) == len(steps) and all(s.ok for s in self.report.steps)
        self.report.text = self._editor.text()
        self.report.memory_mb = _memory_mb()

    async def _run_step(self, name: str, action: Callable[[], Awaitable[str]]) -> bool:
        begin = time.perf_counter()
        try:
            seen, ok = await action(), True
        except StepFailedError as error:
            seen, ok = str(error), False
        step = TourStep(name, ok, round((time.perf_counter() - begin) * 1e3, 1), seen)
        step.screenshot = self._save_screenshot(name)
        self.report.steps.append(step)
        self._on_step(step)
        return ok

    # Steps; each returns what was observed, or raises StepFailedError

    async def _check_window(self) -> str:
        await self._until(self._window.isVisible, "the window did not show")
        self.report.window_ms = _since_start_ms()
        self._window.activateWindow()  # shortcuts need an active window, also without a window manager
        await self._until(self._window.isActiveWindow, "the window did not become the active one")
        return self._window.windowTitle().replace("[*]", "")

    async def _open(self) -> str:
        self._file.write_text("", "utf-8")
        self._program.files.open(self._file)
        await self._until(lambda: self._file.name in self._window.windowTitle(), "the file did not open")
        return self._file.name

    async def _check_engine(self) -> str:
        from writer.engine.engine_state import EngineFailed, EngineReady

        container = self._program.container
        await self._until(
            lambda: isinstance(container.engine_state, (EngineReady, EngineFailed)),
            "the engine is not ready",
            120,
        )
        state = container.engine_state
        if not isinstance(state, EngineReady):
            raise StepFailedError(
                state.message if isinstance(state, EngineFailed) else "the engine is not ready"
            )
        self.report.model = state.model
        return f"{state.model}. {state.why}"

    async def _type_paragraph(self) -> str:
        await self._type(PARAGRAPH)
        if self._editor.text() != PARAGRAPH:
            raise StepFailedError(f"the text is {self._editor.text()!r}")
        return PARAGRAPH

    async def _check_ghost(self) -> str:
        return await self._ghost()

    async def _accept_word(self) -> str:
        await self._ghost()
        before, word, rest = self._editor.text(), self._suggestions.shown.first_word(), self._editor.ghost
        self._key("Ctrl+Right")
        await self._until(lambda: self._editor.text() == before + word, f"{word!r} was not accepted")
        if self._editor.ghost != rest[len(word) :] and len(rest) > len(word):
            raise StepFailedError("the rest of the suggestion is gone")
        self.report.accepted.append(word)
        return word

    async def _type_through(self) -> str:
        ghost = await self._ghost()
        requests, typed = self._suggestions.requests, ghost[:2]
        await self._type(typed)
        if self._suggestions.requests != requests:
            raise StepFailedError("typing what the ghost says asked the engine again")
        return typed

    async def _accept_all(self) -> str:
        ghost = await self._ghost()
        before = self._editor.text()
        self._key("Tab")
        await self._until(lambda: self._editor.text() == before + ghost, f"{ghost!r} was not accepted")
        self.report.accepted.append(ghost)
        return ghost

    async def _undo(self) -> str:
        after = self._editor.text()
        self._key("Ctrl+Z")
        before = after[: -len(self.report.accepted[-1])]
        await self._until(lambda: self._editor.text() == before, "the acceptance was not one undo step")
        if self._editor.ghost:
            raise StepFailedError("there is a suggestion after undo")
        self._key("Ctrl+Shift+Z")
        await self._until(lambda: self._editor.text() == after, "redo did not bring it back")
        return repr(self.report.accepted[-1])

    async def _type_mid_word(self) -> str:
        await self._type(". " if self._editor.text()[-1].isalnum() else " ")
        await self._type(MID_WORD)
        return await self._ghost()

    async def _alternative(self) -> str:
        first = await self._ghost()
        self._key("Alt+]")
        await self._until(
            lambda: self._editor.ghost not in ("", first) and self._suggestions.shown.complete,
            "there is no other suggestion",
        )
        self.report.suggested.append(self._editor.ghost)
        return f"{first.strip()!r}, or {self._editor.ghost.strip()!r}"

    async def _dismiss(self) -> str:
        ghost = await self._ghost()
        self._key("Esc")
        await self._until(lambda: not self._editor.ghost, "the suggestion is still there")
        await self._type("ing")
        if self._editor.ghost:
            raise StepFailedError("the word goes on, and there is a suggestion again")
        return ghost

    async def _ask(self) -> str:
        await self._type(" from you. " + INCOMPLETE)
        self._key("Ctrl+Space")
        return await self._ghost()

    async def _settings(self) -> str:
        dialog = self._program.settings_dialog.open()
        await self._until(dialog.isVisible, "the settings did not open")
        await self._sleep(0.3)
        self._save_screenshot("settings-pane", dialog)
        title = dialog.windowTitle()
        dialog.close()
        self._window.activateWindow()
        self._editor.setFocus()
        await self._sleep(0.2)
        return title

    async def _save(self) -> str:
        text = self._editor.text()
        self._key("Ctrl+S")
        await self._until(lambda: self._file.read_text("utf-8") == text, "the file does not hold the text")
        await self._until(lambda: not self._window.isWindowModified(), "the window still says unsaved")
        return f"{len(text)} characters"

    async def _reopen(self) -> str:
        text = self._editor.text()
        self._key("Ctrl+W")
        await self._until(lambda: not self._editor.text(), "the text did not close")
        self._program.files.open(self._file)
        await self._until(lambda: self._editor.text() == text, "the text did not come back")
        return self._file.name

    # Input and waiting

    async def _type(self, text: str) -> None:
        from PySide6.QtTest import QTest

        for character in text:
            await self._sleep(next(self._key_intervals))
            self._last_key = time.perf_counter()
            QTest.keyClicks(self._editor, character)

    def _key(self, keys: str) -> None:
        from PySide6.QtTest import QTest

        self._last_key = time.perf_counter()
        QTest.keySequence(self._editor, keys)

    async def _ghost(self, least: int = 4) -> str:
        """The complete suggestion, of at least `least` characters; without one, requests one or types on."""
        for word in FILLER.split():
            await self._until(lambda: self._has_none() or self._is_complete(), "no suggestion came", 30)
            if len(self._editor.ghost) < least:
                self._key("Ctrl+Space")
                await self._until(lambda: self._has_none() or self._is_complete(), "no suggestion came", 30)
            if len(self._editor.ghost) >= least:
                self.report.suggested.append(self._editor.ghost)
                return self._editor.ghost
            await self._type(word if self._editor.text()[-1:].isspace() else f" {word}")
        raise StepFailedError("no suggestion came, whatever was typed")

    def _has_none(self) -> bool:
        return not self._editor.ghost and not self._suggestions.busy

    def _is_complete(self) -> bool:
        return bool(self._editor.ghost) and self._suggestions.shown.complete

    def _time_ghost(self, suggestion: Suggestion) -> None:
        if suggestion.text and not self.report.first_ghost_ms:
            self.report.first_ghost_ms = _since_start_ms()
        if suggestion.text and self._last_key:
            self.report.key_to_ghost_ms.append(round((time.perf_counter() - self._last_key) * 1e3, 1))
            self._last_key = 0.0

    async def _until(self, condition: Callable[[], bool], error: str, seconds: float = 10) -> None:
        end = time.perf_counter() + seconds
        while not condition():
            if time.perf_counter() > end:
                raise StepFailedError(error)
            await self._sleep(0.01)

    async def _sleep(self, seconds: float) -> None:
        import asyncio

        await asyncio.sleep(seconds)

    def _save_screenshot(self, name: str, widget: QWidget | None = None) -> str:
        if self._screenshots is None:
            return ""
        file = self._screenshots / f"{len(self.report.steps) + 1:02}-{name}.png"
        (widget or self._window).grab().save(str(file))
        return str(file)


def _since_start_ms() -> float:
    """Milliseconds since the start of the process."""
    import psutil

    started: float = psutil.Process().create_time()
    return round((time.time() - started) * 1e3)


def _memory_mb() -> float:
    """The resident memory of this process and its children in MB."""
    import psutil

    process = psutil.Process()
    rss: int = sum(one.memory_info().rss for one in (process, *process.children(recursive=True)))
    return round(rss / 1e6)


def _key_intervals() -> Iterator[float]:
    """Seconds between keys as people type: median 0.136, a tenth above 0.38."""
    import random

    numbers = random.Random(1)
    while True:
        yield min(0.5, 0.136 * numbers.lognormvariate(0, 0.6))


if __name__ == "__main__":
    sys.exit(run(None, as_json=False))
