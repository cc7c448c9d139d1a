"""The number of keystrokes that typing a text takes.

A character takes one; a Chinese word takes the letters of its pinyin, and one keystroke more chooses the
characters of a whole run at its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from writer.text.characters import is_han
from writer.text.words import first_word


@dataclass(frozen=True, slots=True)
class InputUnit:
    """The smallest text that is typed at once, and the keystrokes that it takes.

    `composing`: more of a run of Chinese follows, so that nothing is chosen yet.
    """

    text: str
    keystrokes: int
    composing: bool = False


def next_input_unit(text: str, start: int, end: int | None = None) -> InputUnit:
    """The unit that is typed at `start`: a character, or a Chinese word through an input method.

    Where an `end` is given, the unit does not go beyond it.
    """
    if not is_han(text[start]):
        return InputUnit(text[start], 1)
    word = first_word(text[start : min(start + 24, len(text) if end is None else end)])
    after = start + len(word)
    composing = after < len(text) and is_han(text[after])
    return InputUnit(word, pinyin_length(word) + (not composing), composing)


def input_units(text: str, start: int = 0, end: int | None = None) -> Iterator[InputUnit]:
    """The units of `text` from `start` to `end`, in order; joined they are that part."""
    position, end = start, len(text) if end is None else end
    while position < end:
        unit = next_input_unit(text, position, end)
        yield unit
        position += len(unit.text)


def keystrokes_for(text: str, start: int = 0, end: int | None = None) -> int:
    """The keystrokes that `text` takes from `start` to `end` without suggestions."""
    return sum(unit.keystrokes for unit in input_units(text, start, end))


def pinyin_length(word: str) -> int:
    """The number of letters in a word's pinyin without tones; ü is typed as v."""
    from pypinyin import lazy_pinyin

    return sum(len(syllable) for syllable in lazy_pinyin(word))
