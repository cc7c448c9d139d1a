"""A line-by-line Markdown scanner for syntax highlighting: spans of markup, emphasis, code, links, headings.

It knows the part of CommonMark that shows in a line, strikethrough and footnotes. Each line is scanned alone,
so an edit costs one line. Chinese has no spaces between words, so delimiters count beside Han characters too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto


class SpanKind(Enum):
    """The kind of a span."""

    MARKUP = auto()
    """Characters of Markdown's syntax: # * _ ` > and the like."""
    HEADING = auto()
    STRONG = auto()
    EMPHASIS = auto()
    STRIKETHROUGH = auto()
    CODE = auto()
    LINK = auto()
    """The label of a link."""
    QUOTE = auto()


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a line: code points `start` to `end`, `end` excluded."""

    start: int
    end: int
    kind: SpanKind


_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_THEMATIC_BREAK = re.compile(r" {0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}$")
_QUOTE = re.compile(r" {0,3}(?:>[ \t]?)+")
_LIST = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])(?:[ \t]+\[[ xX]\])?(?=[ \t])")
_INLINE = re.compile(
    r"(?P<escape>\\[!-/:-@\[-`{-~])"
    r"|(?P<code>(?P<ticks>`+)(?!`).{1,600}?(?<!`)(?P=ticks)(?!`))"
    r"|(?P<link>!?\[(?P<label>[^\[\]]*)\](?:\([^()\s]*(?:\s+\"[^\"]*\")?\)|\[[^\[\]]*\]))"
    r"|(?P<note>\[\^[^\s\[\]]{1,99}\]:?)"
    r"|(?P<run>\*{1,3}|_{1,3}|~~)"
)
_KINDS_BY_WIDTH = {1: (SpanKind.EMPHASIS,), 2: (SpanKind.STRONG,), 3: (SpanKind.STRONG, SpanKind.EMPHASIS)}
_MAX_OPEN_RUNS = 16
"""The most delimiter runs that may be open at once; lines with more are not prose."""
_MAX_LINE_LENGTH = 8_000
"""Code points; longer lines are not scanned."""


def heading(line: str) -> tuple[int, str] | None:
    """The level (1 to 6) and the text of an ATX heading; None where the line is no heading."""
    if "#" not in line[:4]:
        return None
    found = _HEADING.match(line)
    return (len(found[1]), (found[2] or "").strip()) if found else None


def fence(line: str) -> str:
    """The backticks or tildes of a code fence; "" where the line is no fence."""
    if not line[:4].lstrip(" ").startswith(("`", "~")):
        return ""
    found = _FENCE.match(line)
    if found is None or (found[1][0] == "`" and "`" in line[found.end() :]):
        return ""
    return found[1]


def closes_fence(line: str, opening: str) -> bool:
    """Whether a line ends the code block that the fence `opening` began."""
    marks = fence(line)
    return bool(marks) and marks[0] == opening[0] and len(marks) >= len(opening) and line.strip() == marks


def is_thematic_break(line: str) -> bool:
    """Whether a line is a break between themes, such as `* * *`."""
    return _THEMATIC_BREAK.match(line) is not None


def code_lines(lines: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Each line, and whether it belongs to a fenced code block, as the fences do."""
    opening = ""
    for line in lines:
        if opening:
            yield line, True
            opening = "" if closes_fence(line, opening) else opening
        else:
            opening = fence(line)
            yield line, bool(opening)


def spans(line: str, in_code: bool = False) -> list[Span]:
    """The spans of a line, outer ones before those inside them; `in_code` where a fence is open."""
    if len(line) > _MAX_LINE_LENGTH:
        return []
    if in_code or fence(line):
        return [Span(0, len(line), SpanKind.CODE)] if line else []
    if heading(line):
        start = len(line) - len(line.lstrip(" #\t"))
        return [
            Span(0, len(line), SpanKind.HEADING),
            Span(0, start, SpanKind.MARKUP),
            *_inline(line, start, len(line)),
        ]
    if is_thematic_break(line):
        return [Span(0, len(line), SpanKind.MARKUP)]
    start, found = 0, []
    if quote := _QUOTE.match(line):
        start = quote.end()
        found = [Span(0, len(line), SpanKind.QUOTE), Span(0, start, SpanKind.MARKUP)]
    if item := _LIST.match(line, start):
        found.append(Span(start, item.end(), SpanKind.MARKUP))
        start = item.end()
    return [*found, *_inline(line, start, len(line))]


def _inline(line: str, start: int, end: int) -> Iterator[Span]:
    """The inline spans between two positions of a line; markup comes last."""
    if not any(mark in line for mark in "*_`[~\\"):
        return
    markup: list[Span] = []
    openers: list[_DelimiterRun] = []
    for match in _INLINE.finditer(line, start, end):
        if match["run"]:
            yield from _paired_spans(_DelimiterRun.at(line, *match.span(), end), openers, markup)
        elif match["code"]:
            yield Span(match.start(), match.end(), SpanKind.CODE)
        elif match["link"]:
            yield Span(*match.span("label"), SpanKind.LINK)
            markup.append(Span(match.start(), match.start("label"), SpanKind.MARKUP))
            markup.append(Span(match.end("label"), match.end(), SpanKind.MARKUP))
        else:  # a footnote's name, or the backslash before a character
            stop = match.end() if match["note"] else match.start() + 1
            markup.append(Span(match.start(), stop, SpanKind.MARKUP))
    yield from markup


@dataclass(slots=True)
class _DelimiterRun:
    """A delimiter run: equal marks side by side, from `start` to `end`, which can open or close emphasis."""

    start: int
    end: int
    mark: str
    can_open: bool
    can_close: bool

    @staticmethod
    def at(line: str, start: int, end: int, limit: int) -> _DelimiterRun:
        """The run at `start`; an underscore within a word neither opens nor closes."""
        mark = line[start]
        before, after = line[start - 1 : start], line[end : min(end + 1, limit)]
        within = mark == "_" and (before.isalnum() and after.isalnum())
        opens = bool(after.strip()) and not within and not (mark == "_" and before.isalnum())
        ends = bool(before.strip()) and not within and not (mark == "_" and after.isalnum())
        return _DelimiterRun(start, end, mark, opens, ends)


def _paired_spans(run: _DelimiterRun, openers: list[_DelimiterRun], markup: list[Span]) -> Iterator[Span]:
    """The spans that `run` closes. What is left of the run is added to `openers` where it can open."""
    while run.can_close and run.start < run.end:
        index = next((i for i in reversed(range(len(openers))) if openers[i].mark == run.mark), None)
        if index is None:
            break
        opening = openers[index]
        width = min(opening.end - opening.start, run.end - run.start)
        begin, stop = opening.end - width, run.start + width
        kinds = (SpanKind.STRIKETHROUGH,) if run.mark == "~" else _KINDS_BY_WIDTH[width]
        yield from (Span(begin, stop, kind) for kind in kinds)
        markup += (Span(begin, opening.end, SpanKind.MARKUP), Span(run.start, stop, SpanKind.MARKUP))
        opening.end, run.start = begin, stop
        del openers[index + (opening.start < opening.end) :]
    if run.can_open and run.start < run.end and len(openers) < _MAX_OPEN_RUNS:
        openers.append(run)
