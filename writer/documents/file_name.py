"""Names for text files, proposed from a text's first heading and with the chosen ending; titles of files."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from pathlib import PurePath

from writer.text.front_matter import FENCE, MAX_LINES, closes_front_matter
from writer.text.markdown import SpanKind, closes_fence, fence, heading, spans

TEXT_ENDINGS = (".txt", ".md", ".markdown")
"""The endings of texts, which the dialogs offer."""

_KEPT = frozenset(
    (
        *(*TEXT_ENDINGS, ".text", ".mdown", ".mkd", ".rst", ".adoc", ".org", ".tex", ".latex", ".fountain"),
        *(".html", ".htm", ".xml", ".csv", ".tsv", ".json", ".yaml", ".yml", ".toml", ".ini", ".log"),
    )
)
_FORBIDDEN = re.compile(r'[\\/:*?"<>|\s]+')
_MAX_LINES = 1_000
_MAX_CHARACTERS = 80
_MAX_BYTES = 180
"""Most disks take 255 bytes; an ending, a number and a temporary name need room, too."""


def with_ending(name: str, ending: str, kept: Iterable[str] = _KEPT) -> str:
    """`name` with `ending`, unless it ends with one of `kept` already.

    What follows the last point may be no ending: "Dr. Smith and Mr. Jones", "draft v1.2".
    """
    return name if PurePath(name).suffix.lower() in kept else f"{name.rstrip('.')}{ending}"


def first_heading(lines: Iterable[str]) -> str:
    """The text of the first Markdown heading in `lines`, without its markup; "" where there is none."""
    opening, front_matter = "", False
    for number, line in enumerate(islice(lines, _MAX_LINES)):
        if number == 0 and line.rstrip() == FENCE:
            front_matter = True
        elif front_matter:
            front_matter = not closes_front_matter(line) and number < MAX_LINES
        elif opening:
            opening = "" if closes_fence(line, opening) else opening
        elif marks := fence(line):
            opening = marks
        elif (found := heading(line)) and found[1]:
            return _without_markup(found[1])
    return ""


def title_of(name: str) -> str:
    """The title of a text whose file has this name: without folder and ending; "" where there is no file."""
    return PurePath(name).stem


def file_name_of(title: str) -> str:
    """A title as the name of a file that every system takes; "" where nothing is left of it."""
    shown = "".join(character for character in title if character.isprintable() or character.isspace())
    name = _FORBIDDEN.sub(" ", shown)[:_MAX_CHARACTERS]
    return name.encode()[:_MAX_BYTES].decode(errors="ignore").strip(" .")


def _without_markup(line: str) -> str:
    marks = [span for span in spans(line) if span.kind is SpanKind.MARKUP]
    return "".join(
        character
        for place, character in enumerate(line)
        if not any(mark.start <= place < mark.end for mark in marks)
    ).strip()
