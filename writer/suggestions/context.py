"""The context of a suggestion: the text around the cursor, as a value.

A `Context` is made at every keystroke, so its size is bounded: it holds a window before the cursor. The start
of the window moves in large steps, so that successive contexts share a prefix and the prefix cache is used.
"""

from __future__ import annotations

from dataclasses import dataclass

from writer.text.language import Language

WINDOW = 6_000
"""The least number of characters before the cursor in a context, where the text has as many."""

WINDOW_STEP = 3_000
"""Characters by which the start of the window moves."""

MAX_AFTER = 400
"""The most characters after the cursor in a context."""


@dataclass(frozen=True, slots=True)
class Context:
    """The text around the cursor, and the document that it belongs to.

    `before` and `after` are code points, so a surrogate pair of Qt counts once. `revision` is the document's
    revision: an answer to an older one is stale. `title` is set only where `before` starts at the beginning
    of the document and does not hold the title itself. `document` identifies the document.
    """

    before: str
    after: str = ""
    language: Language = "en"
    revision: int = 0
    title: str = ""
    document: str = ""


def window_start(cursor: int, window: int = WINDOW, step: int = WINDOW_STEP) -> int:
    """The start of the window before `cursor`, a multiple of `step`; all values in characters.

    It is the same for `step` cursor positions in a row, so that the text before the cursor keeps its prefix
    while someone types at the end of a long text.
    """
    if cursor <= window + step:
        return 0
    return (cursor - window) // step * step
