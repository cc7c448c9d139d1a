"""Marks of Markdown that a key sets and takes away in a line: strong, emphasis, links, headings.

Positions are code points of the line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from writer.text.line_continuation import line_prefix
from writer.text.words import word_around

STRONG, EMPHASIS = "**", "*"

_HEADING = re.compile(r"(#{1,6})(?:[ \t]+|$)")
_LINK = re.compile(r"\[[^\[\]]*\]\(([^()\s]*)[^()]*\)")
_URL = re.compile(r"(?:https?://|mailto:|www\.)\S+")


@dataclass(frozen=True, slots=True)
class EditedLine:
    """A line with a selection from `start` to `end`; without one both are the cursor."""

    text: str
    start: int
    end: int


def toggle_mark(line: EditedLine, mark: str, to: bool | None = None) -> EditedLine:
    """Set `mark` around the selection or the word at the cursor, or take it away where it is set.

    `to`: set it (True) or take it away (False), whatever there is. Within empty marks they go, before closing
    ones the cursor steps over them, and where there is no word it comes between two new ones.
    """
    text, size = line.text, len(mark)
    start, end = _trimmed(line)
    if start == end:
        if _run(text[:start][::-1]) >= size and _run(text[start:]) >= size and not is_marked(line, mark):
            return _cut(line, start - size, start, start, start + size)
        if _run(text[start:]) == size and _is_open(text[:start], mark):
            return EditedLine(text, start + size, start + size)
        start, end = word_around(text, start)
        if start == end:
            place = line.start + size
            return EditedLine(text[: line.start] + mark + mark + text[line.start :], place, place)
    inside = text[start:end]
    if len(inside) > 2 * size and _has_run(_run(inside), mark) and _has_run(_run(inside[::-1]), mark):
        return line if to else _cut(line, start, start + size, end - size, end)
    if _is_around(text, start, end, mark):
        return line if to else _cut(line, start - size, start, end, end + size)
    if mark == EMPHASIS and text[:start].endswith("_") and text[end:].startswith("_"):
        return line if to else _cut(line, start - 1, start, end, end + 1)
    if to is False:
        return line
    marked = text[:start] + mark + inside + mark + text[end:]
    if line.start == line.end:
        return EditedLine(marked, line.start + size, line.start + size)
    return EditedLine(marked, start + size, end + size)


def is_marked(line: EditedLine, mark: str) -> bool:
    """Whether the text of the selection has `mark` around it, or at its ends."""
    start, end = _trimmed(line)
    inside = line.text[start:end]
    ends = _has_run(_run(inside), mark) and _has_run(_run(inside[::-1]), mark)
    return start < end and (ends or _is_around(line.text, start, end, mark))


def set_link(line: EditedLine, url: str) -> EditedLine:
    """A link on the selection or the word at the cursor; in a link its address is selected.

    `url`: its address, such as that of the clipboard; "" where it is to be written.
    """
    for found in _LINK.finditer(line.text):
        if found.start() <= line.start and line.end <= found.end():
            return EditedLine(line.text, *found.span(1))
    start, end = _trimmed(line)
    if start == end:
        start, end = word_around(line.text, start)
    label = line.text[start:end]
    if _URL.fullmatch(label):
        label, url = "", label
    text = f"{line.text[:start]}[{label}]({url}){line.text[end:]}"
    if not label:
        return EditedLine(text, start + 1, start + 1)
    place = start + len(label) + 3 + (len(url) + 1 if url else 0)
    return EditedLine(text, place, place)


def url_of(text: str) -> str:
    """The address that a text is, "" where it is none."""
    return text.strip() if _URL.fullmatch(text.strip()) else ""


def heading_level(line: str) -> int:
    """The level of a heading, also within a list or a quotation; 0 for other lines."""
    found = _HEADING.match(line, len(line_prefix(line)))
    return len(found[1]) if found else 0


def with_heading(line: str, level: int) -> str:
    """The line as a heading of a level; of 0, as none."""
    prefix = line_prefix(line)
    found = _HEADING.match(line, len(prefix))
    rest = line[found.end() if found else len(prefix) :].lstrip(" \t")
    return prefix + ("#" * level + " " if level else "") + rest


def body_start(line: str) -> int:
    """Where the text of a line begins, behind the marks of quotation, list and heading."""
    prefix = len(line_prefix(line))
    found = _HEADING.match(line, prefix)
    return found.end() if found else prefix


def _trimmed(line: EditedLine) -> tuple[int, int]:
    """The selection without spaces at its ends, and without the marks of a list or a heading."""
    start, end = line.start, line.end
    if start == end:
        return start, end
    start = max(start, min(end, body_start(line.text)))
    while start < end and line.text[start].isspace():
        start += 1
    while start < end and line.text[end - 1].isspace():
        end -= 1
    return start, end


def _run(text: str) -> int:
    """The asterisks that a text begins with, at most three."""
    return min(3, len(text) - len(text.lstrip("*")))


def _has_run(run: int, mark: str) -> bool:
    """Whether so many asterisks hold `mark`: one is emphasis, two are strong, three are both."""
    return run >= 2 if mark == STRONG else run in (1, 3)


def _is_around(text: str, start: int, end: int, mark: str) -> bool:
    return _has_run(min(_run(text[:start][::-1]), _run(text[end:])), mark)


def _is_open(before: str, mark: str) -> bool:
    """Whether `mark` was begun and not closed in the text before the cursor."""
    runs = [len(run) for run in re.findall(r"\*+", before)]
    return sum(_has_run(min(3, run), mark) for run in runs) % 2 == 1 and not before.endswith((" ", "*"))


def _cut(line: EditedLine, first: int, first_end: int, last: int, last_end: int) -> EditedLine:
    """The line without two parts; the selection stays on what it was on."""
    text = line.text[:first] + line.text[first_end:last] + line.text[last_end:]

    def moved(place: int) -> int:
        place -= max(0, min(place, last_end) - last)
        return place - max(0, min(place, first_end) - first)

    return EditedLine(text, moved(line.start), moved(line.end))
