"""The number of keystrokes that typing a text takes.

A character takes one; a Chinese word takes the letters of its pinyin and one keystroke to choose it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from writer.text.characters import is_han
from writer.text.words import first_word


@dataclass(frozen=True, slots=True)
class InputUnit:
    """The smallest text that is typed at once, and the keystrokes that it takes."""

    text: str
    keystrokes: int


def next_input_unit(text: str, start: int) -> InputUnit:
    """The unit that is typed at `start`: a character, or a Chinese word through an input method."""
    if not is_han(text[start]):
        return InputUnit(text[start], 1)
    word = first_word(text[start : start + 24])
    return InputUnit(word, pinyin_length(word) + 1)


def input_units(text: str) -> Iterator[InputUnit]:
    """The units of `text`, in order; joined they are `text`."""
    position = 0
    while position < len(text):
        unit = next_input_unit(text, position)
        yield unit
        position += len(unit.text)


def keystrokes_for(text: str) -> int:
    """The keystrokes that `text` takes without suggestions."""
    return sum(unit.keystrokes for unit in input_units(text))


def pinyin_length(word: str) -> int:
    """The number of letters in a word's pinyin without tones; ü is typed as v."""
    from pypinyin import lazy_pinyin

    return sum(len(syllable) for syllable in lazy_pinyin(word))
