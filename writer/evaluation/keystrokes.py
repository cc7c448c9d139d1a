"""What a text costs to type.

One key a character; a Chinese word costs the letters of its pinyin and one key to choose it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from writer.text.characters import is_han
from writer.text.words import first_word


@dataclass(frozen=True, slots=True)
class Stroke:
    """The smallest piece of text that is typed at once, and the keys that it takes."""

    text: str
    keys: int


def next_stroke(text: str, start: int) -> Stroke:
    """What is typed next at `start`: a character, or a Chinese word through an input method."""
    if not is_han(text[start]):
        return Stroke(text[start], 1)
    word = first_word(text[start : start + 24])
    return Stroke(word, pinyin_length(word) + 1)


def strokes(text: str) -> Iterator[Stroke]:
    """All of `text`, piece by piece."""
    place = 0
    while place < len(text):
        stroke = next_stroke(text, place)
        yield stroke
        place += len(stroke.text)


def keys_for(text: str) -> int:
    """The keys that `text` takes without any help."""
    return sum(stroke.keys for stroke in strokes(text))


def pinyin_length(word: str) -> int:
    """The letters of a word's pinyin without tones; ü is typed as v."""
    from pypinyin import lazy_pinyin

    return sum(len(syllable) for syllable in lazy_pinyin(word))
