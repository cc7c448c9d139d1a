"""Word and phrase segmentation of Latin and Chinese text, the units in which suggestions are accepted.

A word includes the space and the opening marks before it; the marks after it are a word of their own.
Chinese, which has no spaces, is segmented with rjieba.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from writer.text.characters import APOSTROPHES, OPENING_PUNCTUATION, is_han, is_word_character
from writer.text.language import is_cjk

_PHRASE = re.compile(r".*?[,.;:!?，。；：！？、…](?=\s|$|[^\x00-\x7f])", re.DOTALL)
_WORD_OPENERS = OPENING_PUNCTUATION + "\"'*_`#@$"
_SEGMENT_LENGTH = 24
"""Han characters that are segmented at once; the first word ends well within them."""


def first_word(text: str) -> str:
    """The leading space and the first word of `text`; all of `text` where it has no word."""
    start = 0
    while start < len(text) and text[start].isspace():
        start += 1
    if start == len(text):
        return text
    return text[: start + _word_length(text[start:])]


def first_phrase(text: str) -> str:
    """`text` up to and including its first punctuation mark; all of `text` where it has none."""
    found = _PHRASE.match(text)
    return found.group() if found else text


def words(text: str) -> Iterator[str]:
    """The words of `text` as "accept word" takes them; joined they are `text`."""
    while text:
        word = first_word(text)
        yield word
        text = text[len(word) :]


def word_around(text: str, position: int) -> tuple[int, int]:
    """The start and end of the word that `position` lies in or touches; `position` twice where there is none.

    Between two Chinese words it is the one before.
    """
    start = position
    while start and (is_word_character(text[start - 1]) or (start > 1 and _is_word_joiner(text, start - 1))):
        start -= 1
    while start < position and not is_word_character(text[start]):
        start += 1
    if start < position or is_word_character(text[position : position + 1] or " "):
        return start, max(_latin_end(text, start), position)
    return _han_around(text, position)


def ends_in_word(text: str) -> bool:
    """Whether `text` ends with a letter or digit, so that a letter after it would extend its last word."""
    return bool(text) and is_word_character(text[-1])


def continues_word(text: str) -> bool:
    """Whether `text`, put after a letter, continues the same word."""
    if not text:
        return False
    if text[0] in APOSTROPHES:
        return len(text) > 1 and is_word_character(text[1])
    return is_word_character(text[0])


def splits_word(before: str, after: str) -> bool:
    """Whether the boundary between two adjacent texts lies within a word that spaces separate."""
    return ends_in_word(before) and continues_word(after)


def saves_keystrokes(text: str) -> bool:
    """Whether accepting `text` takes fewer keystrokes than typing it: two characters or more, spaces aside.

    A single Han character saves none: what is composed before it would have to be chosen first.
    """
    stripped = text.strip()
    if any(is_han(c) for c in stripped):
        return len(stripped) > 1
    return len(text.rstrip()) > 1 and bool(stripped) and stripped[-1] not in OPENING_PUNCTUATION


def _word_length(text: str) -> int:
    """The length of the first word of `text`, which does not begin with a space."""
    if is_han(text[0]):
        return len(_segment(text))
    if is_cjk(text[0]):
        return 1
    end = 0
    while end < len(text) and text[end] in _WORD_OPENERS:
        end += 1
    inside = _latin_end(text, end)
    if inside > end:
        return inside
    end = 0
    while end < len(text) and not (text[end].isspace() or is_cjk(text[end]) or is_word_character(text[end])):
        end += 1
    return max(end, 1)


def _latin_end(text: str, start: int) -> int:
    """The end of the word that begins at `start`: letters and digits, and single joiners between them."""
    end = start
    while end < len(text):
        if is_word_character(text[end]):
            end += 1
        elif end > start and _is_word_joiner(text, end):
            end += 2
        else:
            break
    return end


def _is_word_joiner(text: str, position: int) -> bool:
    """Whether the mark at `position` joins two parts of one word: don't, well-known, 1,000.5."""
    if position + 1 >= len(text) or not is_word_character(text[position + 1]):
        return False
    if text[position] in APOSTROPHES + "-":
        return True
    return text[position] in ".,:" and text[position - 1].isdigit() and text[position + 1].isdigit()


def _han_around(text: str, position: int) -> tuple[int, int]:
    """`word_around` for a position in or beside Han characters."""
    start = end = position
    while start and position - start < _SEGMENT_LENGTH and is_han(text[start - 1]):
        start -= 1
    while end < len(text) and end - position < _SEGMENT_LENGTH and is_han(text[end]):
        end += 1
    if start == end:
        return position, position
    from rjieba import tokenize

    spans = [(start + first, start + last) for _, first, last in tokenize(text[start:end])]
    return next(span for span in spans if span[0] <= position <= span[1])


def _segment(text: str) -> str:
    """The first word of the Han characters that `text` begins with."""
    from rjieba import cut  # loads a dictionary of 5 MB, so only where there is Chinese

    end = 0
    while end < min(len(text), _SEGMENT_LENGTH) and is_han(text[end]):
        end += 1
    first: str = cut(text[:end])[0]
    return first
