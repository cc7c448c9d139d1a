"""Footnotes of a Markdown text: the text with marks in place of the references, and the notes in their order.

GitHub's syntax: a reference `[^name]`, and somewhere a definition `[^name]: text`, which goes on in the lines
below it until an empty one, and behind that in lines indented by four spaces.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from writer.text.markdown import code_lines

_DEFINITION = re.compile(r" {0,3}\[\^([^\s\[\]]{1,99})\]:[ \t]*(.*)$")
_REFERENCE = re.compile(
    r"(?P<code>(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`))|\\.|\[\^(?P<name>[^\s\[\]]{1,99})\]"
)
_INDENT = re.compile(r"(?: {4}|\t)")
_PRIVATE_USE = (0xE000, 0xF8FF)


@dataclass(frozen=True, slots=True)
class Footnotes:
    """A text without the definitions of its `notes`, which are Markdown, too, and in the order of reference.

    In `text` and `notes` each reference is the number of its note (from 1) between the characters `opening`
    and `closing`, which occur nowhere else.
    """

    text: str
    notes: tuple[str, ...]
    opening: str
    closing: str


def footnotes(text: str) -> Footnotes:
    """The footnotes of `text`. References without a definition stay; definitions without a reference go."""
    opening, closing = _unused(text)
    definitions, lines = _definitions(text)
    if not definitions:
        return Footnotes(text, (), opening, closing)
    numbering = _Numbering(definitions, opening, closing)
    body = [line if is_code else numbering.mark_with_notes(line) for line, is_code in code_lines(lines)]
    return Footnotes("\n".join(body), tuple(numbering.notes), opening, closing)


class _Numbering:
    """The numbers of the notes, by the order in which they are referred to."""

    def __init__(self, definitions: dict[str, list[str]], opening: str, closing: str) -> None:
        self.notes: list[str] = []
        self._definitions = definitions
        self._opening, self._closing = opening, closing
        self._numbers: dict[str, int] = {}
        self._names: list[str] = []

    def mark_with_notes(self, line: str) -> str:
        """A line with numbers for its references; the notes that are new in it are added."""
        marked = self._mark(line)
        while len(self.notes) < len(self._names):  # notes refer to notes
            lines = self._definitions[self._names[len(self.notes)]]
            self.notes.append("\n".join(map(self._mark, lines)))
        return marked

    def _mark(self, line: str) -> str:
        return _REFERENCE.sub(self._number, line) if "[^" in line else line

    def _number(self, found: re.Match[str]) -> str:
        name = (found["name"] or "").casefold()
        if name not in self._definitions:
            return found.group()
        if name not in self._numbers:
            self._names.append(name)
            self._numbers[name] = len(self._names)
        return f"{self._opening}{self._numbers[name]}{self._closing}"


def _definitions(text: str) -> tuple[dict[str, list[str]], list[str]]:
    """The lines of each definition by its name in lower case, and the other lines of the text."""
    definitions: dict[str, list[str]] = {}
    others: list[str] = []
    note: list[str] | None = None
    for line, is_code in code_lines(text.split("\n")):
        found = None if is_code else _DEFINITION.match(line)
        if found:
            note = [found[2]]
            definitions.setdefault(found[1].casefold(), note)
        elif note is None:
            others.append(line)
        elif not line.strip():
            note.append("")
        elif _INDENT.match(line) or note[-1]:
            note.append(_INDENT.sub("", line, count=1))
        else:
            note = None
            others += ["", line]  # the empty line between what was before and behind the note
    for lines in definitions.values():
        while lines and not lines[-1].strip():
            lines.pop()
    return definitions, others


def _unused(text: str) -> tuple[str, str]:
    """Two characters of private use that are not in `text`."""
    free = (chr(code) for code in range(*_PRIVATE_USE) if chr(code) not in text)
    return next(free), next(free)
