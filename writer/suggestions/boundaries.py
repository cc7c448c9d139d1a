"""The seams before and after a suggestion: no doubled and no missing space, no half character.

What is returned here is what the ghost shows, and what the ghost shows is what accepting inserts.
"""

from __future__ import annotations

from writer.text.characters import (
    CLOSING,
    OPENING,
    extends_grapheme,
    is_regional,
    joins_without_space,
)
from writer.text.words import breaks_word, ends_in_word

_PAIRED = "\"'*_`"
"""Marks that look alike at both ends; the number of them before the cursor tells which one stands there."""


def fit(before: str, text: str) -> str:
    """`text` as it can stand behind `before`: spaces put right; "" where a character would be changed."""
    text = _without_stray_spaces(text)
    if takes_no_space(before) or _space_is_too_much(before[-1:], text):
        text = text.lstrip()
    if not text.strip() or extends_grapheme(text[0]) or before.endswith("\u200d"):
        return ""
    if is_regional(text[0]) and before and is_regional(before[-1]):
        return ""
    return _whole_graphemes(text.rstrip()).rstrip()


def takes_no_space(before: str) -> bool:
    """Whether no space may come next: a line begins, a space stands there already, something has opened."""
    if not before or before[-1].isspace() or before[-1] in OPENING:
        return True
    return before[-1] in _PAIRED and _opens(before)


def before_rest(text: str, after: str) -> str:
    """`text` as it can stand in front of `after`: what `after` says anyway is left out.

    "" where the two would run together, or where nothing new is left.
    """
    rest = after.split("\n", 1)[0]
    if not rest.strip() or not text.strip():
        return text.strip() and text
    if rest.strip().startswith(text.strip()):
        return ""
    for length in range(min(len(text), len(rest)), 0, -1):
        if text.endswith(rest[:length]) and not _cuts_word(text, len(text) - length):
            return before_rest(text[:-length].rstrip(), after)
    return "" if breaks_word(text, rest) else text


def _cuts_word(text: str, place: int) -> bool:
    return breaks_word(text[:place], text[place:])


def _opens(before: str) -> bool:
    """Whether the mark at the end of `before` begins what it encloses: behind a space, without a partner."""
    mark = before[-1]
    line = before[before.rfind("\n") + 1 :]
    run = len(line) - len(line.rstrip(mark))
    behind = line[: len(line) - run]
    if behind and not behind[-1].isspace() and behind[-1] not in OPENING + _PAIRED:
        return False
    return (line.count(mark) // run) % 2 == 1


def _space_is_too_much(last: str, text: str) -> bool:
    """Whether the space at the start of `text` should not stand between `last` and what follows it."""
    word = text.lstrip(" ")
    if word == text or not word or not last:
        return False
    closes = word[0] in CLOSING and not ends_in_word(word[1:2])
    return joins_without_space(last, word[0]) or (closes and ends_in_word(last))


def _without_stray_spaces(text: str) -> str:
    """No doubled space, and none where Chinese has none, though some tokenizers put one there."""
    kept: list[str] = []
    for place, character in enumerate(text):
        if character == " " and kept:
            following = text[place:].lstrip(" ")[:1]
            if kept[-1] == " " or (following and joins_without_space(kept[-1], following)):
                continue
        kept.append(character)
    return "".join(kept)


def _whole_graphemes(text: str) -> str:
    """`text` without a last character that waits for another one."""
    end = len(text)
    while end and text[end - 1] == "\u200d":
        end -= 1
    flags = 0
    while flags < end and is_regional(text[end - 1 - flags]):
        flags += 1
    return text[: end - flags % 2]
