"""The general text that validations read, so that no step is chosen at which too much is forgotten.

It is another one than that of the proof: what chooses proves nothing.
"""

from __future__ import annotations

import math

from writer.base.paths import resources_dir
from writer.engine.loading import CONTEXT_TOKENS
from writer.engine.tokenizer.vocabulary import Vocabulary
from writer.training.data_module import Rows

TOLERANCE = 1.05
"""The factor by which the perplexity of the general text may rise."""

_MARGIN = 0.8
"""The share of that which a chosen step may take: another text than that of the proof may rise less."""

MOST_RISE = _MARGIN * math.log(TOLERANCE)
"""The most by which the loss on the general text may rise at a step that is chosen, in nats per token."""


def general_rows(vocabulary: Vocabulary, language: str, positions: int) -> Rows:
    """The text in a language as rows of ids; none where there is no text in it.

    They are as long as what the engine reads, of a model with so many `positions`: within the window of a
    training a model may become better at a text, and worse at it behind that.
    """
    file = resources_dir() / "general" / "choosing" / f"{language}.txt"
    if not file.is_file():
        return ()
    start = vocabulary.special.start
    ids = vocabulary.encode(file.read_text("utf-8"))
    room = max(1, min(CONTEXT_TOKENS, positions) - len(start))
    return [{"input_ids": [*start, *ids[place : place + room]]} for place in range(0, len(ids), room)]
