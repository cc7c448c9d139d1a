"""A key to its paint in 10 MB of text, while the engine computes:

    python -m tests.benchmarks.typing_10mb [--training FOLDER]

Each row is a process of its own with the real window and the starter model, Markdown, counts and spelling on:
typing, Return and pasting in the middle, between a folded section and an image, each also with the focus on
the sentence and the outline. `wall` is
what a writer waits; `cpu` is what the window's own thread computed for it, which does not count what other
programs take. With `--training` a model learns from FOLDER meanwhile, in a child like the settings pane's.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks.window import text_file

SIZE = 10_000_000
WAYS = tuple(f"{key}{aids}" for key in ("typing", "return", "paste") for aids in ("", ", focus"))
PASTED = "We walked down to the harbour, where the boats were lying in the sun.\n\nNobody spoke for a while."
FOLDED = "# Folded\n\n" + "What is hidden here takes no place on the page.\n\n" * 40
HERE = "# Here\n\nHere it goes on.\n\n![the harbour](picture.png)\n\n"
KEYS = 300
GAP = 0.06


def main() -> int:
    """Print a row for each way; with a way and a file as arguments, measure that way in this process."""
    if len(sys.argv) == 3 and sys.argv[1] in WAYS:
        return _measure(sys.argv[1], Path(sys.argv[2]))
    learned = Path(sys.argv[2]) if sys.argv[1:2] == ["--training"] else None
    environment = {**os.environ, "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")}
    print(f"load {os.getloadavg()[0]:.1f}; milliseconds: median, p99")
    with tempfile.TemporaryDirectory(prefix="writer-bench-") as folder, training(learned, Path(folder)):
        file = _text(Path(folder))
        for way in WAYS:
            command = [sys.executable, "-m", "tests.benchmarks.typing_10mb", way, str(file)]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
            figures = json.loads(done.stdout.splitlines()[-1])
            row = "  ".join(f"{name} {_row(values)}" for name, values in figures.items())
            print(f"{way:16} {row}", flush=True)
    return 0


@contextlib.contextmanager
def training(learned: Path | None, home: Path) -> Iterator[None]:
    """Meanwhile, a model learns from a folder; from the first step on."""
    if learned is None:
        yield
        return
    from writer.base.child_process import lower_priority
    from writer.models.store import DEFAULT_MODEL, find

    command = [sys.executable, "-m", "writer", "train", str(learned), "--base", str(find(DEFAULT_MODEL).path)]
    command += ["--max-steps", "100000", "--json"]
    own = {f"XDG_{name}_HOME": str(home) for name in ("DATA", "STATE", "CONFIG", "CACHE")}
    with subprocess.Popen(command, env=os.environ | own, stdout=subprocess.PIPE, text=True) as child:
        lower_priority(child.pid)
        assert child.stdout is not None
        try:
            next(line for line in child.stdout if '"event": "step"' in line)
            yield
        finally:
            child.kill()


def _text(folder: Path) -> Path:
    """The text, with a section to be folded and the image of another one in the middle."""
    from PySide6.QtGui import QImage

    file = text_file(folder, "10mb.txt", SIZE)
    text = file.read_text("utf-8")
    middle = text.index("\n\n", SIZE // 2) + 2
    file.write_text(f"{text[:middle]}{FOLDED}{HERE}{text[middle:]}", "utf-8")
    image = QImage(640, 360, QImage.Format.Format_RGB32)
    image.fill(0x335577)
    image.save(str(folder / "picture.png"))
    return file


def _row(values: list[float]) -> str:
    ordered = sorted(values)
    return f"{ordered[len(ordered) // 2]:6.1f} {ordered[len(ordered) * 99 // 100]:6.1f}"


def _measure(way: str, file: Path) -> int:
    from writer.settings.editor_schema import EDITOR_FOCUS, EDITOR_OUTLINE
    from writer.ui.application import Application
    from writer.ui.editor.editor import Editor
    from writer.ui.editor.focus_mode import SENTENCE
    from writer.ui.startup import Startup, make_application

    painted: list[tuple[float, float]] = []
    paint = Editor.paintEvent

    def watched(editor: Editor, event: Any) -> None:
        paint(editor, event)
        painted.append((time.perf_counter(), time.thread_time()))

    Editor.paintEvent = watched
    with tempfile.TemporaryDirectory(prefix="writer-bench-") as folder:
        startup = Startup(make_application(), Path(folder))
        program = Application(startup)
        if "focus" in way:
            program.settings.set(EDITOR_FOCUS, SENTENCE)
            program.settings.set(EDITOR_OUTLINE, True)
        startup.show()
        program.start([file])
        figures = program.loop.run_until_complete(_keys(program, way.split(",")[0], painted))
        program.window.editor.document().setModified(False)
        program.window.close()
        program.finish()
    print(json.dumps(figures))
    return 0


async def _keys(program: Any, way: str, painted: list[tuple[float, float]]) -> dict[str, list[float]]:
    """Press keys in the middle of the document, and time each until it is painted."""
    from PySide6.QtCore import QCoreApplication, QEvent, Qt
    from PySide6.QtGui import QGuiApplication, QKeyEvent

    from tests.benchmarks.window_probe import SENTENCES, until
    from writer.engine.engine_state import EngineLoading

    editor = program.window.editor
    await until(lambda: editor.document().characterCount() > 1_000, 60)
    await until(lambda: not isinstance(program.container.engine_state, EngineLoading), 60)
    aids = program.view
    await until(lambda: aids.words.complete and aids.headings.complete, 120)
    editor.setTextCursor(editor.document().find("# Folded"))
    assert aids.folding.toggle(editor.textCursor().block())
    cursor = editor.document().find("Here it goes on.")
    cursor.clearSelection()
    editor.setTextCursor(cursor)
    program.late.make_all()
    image = cursor.block().next().next()
    await until(lambda: editor.blockBoundingRect(image).height() > 100, 60)
    editor.setFocus()
    QGuiApplication.clipboard().setText(PASTED)
    wall, cpu = [], []
    for index in range(KEYS):
        key, held, text = {
            "typing": (0, Qt.KeyboardModifier.NoModifier, SENTENCES[index % len(SENTENCES)]),
            "return": (Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier, "\r"),
            "paste": (Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier, "\x16"),
        }[way]
        revision = editor.revision
        painted.clear()
        begun = (time.perf_counter(), time.thread_time())
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            event = QKeyEvent(kind, key, held, text)
            QCoreApplication.postEvent(editor, event)
        await until(lambda: bool(painted) and editor.revision > revision, 5)  # noqa: B023
        wall.append((painted[0][0] - begun[0]) * 1e3)
        cpu.append((painted[0][1] - begun[1]) * 1e3)
        await asyncio.sleep(GAP)
    return {"wall": wall[10:], "cpu": cpu[10:], "asked": [float(program.container.suggestions.requests)]}


if __name__ == "__main__":
    sys.exit(main())
