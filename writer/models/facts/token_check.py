"""A check of the token ids of a model folder against the rows of its embedding, before it is installed."""

from __future__ import annotations

import logging
from pathlib import Path

from writer.base.errors import Message, Sentence, panics_as_errors
from writer.models.facts.model_facts import model_facts
from writer.models.facts.special_tokens import open_with_special_tokens

log = logging.getLogger(__name__)


def why_tokens_do_not_fit(folder: Path) -> Message:
    """The sentence why a text may get ids that the model has no weights for, "" where none can.

    Special tokens without weights are no fault: many tokenizers have some that never occur. A tokenizer that
    cannot be read is none here, either; loading says so.
    """
    rows = model_facts(folder).vocabulary
    if not rows:
        return ""
    try:
        with panics_as_errors():
            tokenizer, special = open_with_special_tokens(folder)
            ids = [i for i in tokenizer.get_vocab(with_added_tokens=True).values() if i not in special.hidden]
    except Exception as error:  # noqa: BLE001  the library raises no narrower class
        log.warning("the tokenizer of a model is not read: %s", type(error).__name__)
        return ""
    highest = max([*ids, *special.start], default=0)
    if highest < rows:
        return ""
    return Sentence(
        "The list of words of this model has a token {token}, and its weights end at {rows}; get the model "
        "from elsewhere.",
        {"token": highest, "rows": rows - 1},
    )
