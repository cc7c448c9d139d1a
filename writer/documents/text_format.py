"""The format of a text file: encoding, byte order mark, newlines and exceptions, so that saving is lossless.

The editor cannot hold some characters, and some bytes are not what the codec would write: invalid UTF-8, the
duplicate codes of Big5 and Shift-JIS. The `TextFormat` maps both; where it cannot, `exact` is false, and the
file must not be written before the user was asked.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
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
"""Characters to stand in for others: Unicode's noncharacters, then some of private use."""

UTF_8 = "utf-8"
_LINES = re.compile(rb"[^\n]*\n?")


class TooFewStandInsError(Exception):
    """The text has more reserved characters than there are stand-ins for them."""


class UnencodableError(Exception):
    """An encoding lacks `characters`, the first ten at most."""

    def __init__(self, characters: str) -> None:
        super().__init__(characters)
        self.characters = characters


@dataclass(frozen=True, slots=True)
class TextFormat:
    """The format of a text file.

    `newline` is its line end, `bom` whether it begins with a byte order mark, `encoding` the name of Python's
    codec. `stand_ins` are pairs (character in the file, its stand-in in the editor), `spellings` pairs
    (character, its bytes in the file, where the codec would write others). `exact` is whether encoding the
    text gives the bytes that were read.
    """

    newline: str = "\n"
    bom: bool = False
    stand_ins: tuple[tuple[str, str], ...] = ()
    encoding: str = UTF_8
    spellings: tuple[tuple[str, bytes], ...] = ()
    exact: bool = True

    def with_text(self, text: str, stand_ins: tuple[tuple[str, str], ...]) -> tuple[str, TextFormat]:
        """A text that has other `stand_ins`, with those of this format; and the format with what it lacks."""
        known, changes = dict(self.stand_ins), {}
        for original, stand_in in stand_ins:
            if original not in known:
                taken = set(known.values())
                others = (character for character in _STAND_INS if character not in text)
                free = (character for character in (stand_in, *others) if character not in taken)
                known[original] = next(free, stand_in)
            changes[ord(stand_in)] = known[original]
        return text.translate(changes), replace(self, stand_ins=tuple(known.items()))

    def in_utf_8(self) -> TextFormat:
        """The same format in UTF-8, which has all characters."""
        return TextFormat(self.newline, stand_ins=self.stand_ins)


def decode(data: bytes, encoding: str) -> tuple[str, TextFormat]:
    """The text of `data` in `encoding`, with newline characters, and its format.

    Raises UnicodeDecodeError, but not in UTF-8, whose invalid bytes get stand-ins, and TooFewStandInsError.
    """
    text = _decoded(data, encoding)
    bom = text.startswith("\ufeff") and _may_have_bom(encoding)
    spellings, exact = ((), True) if encoding == UTF_8 else _spellings(data, text, encoding)
    if bom:
        text = text[1:]
    newline = _newline(text)
    if newline != "\n":
        text = text.replace(newline, "\n")
    reserved = [c for c in _RESERVED if c in text]
    if encoding == UTF_8 and not text.isascii():
        reserved += sorted(set(_DAMAGED.findall(text)))
    free = list(islice((c for c in _STAND_INS if c not in text), len(reserved)))
    if len(reserved) > len(free):
        raise TooFewStandInsError
    pairs = tuple(zip(reserved, free, strict=True))
    for original, stand_in in pairs:
        text = text.replace(original, stand_in)
    return text, TextFormat(newline, bom, pairs, encoding, spellings, exact)


def encode(text: str, form: TextFormat) -> bytes:
    """The bytes of a text in a format. Raises UnencodableError."""
    if form.newline != "\n":
        text = text.replace("\n", form.newline)
    text = _SURROGATE.sub("\ufffd", text)
    for original, stand_in in form.stand_ins:
        text = text.replace(stand_in, original)
    if form.bom:
        text = "\ufeff" + text
    if form.spellings:
        return b"".join(_encoded_parts(text, form))
    return _encoded(text, form.encoding)


def _decoded(data: bytes, encoding: str) -> str:
    return data.decode(encoding, "surrogateescape" if encoding == UTF_8 else "strict")


def _encoded(text: str, encoding: str) -> bytes:
    if encoding == UTF_8:
        return text.encode(UTF_8, "surrogateescape")
    try:
        return text.encode(encoding)
    except UnicodeEncodeError as error:
        lacking = dict.fromkeys(
            c for c in text[error.start : error.start + 10_000] if not _can_encode(encoding, c)
        )
        raise UnencodableError("".join(lacking)[:10]) from error


def _can_encode(encoding: str, character: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _may_have_bom(encoding: str) -> bool:
    return encoding.startswith(("utf-8", "utf-16", "utf-32"))


def _newline(text: str) -> str:
    """The line end of all lines; a newline character where they are mixed (then "\\r" is text)."""
    returns = text.count("\r")
    if not returns:
        return "\n"
    if text.count("\r\n") == returns == text.count("\n"):
        return "\r\n"
    return "\r" if "\n" not in text else "\n"


def _spellings(data: bytes, text: str, encoding: str) -> tuple[tuple[tuple[str, bytes], ...], bool]:
    """The `spellings` of a file, and whether with them encoding is exact."""
    if _round_trips(text, encoding, data):
        return (), True
    found: dict[str, bytes] = {}
    try:
        for line in _LINES.findall(data):
            if not _round_trips(line.decode(encoding), encoding, line):
                found |= _other_spellings(line, encoding)
    except UnicodeDecodeError:  # a newline byte within a character
        return (), False
    spellings = tuple(found.items())
    kept = b"".join(_encoded_parts(text, TextFormat(encoding=encoding, spellings=spellings)))
    return (spellings, True) if kept == data else ((), False)


def _round_trips(text: str, encoding: str, data: bytes) -> bool:
    try:
        return text.encode(encoding) == data
    except UnicodeEncodeError:
        return False


def _other_spellings(line: bytes, encoding: str) -> dict[str, bytes]:
    decoder = codecs.getincrementaldecoder(encoding)()
    found, begin = {}, 0
    for end in range(1, len(line) + 1):
        character = decoder.decode(line[end - 1 : end])
        if character:
            if not _round_trips(character, encoding, line[begin:end]):
                found[character] = line[begin:end]
            begin = end
    return found


def _encoded_parts(text: str, form: TextFormat) -> Iterator[bytes]:
    spellings = dict(form.spellings)
    pattern = "|".join(re.escape(character) for character in sorted(spellings, key=len, reverse=True))
    for part in re.split(f"({pattern})", text):
        yield spellings[part] if part in spellings else _encoded(part, form.encoding)
