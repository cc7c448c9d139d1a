"""What the model is asked about: the text around the cursor, as a value.

A `Context` is made at every keystroke, so it must cost the same in a note and in a novel: only
a bounded window before the cursor is looked at, and the start of that window moves in large
steps, so that the engine's cache stays useful from key to key.
"""

from __future__ import annotations

from dataclasses import dataclass

from writer.text.language import Language

WINDOW = 6_000
"""Characters before the cursor that a context holds at the least, where the text has them."""

STEP = 3_000
"""Characters by which the start of the window moves when it must."""

AFTER = 400
"""Characters after the cursor that a context holds at the most."""


@dataclass(frozen=True, slots=True)
class Context:
    """The place where a suggestion is wanted.

    `before` and `after` are the text around the cursor (in characters of Python's str, so a surrogate
    pair of Qt counts once). `revision` is the document's revision: an answer to an older one is stale.
    `title` is given only where `before` starts at the beginning of the document and does not name it itself.
    `document` tells documents apart.
    """

    before: str
    after: str = ""
    language: Language = "en"
    revision: int = 0
    title: str = ""
    document: str = ""


def window_start(cursor: int, window: int = WINDOW, step: int = STEP) -> int:
    """The first character that belongs to the window before `cursor`, on a grid of `step` characters.

    The same start is returned for `step` cursor positions in a row: typing at the end of a long
    text leaves everything before the cursor as it was, and with it the engine's cache.
    """
    if cursor <= window + step:
        return 0
    return (cursor - window) // step * step
