"""The real window in a process of its own, in which somebody writes for very long: a JSON line for a stage.

    python -m tests.trust.typing_probe FOLDER FILE EDITS STAGES SEED

The text keeps its length: what is typed at a place is deleted again, but for the last time. A stage tells its
edits, the memory of the process, its open descriptors, and when each part ended with the time of an edit. At
the end stands the text's hash, and the process waits to be killed.
"""

from __future__ import annotations

import array
import asyncio
import collections
import hashlib
import json
import math
import os
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QTextCursor
from PySide6.QtWidgets import QApplication

from writer.engine.fake import FakeEngine
from writer.ui.application import Application
from writer.ui.editor.editor import Editor
from writer.ui.startup import Startup, make_application

BURST = 160
"""Edits at one place, until the writer goes to another."""

SAVE_EVERY = 20_000
PUMPED = 16
"""Keys that come before the window takes a breath."""
PARTS = 20
"""Parts of a stage, each with a time of its own: other programs take the processor's caches now and then."""

SYLLABLES = ("ba", "den", "sol", "ri", "ther", "an", "mo", "ley", "qui", "vor", "es", "tan", "ing", "po")
WORDS = ("the", "a", "of", "and", "to", "in", "was", "that", "harbour", "sun", "boats", "lying", "while")
SCRIPT = {"the ": "harbour was still", "and ": "nobody spoke for a while", "of ": "the town"}

Key = tuple[int, Qt.KeyboardModifier, str]
PLAIN, CONTROL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier


class Times:
    """Counts how long edits took, in steps of 10 microseconds; it takes the same memory for any number."""

    STEP, STEPS = 1e-5, 10_000

    def __init__(self) -> None:
        self._counts = array.array("Q", bytes(8 * self.STEPS))
        self.count = 0

    def add(self, seconds: float) -> None:
        """Count one."""
        self._counts[min(self.STEPS - 1, int(seconds / self.STEP))] += 1
        self.count += 1

    def milliseconds(self, share: float) -> float:
        """The time within which this share of them was done."""
        left = share * self.count
        for step, count in enumerate(self._counts):
            left -= count
            if left <= 0:
                return 1e3 * self.STEP * (step + 0.5)
        return math.inf


@dataclass(slots=True)
class Stage:
    """What one part of the edits took; `memory` is the least of some moments, as copies come and go."""

    times: Times = field(default_factory=Times)
    memory: float = math.inf
    parts: list[tuple[float, float]] = field(default_factory=list)

    def part_ended(self) -> None:
        """Keep the time within which 95 of 100 edits of this part were done, if any; begin the next."""
        if self.times.count:
            self.parts.append((time.monotonic(), self.times.milliseconds(0.95)))
        self.times = Times()

    def told(self, edits: int) -> dict[str, Any]:
        """The figures: bytes, and for each part when it ended and milliseconds of the window's thread."""
        return {
            "edits": edits,
            "memory": self.memory,
            "descriptors": len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0,
            "parts": self.parts,
        }


def prose(chance: random.Random, words: int) -> str:
    """Sentences and paragraphs of common words, and of rare ones that no dictionary has."""
    parts = []
    for number in range(1, words + 1):
        word = chance.choice(WORDS) if chance.random() < 0.9 else "".join(chance.choices(SYLLABLES, k=3))
        parts.append(word + (".\n\n" if number % 90 == 0 else ". " if number % 11 == 0 else " "))
    return "".join(parts)


