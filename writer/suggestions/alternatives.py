"""Which of the words that a model found for a gap are offered, and in which order."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from writer.suggestions.gap import Alternative, Gap, in_case_of, same_form
from writer.text.characters import is_han

OFFERED = 10
"""How many words are offered at the most."""

OTHER_FORM = -1.5
"""What a word loses, as a logarithm, whose ending is not that of the word which it would replace."""

LONGEST_HAN = 4
"""Characters that a Chinese word has at the most."""


def is_word(text: str) -> bool:
    """Whether `text` is one word: letters, with hyphens or apostrophes inside, or one to four Han characters.

    Han characters that no dictionary has as a word are none.
    """
    if text and all(map(is_han, text)):
        return len(text) == 1 or (len(text) <= LONGEST_HAN and _in_dictionary(text))
    parts = text.replace("’", "'").replace("-", "'").split("'")
    return all(part.isalpha() and not any(map(is_han, part)) for part in parts)


def ranked(
    found: Iterable[Alternative], gap: Gap, is_withheld: Callable[[str], bool] = lambda _word: False
) -> tuple[Alternative, ...]:
    """The best `OFFERED` of `found` in the form in which they stand in the gap, likeliest first.

    Each once, without the word that stands there now. The form of that word is kept where it can be.
    """
    shares: dict[str, Alternative] = {}
    for word in found:
        text = in_case_of(word.text, gap)
        if not is_word(text) or text.casefold() == gap.word.casefold() or is_withheld(text):
            continue
        logprob = word.logprob if same_form(text, gap.word) else word.logprob + OTHER_FORM
        known = shares.get(text.casefold())
        if known is None or known.logprob < logprob:
            shares[text.casefold()] = Alternative(text, logprob)
    return normalised(sorted(shares.values(), key=lambda word: -word.logprob))[:OFFERED]


def normalised(words: list[Alternative]) -> tuple[Alternative, ...]:
    """The same words, with shares that add up to one."""
    if not words:
        return ()
    highest = max(word.logprob for word in words)
    total = highest + math.log(sum(math.exp(word.logprob - highest) for word in words))
    return tuple(Alternative(word.text, word.logprob - total) for word in words)


def _in_dictionary(word: str) -> bool:
    from rjieba import has_word

    known: bool = has_word(word)
    return known
