"""Text and bytes of a file: what a file has besides its text, so that saving gives back the same bytes.

A few characters mean something else to the editor, and a few bytes something that no encoding gives back:
damaged UTF-8, the double entries of Big5 and Shift-JIS. Each is kept in the `TextFormat` and returns to
its place; where that cannot be, `exact` is false and nothing is written before the writer was asked.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

_RESERVED = "\0\r\u2029\ufdd0\ufdd1\ufffc"
_DAMAGED = re.compile("[\udc80-\udcff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_STAND_INS = [
    chr(code)
    for code in [
        *range(0xFDD2, 0xFDF0),
        *(p << 16 | n for p in range(1, 17) for n in (0xFFFE, 0xFFFF)),
        *range(0x10FE00, 0x10FFFE),
    ]
]
"""Code points that Unicode promises never to give to a character, and then some of private use."""

UTF_8 = "utf-8"
_LINES = re.compile(rb"[^\n]*\n?")


class UnkeptError(Exception):
    """The text has more characters that the editor cannot keep than there are others to stand for them."""


class UnwritableError(Exception):
    """An encoding has no bytes for `characters`, the first ones of the text that it lacks."""

    def __init__(self, characters: str) -> None:
        super().__init__(characters)
        self.characters = characters


@dataclass(frozen=True, slots=True)
class TextFormat:
    """What a text file has besides its text.

    `encoding` is the name of Python's codec, `bom` whether the file begins with the mark of byte order.
    `stand_ins` are pairs (character of the file, character that stands for it in the window). `spellings`
    are characters that the file writes with other bytes than the codec does. `exact` tells whether the
    text gives back the bytes that were read.
    """

    newline: str = "\n"
    bom: bool = False
    stand_ins: tuple[tuple[str, str], ...] = ()
    encoding: str = UTF_8
    spellings: tuple[tuple[str, bytes], ...] = ()
    exact: bool = True

    def in_utf_8(self) -> TextFormat:
        """The same form in UTF-8, which has every character."""
        return TextFormat(self.newline, stand_ins=self.stand_ins)


def decode(data: bytes, encoding: str) -> tuple[str, TextFormat]:
    """The text that `data` is in `encoding`, lines ending with a newline character, and its form.

    UnicodeDecodeError, never in UTF-8, whose damaged bytes are kept; UnkeptError.
    """
    text = _decoded(data, encoding)
    bom = text.startswith("\ufeff") and _has_mark(encoding)
    spellings, exact = ((), True) if encoding == UTF_8 else _spellings(data, text, encoding)
    if bom:
        text = text[1:]
    newline = _newline(text)
    if newline != "\n":
        text = text.replace(newline, "\n")
    used = [c for c in _RESERVED if c in text]
    if encoding == UTF_8 and not text.isascii():
        used += sorted(set(_DAMAGED.findall(text)))
    free = list(islice((c for c in _STAND_INS if c not in text), len(used)))
    if len(used) > len(free):
        raise UnkeptError
    pairs = tuple(zip(used, free, strict=True))
    for original, stand_in in pairs:
        text = text.replace(original, stand_in)
    return text, TextFormat(newline, bom, pairs, encoding, spellings, exact)


def encode(text: str, form: TextFormat) -> bytes:
    """The bytes of a text in a form. UnwritableError."""
    if form.newline != "\n":
        text = text.replace("\n", form.newline)
    text = _SURROGATE.sub("\ufffd", text)
    for original, stand_in in form.stand_ins:
        text = text.replace(stand_in, original)
    if form.bom:
        text = "\ufeff" + text
    if form.spellings:
        return b"".join(_spelt(text, form))
    return _encoded(text, form.encoding)


def _decoded(data: bytes, encoding: str) -> str:
    return data.decode(encoding, "surrogateescape" if encoding == UTF_8 else "strict")


def _encoded(text: str, encoding: str) -> bytes:
    if encoding == UTF_8:
        return text.encode(UTF_8, "surrogateescape")
    try:
        return text.encode(encoding)
    except UnicodeEncodeError as error:
        lacking = dict.fromkeys(c for c in text[error.start : error.start + 10_000] if not _has(encoding, c))
        raise UnwritableError("".join(lacking)[:10]) from error


def _has(encoding: str, character: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _has_mark(encoding: str) -> bool:
    return encoding.startswith(("utf-8", "utf-16", "utf-32"))


def _newline(text: str) -> str:
    """The line end of all lines; a newline character where they are mixed (then "\\r" stays text)."""
    returns = text.count("\r")
    if not returns:
        return "\n"
    if text.count("\r\n") == returns == text.count("\n"):
        return "\r\n"
    return "\r" if "\n" not in text else "\n"


def _spellings(data: bytes, text: str, encoding: str) -> tuple[tuple[tuple[str, bytes], ...], bool]:
    """The characters that the file spells otherwise than the codec, and whether the bytes are kept so."""
    if _gives_back(text, encoding, data):
        return (), True
    found: dict[str, bytes] = {}
    try:
        for line in _LINES.findall(data):
            if not _gives_back(line.decode(encoding), encoding, line):
                found |= _spelt_otherwise(line, encoding)
    except UnicodeDecodeError:  # a newline byte within a character
        return (), False
    spellings = tuple(found.items())
    kept = b"".join(_spelt(text, TextFormat(encoding=encoding, spellings=spellings)))
    return (spellings, True) if kept == data else ((), False)


def _gives_back(text: str, encoding: str, data: bytes) -> bool:
    try:
        return text.encode(encoding) == data
    except UnicodeEncodeError:
        return False


def _spelt_otherwise(line: bytes, encoding: str) -> dict[str, bytes]:
    decoder = codecs.getincrementaldecoder(encoding)()
    found, begin = {}, 0
    for end in range(1, len(line) + 1):
        character = decoder.decode(line[end - 1 : end])
        if character:
            if not _gives_back(character, encoding, line[begin:end]):
                found[character] = line[begin:end]
            begin = end
    return found


def _spelt(text: str, form: TextFormat) -> Iterator[bytes]:
    spellings = dict(form.spellings)
    pattern = "|".join(re.escape(character) for character in sorted(spellings, key=len, reverse=True))
    for part in re.split(f"({pattern})", text):
        yield spellings[part] if part in spellings else _encoded(part, form.encoding)
