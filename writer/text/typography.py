"""Typography while typing: what the quotes, hyphens and points of the keyboard become.

Code, addresses, links and HTML tags keep the characters of the keyboard.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from writer.text.characters import APOSTROPHE, is_word_character
from writer.text.language import is_cjk
from writer.text.markdown import closes_fence, fence
from writer.text.smart_quotes import QuoteMarks, apostrophe_within, elision, smart_quote

MAX_LINE = 2_000
"""The most characters of a line before the cursor that are looked at."""

_LITERAL = re.compile(r"\]\([^)]*$|<[a-zA-Z/!][^<>]{0,200}$|\\$")
"""The end of a line within the destination of a link or an HTML tag, and behind a backslash."""

_ADDRESS = re.compile(r"(?:://|\bwww\.)\S*$")
_BACKTICKS = re.compile(r"\\`|`+")
_NO_PROSE = frozenset("|:-+=> \t*_#")
"""Characters that a line of a table, a rule or a list begins with; hyphens after them alone stay."""

_SPACES = (" ", "\u00a0", "\u202f")
_STRAIGHT = str.maketrans("“”„«»‘‚‹›", '"""""\'\'\'\'')
_TYPED = re.compile("[\"'“”„«»‘‚‹›.。-]")


@dataclass(frozen=True, slots=True)
class Correction:
    """`text` in place of the code points `start` to `end`, `end` excluded, of a line."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Typography:
    """The rules that are wanted: quotation `marks`, None to keep those of the keyboard, and `dashes`.

    With `dashes` two hyphens become a dash, a third one makes it long, and three points an ellipsis.
    """

    marks: QuoteMarks | None = None
    dashes: bool = False

    def correction(self, line: str) -> Correction | None:
        """The correction of a line up to the cursor, whose last character was just typed."""
        before, typed = line[:-1], line[-1:]
        if not typed or not self._may_correct(before, typed) or _is_literal(before, typed):
            return None
        found = next(self._quotes(before, typed, self.marks), None) if self.marks is not None else None
        return found or (next(_dashes(before, typed), None) if self.dashes else None)

    def _may_correct(self, before: str, typed: str) -> bool:
        """Whether there are rules for `typed`; most keys are letters, which cost nothing."""
        if self.marks is None:
            return self.dashes and typed in "-.。"
        return not is_word_character(typed) or apostrophe_within(before, self.marks) is not None

    def typeset(self, before: str, text: str) -> str:
        """`text` as it would stand had it been typed after `before`, which may have many lines."""
        if not (self.marks or self.dashes) or not _TYPED.search(text) or _in_code_block(before):
            return text
        line = before[before.rfind("\n") + 1 :][-MAX_LINE:]
        begin = len(line)
        for character in self._straightened(text):
            line = self._corrected(line + character, begin)
        return self._corrected(line + " ", begin)[begin:].removesuffix(" ")

    def _corrected(self, line: str, begin: int) -> str:
        found = self.correction(line)
        if found is None or found.start < begin:
            return line
        return line[: found.start] + found.text + line[found.end :]

    def _straightened(self, text: str) -> str:
        """`text` with straight quotes for those of other languages."""
        marks = self.marks
        if marks is None:
            return text
        return "".join(c if marks.has(c) else c.translate(_STRAIGHT) for c in text)

    @staticmethod
    def _quotes(before: str, typed: str, marks: QuoteMarks) -> Iterator[Correction]:
        end = len(before)
        place = elision(before, marks)
        if typed in "\"'":
            mark, start = smart_quote(before, typed, marks), end
            if marks.space and mark[0] == marks.space:
                start -= before.endswith(_SPACES)
            if place is not None and (typed == '"' or before[place + 1 :] == "n"):  # rock ’n’ roll
                mark, start = APOSTROPHE + before[place + 1 : start] + mark, place
            yield Correction(start, end + 1, mark)
        elif marks.space and typed == marks.opening:
            yield Correction(end, end + 1, typed + marks.space)
        elif marks.space and typed == marks.closing:
            yield Correction(end - before.endswith(_SPACES), end + 1, marks.space + typed)
        elif marks.space and typed in _SPACES and before.endswith(marks.opening + marks.space):
            yield Correction(end, end + 1, "")
        elif not is_word_character(typed):
            if place is not None and typed != marks.inner_closing:
                yield Correction(place, place + 1, APOSTROPHE)
        elif (place := apostrophe_within(before, marks)) is not None:
            yield Correction(place, place + 1, APOSTROPHE)


def _dashes(before: str, typed: str) -> Iterator[Correction]:
    end = len(before)
    if typed == "-" and before.endswith(("-", "–", "—")) and not _NO_PROSE.issuperset(before):
        stem = before[:-1]
        if before[-1] == "—":
            yield Correction(end, end + 1, "")
        elif before[-1] == "–":
            yield Correction(end - 1, end + 1, "—")
        elif is_cjk(stem[-1]):
            yield Correction(end - 1, end + 1, "——")
        elif stem[-1] != "-":
            yield Correction(end - 1, end + 1, "–" if stem[-1].isspace() else "—")
    elif typed in ".。" and before.endswith(2 * typed) and not before.endswith(3 * typed):
        wide = typed == "。" or is_cjk(before[-3:-2] or "a")
        yield Correction(end - 2, end + 1, "……" if wide else "…")


def _is_literal(before: str, typed: str) -> bool:
    """Whether a character typed after `before` is part of code, an address, a link or a tag."""
    if typed != '"' and _ADDRESS.search(before):
        return not typed.isspace()
    return bool(_LITERAL.search(before)) or _in_code_span(before)


def _in_code_span(before: str) -> bool:
    """Whether a code span is open at the end of `before`."""
    opening = ""
    for found in _BACKTICKS.finditer(before):
        run = found.group()
        if opening:
            opening = "" if run.lstrip("\\") == opening else opening
        elif run[0] == "`":
            opening = run
    return bool(opening)


def _in_code_block(text: str) -> bool:
    """Whether a fenced code block is open at the end of `text`."""
    opening = ""
    for line in text.split("\n"):
        if not opening:
            opening = fence(line)
        elif closes_fence(line, opening):
            opening = ""
    return bool(opening)
