"""Where words and phrases end, in Latin and Chinese text.

A word that a key accepts brings the space before it along, and the marks that open it; the marks that
follow it are a word of their own. Chinese, which puts no spaces, is cut by a segmentation library.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from writer.text.characters import APOSTROPHES, OPENING, is_han, is_word_character
from writer.text.language import is_cjk

_PHRASE = re.compile(r".*?[,.;:!?，。；：！？、…](?=\s|$|[^\x00-\x7f])", re.DOTALL)
_OPENS = OPENING + "\"'*_`#@$"
_SEGMENTED = 24
"""Han characters that are segmented at once: enough to see where the first word ends."""


def first_word(text: str) -> str:
    """Leading space and the first word of `text`; all of it where there is none."""
    start = 0
    while start < len(text) and text[start].isspace():
        start += 1
    if start == len(text):
        return text
    return text[: start + _word_length(text[start:])]


def first_phrase(text: str) -> str:
    """`text` up to and with its first punctuation mark; all of it where there is none."""
    found = _PHRASE.match(text)
    return found.group() if found else text


def words(text: str) -> Iterator[str]:
    """`text` in the pieces that "accept word" takes, one after the other; together they are `text`."""
    while text:
        word = first_word(text)
        yield word
        text = text[len(word) :]


def word_around(text: str, place: int) -> tuple[int, int]:
    """Where the word begins and ends that `place` lies in or touches; twice `place` where there is none.

    Between two Chinese words it is the one before.
    """
    start = place
    while start and (is_word_character(text[start - 1]) or (start > 1 and _is_joint(text, start - 1))):
        start -= 1
    while start < place and not is_word_character(text[start]):
        start += 1
    if start < place or is_word_character(text[place : place + 1] or " "):
        return start, max(_latin_end(text, start), place)
    return _han_around(text, place)


def ends_in_word(text: str) -> bool:
    """Whether `text` ends with a letter or digit, so that a letter behind it would change its last word."""
    return bool(text) and is_word_character(text[-1])


def continues_word(text: str) -> bool:
    """Whether `text`, put behind a letter, goes on with the same word."""
    if not text:
        return False
    if text[0] in APOSTROPHES:
        return len(text) > 1 and is_word_character(text[1])
    return is_word_character(text[0])


def breaks_word(before: str, after: str) -> bool:
    """Whether the seam between the two texts lies within a word that spaces separate."""
    return ends_in_word(before) and continues_word(after)


def is_worth_a_key(text: str) -> bool:
    """Whether accepting `text` presses fewer keys than writing it: two characters, or one that is Han."""
    stripped = text.strip()
    if any(is_han(c) for c in stripped):
        return True
    return len(text.rstrip()) > 1 and bool(stripped) and stripped[-1] not in OPENING


def _word_length(text: str) -> int:
    """The length of the first word of `text`, which begins with no space."""
    if is_han(text[0]):
        return len(_segment(text))
    if is_cjk(text[0]):
        return 1
    end = 0
    while end < len(text) and text[end] in _OPENS:
        end += 1
    inside = _latin_end(text, end)
    if inside > end:
        return inside
    end = 0
    while end < len(text) and not (text[end].isspace() or is_cjk(text[end]) or is_word_character(text[end])):
        end += 1
    return max(end, 1)


def _latin_end(text: str, start: int) -> int:
    """Where the word ends that begins at `start`: letters and digits, and single joints between them."""
    end = start
    while end < len(text):
        if is_word_character(text[end]):
            end += 1
        elif end > start and _is_joint(text, end):
            end += 2
        else:
            break
    return end


def _is_joint(text: str, place: int) -> bool:
    """Whether the mark at `place` holds two parts of one word together: don't, well-known, 1,000.5."""
    if place + 1 >= len(text) or not is_word_character(text[place + 1]):
        return False
    if text[place] in APOSTROPHES + "-":
        return True
    return text[place] in ".,:" and text[place - 1].isdigit() and text[place + 1].isdigit()


def _han_around(text: str, place: int) -> tuple[int, int]:
    """See `word_around`, among Han characters."""
    start = end = place
    while start and place - start < _SEGMENTED and is_han(text[start - 1]):
        start -= 1
    while end < len(text) and end - place < _SEGMENTED and is_han(text[end]):
        end += 1
    if start == end:
        return place, place
    from rjieba import tokenize

    spans = [(start + first, start + last) for _, first, last in tokenize(text[start:end])]
    return next(span for span in spans if span[0] <= place <= span[1])


def _segment(text: str) -> str:
    """The first word of the run of Han characters that `text` begins with."""
    from rjieba import cut  # brings a dictionary of 5 MB along: only where there is Chinese

    end = 0
    while end < min(len(text), _SEGMENTED) and is_han(text[end]):
        end += 1
    first: str = cut(text[:end])[0]
    return first
