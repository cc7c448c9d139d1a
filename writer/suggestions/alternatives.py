"""The ranking of the words that a model proposes for a gap."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from writer.suggestions.gap import Alternative, Gap, apply_case, same_inflection
from writer.text.characters import is_han

MAX_ALTERNATIVES = 10
"""The most words that are offered."""

INFLECTION_PENALTY = -1.5
"""Added to the log-probability of a word whose ending differs from that of the word it would replace."""

MAX_HAN_LENGTH = 4
"""The most characters of a Chinese word."""


def is_word(text: str) -> bool:
    """Whether `text` is one word: letters with hyphens or apostrophes inside, or one to four Han characters.

    Two or more Han characters must be in the dictionary of rjieba.
    """
    if text and all(map(is_han, text)):
        return len(text) == 1 or (len(text) <= MAX_HAN_LENGTH and _in_dictionary(text))
    parts = text.replace("’", "'").replace("-", "'").split("'")
    return all(part.isalpha() and not any(map(is_han, part)) for part in parts)


def ranked(
    found: Iterable[Alternative], gap: Gap, is_withheld: Callable[[str], bool] = lambda _word: False
) -> tuple[Alternative, ...]:
    """The likeliest `MAX_ALTERNATIVES` of `found`, likeliest first, in the case that they have in the gap.

    Duplicates, the present word and words that `is_withheld` are dropped; words with the ending of the
    present word rank higher. The log-probabilities are normalised over all words that remain.
    """
    best: dict[str, Alternative] = {}
    for word in found:
        text = apply_case(word.text, gap)
        if not is_word(text) or text.casefold() == gap.word.casefold() or is_withheld(text):
            continue
        logprob = word.logprob if same_inflection(text, gap.word) else word.logprob + INFLECTION_PENALTY
        known = best.get(text.casefold())
        if known is None or known.logprob < logprob:
            best[text.casefold()] = Alternative(text, logprob)
    return normalised(sorted(best.values(), key=lambda word: -word.logprob))[:MAX_ALTERNATIVES]


def normalised(words: list[Alternative]) -> tuple[Alternative, ...]:
    """The same words, with probabilities that add up to one."""
    if not words:
        return ()
    highest = max(word.logprob for word in words)
    total = highest + math.log(sum(math.exp(word.logprob - highest) for word in words))
    return tuple(Alternative(word.text, word.logprob - total) for word in words)


def _in_dictionary(word: str) -> bool:
    from rjieba import has_word

    known: bool = has_word(word)
    return known
