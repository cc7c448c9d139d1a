"""Where Markdown's marks stand in one line, and what they mean; no more than a writer needs to see.

It reads line by line, so that a change costs one line. Chinese has no spaces around its words, so marks
count beside Han characters as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto


class SpanKind(Enum):
    """What a part of a line is."""

    MARK = auto()
    """A character that only shapes the text: # * _ ` > and the like."""
    HEADING = auto()
    STRONG = auto()
    EMPHASIS = auto()
    STRUCK = auto()
    CODE = auto()
    LINK = auto()
    """What a reader sees of a link."""
    QUOTE = auto()


@dataclass(frozen=True, slots=True)
class Span:
    """`kind` holds from `start` to `end` (code points)."""

    start: int
    end: int
    kind: SpanKind


_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_RULE = re.compile(r" {0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}$")
_QUOTE = re.compile(r" {0,3}(?:>[ \t]?)+")
_LIST = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])(?:[ \t]+\[[ xX]\])?(?=[ \t])")
_INLINE = re.compile(
    r"(?P<escape>\\[!-/:-@\[-`{-~])"
    r"|(?P<code>(?P<ticks>`+)(?!`).{1,600}?(?<!`)(?P=ticks)(?!`))"
    r"|(?P<link>!?\[(?P<label>[^\[\]]*)\](?:\([^()\s]*(?:\s+\"[^\"]*\")?\)|\[[^\[\]]*\]))"
    r"|(?P<run>\*{1,3}|_{1,3}|~~)"
)
_MEANS = {1: (SpanKind.EMPHASIS,), 2: (SpanKind.STRONG,), 3: (SpanKind.STRONG, SpanKind.EMPHASIS)}
_DEEPEST = 16
"""So many marks may wait for their other half; more are no prose."""
_LONGEST = 8_000
"""A line longer than this is no prose; it is left as it is."""


def heading(line: str) -> tuple[int, str] | None:
    """The level (1 to 6) and the text of a heading; None where the line is none."""
    if "#" not in line[:4]:
        return None
    found = _HEADING.match(line)
    return (len(found[1]), (found[2] or "").strip()) if found else None


def fence(line: str) -> str:
    """The marks with which a block of code begins or ends; "" where the line has none."""
    if not line[:4].lstrip(" ").startswith(("`", "~")):
        return ""
    found = _FENCE.match(line)
    if found is None or (found[1][0] == "`" and "`" in line[found.end() :]):
        return ""
    return found[1]


def closes(line: str, opening: str) -> bool:
    """Whether a line ends the block of code that began with the marks `opening`."""
    marks = fence(line)
    return bool(marks) and marks[0] == opening[0] and len(marks) >= len(opening) and line.strip() == marks


def spans(line: str, in_code: bool = False) -> list[Span]:
    """The parts of a line that differ from plain text, those that hold others first."""
    if len(line) > _LONGEST:
        return []
    if in_code or fence(line):
        return [Span(0, len(line), SpanKind.CODE)] if line else []
    if heading(line):
        start = len(line) - len(line.lstrip(" #\t"))
        return [
            Span(0, len(line), SpanKind.HEADING),
            Span(0, start, SpanKind.MARK),
            *_inline(line, start, len(line)),
        ]
    if _RULE.match(line):
        return [Span(0, len(line), SpanKind.MARK)]
    start, found = 0, []
    if quote := _QUOTE.match(line):
        start = quote.end()
        found = [Span(0, len(line), SpanKind.QUOTE), Span(0, start, SpanKind.MARK)]
    if item := _LIST.match(line, start):
        found.append(Span(start, item.end(), SpanKind.MARK))
        start = item.end()
    return [*found, *_inline(line, start, len(line))]


def _inline(line: str, start: int, end: int) -> Iterator[Span]:
    """The parts between two places of a line; marks come last."""
    if not any(mark in line for mark in "*_`[~\\"):
        return
    marks: list[Span] = []
    waiting: list[_Run] = []
    for match in _INLINE.finditer(line, start, end):
        if match["run"]:
            yield from _pairs(_Run.at(line, *match.span(), end), waiting, marks)
        elif match["code"]:
            yield Span(match.start(), match.end(), SpanKind.CODE)
        elif match["link"]:
            yield Span(*match.span("label"), SpanKind.LINK)
            marks.append(Span(match.start(), match.start("label"), SpanKind.MARK))
            marks.append(Span(match.end("label"), match.end(), SpanKind.MARK))
        else:
            marks.append(Span(match.start(), match.start() + 1, SpanKind.MARK))
    yield from marks


@dataclass(slots=True)
class _Run:
    """Equal marks side by side, from `start` to `end`, and what they may do: begin or end something."""

    start: int
    end: int
    mark: str
    opens: bool
    closes: bool

    @staticmethod
    def at(line: str, start: int, end: int, limit: int) -> _Run:
        """The run in its place; an underline within a word is none."""
        mark = line[start]
        before, after = line[start - 1 : start], line[end : min(end + 1, limit)]
        within = mark == "_" and (before.isalnum() and after.isalnum())
        opens = bool(after.strip()) and not within and not (mark == "_" and before.isalnum())
        ends = bool(before.strip()) and not within and not (mark == "_" and after.isalnum())
        return _Run(start, end, mark, opens, ends)


def _pairs(run: _Run, waiting: list[_Run], marks: list[Span]) -> Iterator[Span]:
    """What `run` ends, as far as its other half is `waiting`; what is left of it may wait itself."""
    while run.closes and run.start < run.end:
        index = next((i for i in reversed(range(len(waiting))) if waiting[i].mark == run.mark), None)
        if index is None:
            break
        opening = waiting[index]
        width = min(opening.end - opening.start, run.end - run.start)
        begin, stop = opening.end - width, run.start + width
        kinds = (SpanKind.STRUCK,) if run.mark == "~" else _MEANS[width]
        yield from (Span(begin, stop, kind) for kind in kinds)
        marks += (Span(begin, opening.end, SpanKind.MARK), Span(run.start, stop, SpanKind.MARK))
        opening.end, run.start = begin, stop
        del waiting[index + (opening.start < opening.end) :]
    if run.opens and run.start < run.end and len(waiting) < _DEEPEST:
        waiting.append(run)
