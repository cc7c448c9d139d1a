"""Where words and phrases end, in Latin and Chinese text."""

from __future__ import annotations

import re

from writer.text.context import is_cjk

_LATIN = re.compile(r"\s*(?:[^\W\d_]+(?:['’\-][^\W\d_]+)*|\d+(?:[.,:]\d+)*|[^\w\s]+|_+)[^\w\s]*")
_PHRASE = re.compile(r".*?[,.;:!?，。；：！？、…](?=\s|$|[^\x00-\x7f])", re.DOTALL)


def first_word(text: str) -> str:
    """Leading space and the first word of `text`, with the punctuation that hangs on it."""
    stripped = text.lstrip()
    if not stripped:
        return text
    if is_cjk(stripped[0]):
        return text[: len(text) - len(stripped) + 1]
    for end, character in enumerate(stripped):
        if is_cjk(character):
            stripped = stripped[:end]
            break
    lead = text[: len(text) - len(text.lstrip())]
    found = _LATIN.match(stripped)
    return lead + (found.group() if found else stripped)


def first_phrase(text: str) -> str:
    """`text` up to and with its first punctuation mark; all of it where there is none."""
    found = _PHRASE.match(text)
    return found.group() if found else text
