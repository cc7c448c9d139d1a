"""The boundaries of a suggestion with the text around it: spaces, whole graphemes, overlap with what follows.

The text returned here is what is shown and what accepting inserts.
"""

from __future__ import annotations

from writer.text.characters import (
    CLOSING_PUNCTUATION,
    OPENING_PUNCTUATION,
    extends_grapheme,
    is_regional_indicator,
    is_word_character,
    joins_without_space,
)
from writer.text.words import ends_in_word, splits_word

_SYMMETRIC_MARKS = "\"'*_`"
"""Marks that are the same when opening and closing."""

_JOINER = "\u200d"


def fit_after(before: str, text: str) -> str:
    """`text` with its spaces corrected to follow `before`; "" where it would change the last grapheme."""
    text = _normalise_spaces(text)
    if takes_no_space(before) or _has_surplus_space(before[-1:], text):
        text = text.lstrip()
    if not text.strip() or extends_grapheme(text[0]) or before.endswith(_JOINER):
        return ""
    if is_regional_indicator(text[0]) and before and is_regional_indicator(before[-1]):
        return ""
    return _trim_partial_grapheme(text)


def takes_no_space(before: str) -> bool:
    """Whether no space may follow `before`: at the start of a line, after a space, after an opening mark."""
    if not before or before[-1].isspace():
        return True
    if before[-1] in OPENING_PUNCTUATION:
        return not _closes_german_quote(before)
    return before[-1] in _SYMMETRIC_MARKS and _is_opening_mark(before)


def trim_overlap(text: str, after: str) -> str:
    """`text` without the end that `after` begins with.

    "" where nothing new is left, or where the two would join to one word.
    """
    rest = after.split("\n", 1)[0]
    if not rest.strip() or not text.strip():
        return text.strip() and text
    if rest.strip().startswith(text.strip()):
        return ""
    for length in range(min(len(text), len(rest)), 0, -1):
        if text.endswith(rest[:length]) and not _splits_word_at(text, len(text) - length):
            return trim_overlap(text[:-length].rstrip(), after)
    return "" if splits_word(text, rest) else text


def begins_word(before: str, after: str) -> bool:
    """Whether a word that spaces separate begins between the two texts: a suggestion there needs a space."""
    return takes_no_space(before) and bool(after) and is_word_character(after[0])


def separator(text: str, after: str) -> str:
    """The space between a suggestion and the word that `after` begins with; "" where none may stand."""
    if not text or text[-1] in OPENING_PUNCTUATION or text[-1].isspace():
        return ""
    return "" if joins_without_space(text[-1], after[0]) else " "


def _splits_word_at(text: str, position: int) -> bool:
    return splits_word(text[:position], text[position:])


def _closes_german_quote(before: str) -> bool:
    """Whether the mark at the end of `before`, which opens in English, closes a German quotation."""
    opening = {"“": "„", "‘": "‚"}.get(before[-1], "")
    line = before[before.rfind("\n") + 1 : -1]
    return bool(opening) and line.rfind(opening) > line.rfind(before[-1])


def _is_opening_mark(before: str) -> bool:
    """Whether the symmetric mark at the end of `before` opens: it follows a space and has no partner."""
    mark = before[-1]
    line = before[before.rfind("\n") + 1 :]
    run = len(line) - len(line.rstrip(mark))
    preceding = line[: len(line) - run]
    if (
        preceding
        and not preceding[-1].isspace()
        and preceding[-1] not in OPENING_PUNCTUATION + _SYMMETRIC_MARKS
    ):
        return False
    return (line.count(mark) // run) % 2 == 1


def _has_surplus_space(last: str, text: str) -> bool:
    """Whether the space that `text` begins with is wrong between `last` and the character after the space."""
    word = text.lstrip(" ")
    if word == text or not word or not last:
        return False
    closes = word[0] in CLOSING_PUNCTUATION and not ends_in_word(word[1:2])
    return joins_without_space(last, word[0]) or (closes and ends_in_word(last))


def _normalise_spaces(text: str) -> str:
    """`text` without doubled spaces and without those that tokenizers put between Chinese characters."""
    result: list[str] = []
    for position, character in enumerate(text):
        if character == " " and result:
            following = text[position:].lstrip(" ")[:1]
            if result[-1] == " " or (following and joins_without_space(result[-1], following)):
                continue
        result.append(character)
    return "".join(result)


def _trim_partial_grapheme(text: str) -> str:
    """`text` without the spaces, zero-width joiners and halves of flags at its end."""
    end = len(text)
    while end:
        flags = 0
        while flags < end and is_regional_indicator(text[end - 1 - flags]):
            flags += 1
        if flags % 2 == 0 and text[end - 1] != _JOINER and not text[end - 1].isspace():
            break
        end -= 1
    return text[:end]
