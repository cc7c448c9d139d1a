"""The headings of a text file, read from its beginning alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from writer.base.regular_file import open_regular
from writer.documents.encoding_detection import detect_and_decode
from writer.documents.text_format import TooFewStandInsError, decode
from writer.text.markdown import closes_fence, fence, heading

MAX_BYTES = 1 << 20
"""The bytes of a file that are read, about a novel."""

MAX_HEADINGS = 400
"""The most headings of one file."""


@dataclass(frozen=True, slots=True)
class TextHeading:
    """A heading in a file: the index of its line, its level (1 to 6) and its text."""

    line: int
    level: int
    text: str


def read_headings(path: Path) -> tuple[TextHeading, ...]:
    """The headings in the first `MAX_BYTES` of a file, `MAX_HEADINGS` at most; none where it is no text.

    Raises OSError.
    """
    with open_regular(path) as file:
        data = file.read(MAX_BYTES)
    if len(data) == MAX_BYTES:
        data = data[: data.rfind(b"\n") + 1]  # no half character at the end
    found = detect_and_decode(data)
    if found is None:
        return ()
    try:
        text, _ = decode(data, found.encoding)
    except (UnicodeDecodeError, TooFewStandInsError):
        return ()
    return tuple(islice(headings_of(text), MAX_HEADINGS))


def headings_of(text: str) -> Iterator[TextHeading]:
    """The headings of a text, without the lines of its code blocks."""
    opening = ""
    for number, line in enumerate(text.split("\n")):
        if opening:
            if closes_fence(line, opening):
                opening = ""
        elif opening := fence(line):
            continue
        elif (found := heading(line)) and found[1]:
            yield TextHeading(number, *found)