def keys(chance: random.Random) -> Iterator[Key]:
    """The keys of a burst: mostly letters; some are taken back, or undone and done again."""
    text = prose(chance, BURST // 4)[: BURST // 2]
    for place, character in enumerate(text):
        yield (Qt.Key.Key_Return, PLAIN, "\r") if character == "\n" else (0, PLAIN, character)
        if place % 25 == 24:
            yield Qt.Key.Key_Backspace, PLAIN, "\b"
    for key in (Qt.Key.Key_Z, Qt.Key.Key_Z, Qt.Key.Key_Y, Qt.Key.Key_Y):
        yield key, CONTROL, ""


def press(editor: Editor, key: Key) -> None:
    """Press and release."""
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        QApplication.sendEvent(editor, QKeyEvent(kind, *key))


class Writer:
    """Writes in `program` until it has made so many edits, and tells each stage."""

    def __init__(self, program: Application, chance: random.Random) -> None:
        self._program = program
        self._editor = program.window.editor
        self._chance = chance
        self._length = self._editor.document().characterCount()
        self._process = psutil.Process()
        self.edits = 0
        self.stage = Stage()

    async def write(self, edits: int) -> dict[str, Any]:
        """Make so many edits more."""
        self.stage, begun = Stage(), self.edits
        for part in range(1, PARTS + 1):
            while self.edits < begun + edits * part // PARTS:
                await self.burst()
            self.stage.memory = min(self.stage.memory, self._process.memory_info().rss)
            self.stage.part_ended()
        return self.stage.told(self.edits)

    async def burst(self, kept: bool = False) -> None:
        """Write at some place, and delete it again unless it is `kept`."""
        document = self._editor.document()
        cursor = self._editor.textCursor()
        cursor.setPosition(self._chance.randrange(document.characterCount()))
        cursor.movePosition(QTextCursor.MoveOperation.EndOfWord)
        self._editor.setTextCursor(cursor)
        begin = cursor.position()
        for number, key in enumerate(keys(self._chance)):
            await self._edit(key, pumped=number % PUMPED == 0)
        surplus = document.characterCount() - self._length
        if surplus > 0 and not kept:
            cursor.setPosition(begin)
            cursor.setPosition(begin + surplus, QTextCursor.MoveMode.KeepAnchor)
            self._editor.setTextCursor(cursor)
            await self._edit((Qt.Key.Key_Delete, PLAIN, "\x7f"), pumped=True)

    async def _edit(self, key: Key, pumped: bool) -> None:
        begun, revision = time.thread_time(), self._editor.revision
        press(self._editor, key)
        taken = time.thread_time() - begun
        if self._editor.revision > revision:
            self.edits += 1
            self.stage.times.add(taken)
            if self.edits % SAVE_EVERY == 0:
                press(self._editor, (Qt.Key.Key_S, CONTROL, ""))
        if pumped:
            await asyncio.sleep(0)


async def settled(program: Application) -> None:
    """Wait until the file is in the editor and counted, and every paragraph was laid out once.

    Qt keeps some 90 bytes for each character that was shown; here they shall not count as growth.
    """
    end = time.monotonic() + 300
    editor = program.window.editor
    while editor.document().characterCount() < 1000 or not program.view.words.complete:
        assert time.monotonic() < end, "the text did not come"
        await asyncio.sleep(0.05)
    block, layout = editor.document().begin(), editor.document().documentLayout()
    while block.isValid():
        layout.blockBoundingRect(block)
        if block.layout().lineCount():
            block.layout().lineAt(0).cursorToX(0)  # as painting does
        block = block.next()
    await asyncio.sleep(1.0)


async def run(program: Application, edits: int, stages: int, seed: int) -> None:
    """Write, and tell the stages and the text's hash; then wait for the end."""
    await settled(program)
    writer = Writer(program, random.Random(seed))
    for _ in range(stages):
        say(await writer.write(edits // stages))
    await writer.burst(kept=True)
    await asyncio.sleep(1.0)
    say({"sha256": hashlib.sha256(program.window.editor.text().encode("utf-8", "surrogatepass")).hexdigest()})
    await asyncio.sleep(3600)


def say(values: dict[str, Any]) -> None:
    """One line for the parent."""
    os.write(1, json.dumps(values).encode() + b"\n")


def engine() -> FakeEngine:
    """An engine that knows a few words, and keeps no list of what it was asked."""
    made: Any = FakeEngine(SCRIPT)
    for name in ("contexts", "prefetched", "gaps"):
        setattr(made, name, collections.deque(maxlen=1))
    return made


def main() -> None:
    """Start the program on a folder, open the file, write."""
    folder, file = Path(sys.argv[1]), Path(sys.argv[2])
    edits, stages, seed = (int(word) for word in sys.argv[3:6])
    startup = Startup(make_application(), folder)
    startup.show()
    program = Application(startup, lambda _settings, _language: (engine, "fake"))
    program.start([file])
    program.loop.run_until_complete(run(program, edits, stages, seed))


if __name__ == "__main__":
    main()
