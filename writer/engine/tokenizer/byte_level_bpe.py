"""Byte-level BPE (Radford et al., 2019), as the library tokenizers does it, from tables that open at once.

The library reads a `tokenizer.json` in a tenth of a second in which it keeps the interpreter to itself, and
holds some 30 MB. What is written here is the usual case: no normalizer, words split as in GPT-2, digits apart
or not. A text that needs more is left to the library.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

_LETTER, _NUMBER, _SPACE, _OTHER, _UNKNOWN = "L", "N", "S", "O", "?"
"""The classes of characters; those of contractions and the space stand for themselves."""

_THEMSELVES = " 'strevmld"
_WHITE_SPACE = "\t\n\v\f\r\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)

_CONTRACTIONS = "'s|'t|'re|'ve|'m|'ll|'d"
_WORDS = re.compile(rf"{_CONTRACTIONS}| ?[Lstrevmld]+| ?N+| ?['O]+|[ S]+(?![^ S])|[ S]+")
_WORDS_AND_DIGITS = re.compile(rf"N|{_CONTRACTIONS}| ?[Lstrevmld]+| ?['O]+|[ S]+(?![^ SN])|[ S]+")
"""What is merged by itself, in classes of characters. A digit that stands apart ends what is before it."""

_NONE, _GONE = -1, -2
"""No token, and no pair that is merged; the place of what was merged to the left."""

_SHIFT = 32
_LOW = (1 << _SHIFT) - 1
_KNOWN_WORDS = 1 << 15


@dataclass(frozen=True, slots=True)
class BpeRules:
    """The merges of a vocabulary: `pairs`, ascending, are left << 32 | right, `merged` rank << 32 | result.

    `byte_ids` are the ids of the 256 bytes, -1 for those without a token. `digits_apart` says whether each
    digit is a word of its own. `reserved` are the names of special tokens with their ids.
    """

    pairs: array[int]
    merged: array[int]
    byte_ids: tuple[int, ...]
    digits_apart: bool
    reserved: dict[str, int]


class _Classes(dict[int, str]):
    """The classes of code points, for `str.translate`."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        category = unicodedata.category(character)
        if character in _THEMSELVES:
            found = character
        elif category[0] in "LN":
            found = category[0]
        elif character in _WHITE_SPACE:
            found = _SPACE
        else:  # what Python does not know yet, the library may know as a letter
            found = _UNKNOWN if category in ("Cn", "Cs") else _OTHER
        self[code] = found
        return found


class ByteLevelBpe:
    """Writes texts as tokens by `rules`."""

    def __init__(self, rules: BpeRules) -> None:
        self._rules = rules
        self._classes = _Classes()
        self._words = _WORDS_AND_DIGITS if rules.digits_apart else _WORDS
        self._reserved = re.compile("|".join(map(re.escape, rules.reserved)) or "(?!)")
        self._known: dict[str, tuple[int, ...]] = {}

    def encode(self, text: str) -> list[int] | None:
        """The ids of `text`; None where it has a special token's name, or characters that are not known."""
        classes = text.translate(self._classes)
        if _UNKNOWN in classes or self._reserved.search(text):
            return None
        ids = [i for word in self._split(text, classes) for i in self._encode_word(word)]
        return None if _NONE in ids else ids

    def _split(self, text: str, classes: str) -> Iterator[str]:
        return (text[found.start() : found.end()] for found in self._words.finditer(classes))

    def _encode_word(self, word: str) -> tuple[int, ...]:
        if (ids := self._known.get(word)) is None:
            if len(self._known) >= _KNOWN_WORDS:
                self._known.clear()
            byte_ids = self._rules.byte_ids
            ids = self._known[word] = tuple(self._merge([byte_ids[byte] for byte in word.encode()]))
        return ids

    def _merge(self, symbols: list[int]) -> list[int]:
        """The symbols after all merges: always the first one of the least rank."""
        count = len(symbols)
        before, behind = list(range(-1, count - 1)), list(range(1, count + 1))
        waiting = [
            (merged, i) for i in range(count - 1) if (merged := self._merged(symbols[i], symbols[i + 1])) >= 0
        ]
        heapify(waiting)
        while waiting:
            merged, i = heappop(waiting)
            right = behind[i]
            if right >= count or symbols[i] == _GONE or self._merged(symbols[i], symbols[right]) != merged:
                continue  # one of both was merged otherwise
            symbols[i], symbols[right], behind[i] = merged & _LOW, _GONE, behind[right]
            if behind[i] < count:
                before[behind[i]] = i
            for left, at in ((before[i], i), (i, behind[i])):
                if left >= 0 and at < count and (merged := self._merged(symbols[left], symbols[at])) >= 0:
                    heappush(waiting, (merged, left))
        return [symbol for symbol in symbols if symbol != _GONE]

    def _merged(self, left: int, right: int) -> int:
        """The rank << 32 | result of a pair, _NONE where it is not merged."""
        pairs, pair = self._rules.pairs, left << _SHIFT | right
        place = bisect_left(pairs, pair)
        return self._rules.merged[place] if place < len(pairs) and pairs[place] == pair else _NONE
