"""A folder of 5,000 texts in the real window: its list, keys of opening by name, first matches of a search:

    python -m tests.benchmarks.project [TEXTS]

Milliseconds from the call or the key to what shows it: the rows of the list, the names in the box, the first
matches and the last ones. `longest pause` is the longest time in which the window's thread did nothing else.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

TEXTS = 5000
TEXT = "the river went down to old town where nobody spoke of winter and every boat was lying in the sun"
RUNS = 5


def main() -> int:
    """Print a row for each figure."""
    texts = int(sys.argv[1]) if len(sys.argv) > 1 else TEXTS
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory(prefix="writer-bench-") as home:
        for name in ("DATA", "CONFIG", "CACHE", "STATE"):
            os.environ[f"XDG_{name}_HOME"] = str(Path(home) / name.lower())
        folder = make_texts(Path(home) / "texts", texts)
        print(f"{texts} texts, load {os.getloadavg()[0]:.1f}; milliseconds")
        measure(folder)
    return 0


def make_texts(folder: Path, count: int) -> Path:
    """A folder of texts of 2 to 10 kB, forty chapters a part; a rare word stands in each hundredth."""
    some = random.Random(1)
    for number in range(count):
        part = folder / f"part {number // 40}"
        part.mkdir(parents=True, exist_ok=True)
        lines = [" ".join(some.choices(TEXT.split(), k=60)) for _ in range(some.randint(6, 30))]
        rare = ["a heron"] if number % 100 == 50 else []
        text = "\n\n".join([f"# Chapter {number}", *lines, *rare])
        (part / f"chapter {number} of the long winter.md").write_text(text, "utf-8")
    return folder


class Clock:
    """Runs the program until something holds, and knows the longest turn of its loop."""

    def __init__(self, loop: object) -> None:
        self._loop = loop
        self.pause = 0.0

    def until(self, holds: Callable[[], object], start: float) -> float:
        """Milliseconds from `start` until something holds."""
        last = time.perf_counter()
        while not holds():
            self._loop.call_later(0.001, self._loop.stop)
            self._loop.run_forever()
            now = time.perf_counter()
            self.pause = max(self.pause, (now - last) * 1000)
            last = now
        return (time.perf_counter() - start) * 1000


def measure(folder: Path) -> None:
    """All figures, in this process."""
    from PySide6.QtTest import QTest

    from writer.engine.fake import FakeEngine
    from writer.ui.application import Application
    from writer.ui.startup import Startup, make_application

    startup = Startup(make_application())
    startup.show()
    program = Application(startup, lambda _settings, _language: (lambda: FakeEngine({}), "fake"))
    program.start([])
    clock = Clock(program.loop)
    settle = lambda: clock.until(lambda: not program.late.project._tasks.busy, 0)  # noqa: E731
    clock.until(lambda: getattr(program.container.engine_state, "device", ""), 0)
    clock.pause = 0.0
    times = []
    for _ in range(RUNS):
        program.late.project.panel.model.show(type(program.late.project.panel.model.listing)(Path()))
        start = time.perf_counter()
        program.late.project.open_folder(folder)
        times.append(clock.until(lambda: program.late.project.panel.model.rowCount() > 0, start))
        settle()
    row("list shown", times, clock)
    box, times = program.late.quick_open.box, []
    startup.window.actions_by_name["file.quick_open"].trigger()
    settle()
    clock.pause = 0.0
    for character in "chapter 4990 wintre":
        start = time.perf_counter()
        QTest.keyClick(box.field, character)
        box.repaint()
        times.append((time.perf_counter() - start) * 1000)
    row("a key of opening by name", times, clock)
    panel = program.late.project_search.panel
    for word in ("heron", "river", "nowhere"):
        first, last = [], []
        for _ in range(RUNS):
            panel.pattern.setText(word)
            panel.model.clear(panel.query())
            start = time.perf_counter()
            program.late.project_search._search()
            if word != "nowhere":
                first.append(clock.until(lambda: panel.model.texts, start))
            last.append(clock.until(lambda: not program.late.project_search._tasks.busy, start))
        if first:
            row(f"first matches of “{word}”", first, clock)
        row(f"all matches of “{word}” ({panel.model.count})", last, clock)
    startup.window.close()
    program.finish()


def row(name: str, times: list[float], clock: Clock) -> None:
    """Print the median and the longest time, and the longest pause since the last row."""
    middle = sorted(times)[len(times) // 2]
    print(f"{name:40} median {middle:7.1f}  longest {max(times):7.1f}  longest pause {clock.pause:6.1f}")
    clock.pause = 0.0


if __name__ == "__main__":
    sys.exit(main())
