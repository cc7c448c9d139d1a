"""Undo steps: which edits by single keys are undone together."""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import Enum, auto

from writer.text.language import is_cjk

PAUSE = 1.0
"""Seconds without a key after which a new step begins: nine in ten keys come within 0.4."""

LONG = 16
"""Code points after which a step ends at the next end of a word."""

_TAIL = 8
_SENTENCE_END = ".!?…"
_CJK_SENTENCE_END = "。！？…"
_CLOSING = "\"'”’»)]）】」』*_"


class EditKind(Enum):
    """What a key did."""

    TYPED = auto()
    ERASED_BEFORE = auto()
    ERASED_AFTER = auto()


class UndoSteps:
    """Decides for each edit by a key whether it belongs to the undo step before it.

    A step ends at a pause, at a change of place, at another kind of edit and at every change that is not told
    here, seen by the revision; at the end of a line and of a sentence; and at the end of a word once it has
    `LONG` code points. Takes constant time and memory.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kind: EditKind | None = None
        self._revision = 0
        self._time = 0.0
        self._length = 0
        self._tail = ""

    def end(self) -> None:
        """End the current step."""
        self._kind = None

    def skip(self, before: int, after: int) -> None:
        """Note a change of the revision that was no edit."""
        if self._revision == before:
            self._revision = after

    def continues(self, kind: EditKind, text: str, revision: int) -> bool:
        """Whether `text`, which is typed or erased next, belongs to the current step.

        `revision`: the document's before the edit.
        """
        pause = self._clock() - self._time
        return (
            kind is self._kind
            and revision == self._revision
            and pause < PAUSE
            and not self._is_boundary(text[:1])
        )

    def add(self, kind: EditKind, text: str, revision: int, continued: bool) -> None:
        """Note an edit that was made; `revision`: the document's behind it."""
        self._length = (self._length if continued else 0) + len(text)
        self._tail = ((self._tail if continued else "") + text)[-_TAIL:]
        self._kind, self._revision, self._time = kind, revision, self._clock()

    def _is_boundary(self, following: str) -> bool:
        """Whether a step ends between its tail and the character that follows."""
        last = self._tail[-1:]
        if last == "\n":
            return following != "\n"
        if following.isspace() or following in _CLOSING:
            return False
        ended = self._tail.rstrip().rstrip(_CLOSING)[-1:]
        if ended and (ended in _CJK_SENTENCE_END or (ended in _SENTENCE_END and last.isspace())):
            return following not in _SENTENCE_END + _CJK_SENTENCE_END
        return self._length >= LONG and (is_cjk(last) or last.isspace())
