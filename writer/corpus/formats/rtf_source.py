"""RTF as the author's text alone: without hidden and deleted text and the instructions of fields.

Notes stand in paragraphs of their own behind the paragraph that they belong to. Control words that set the
look or the encoding stay. Source: Rich Text Format Specification 1.9.1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_TOKEN = re.compile(r"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'[0-9a-fA-F]{2}|\\[^a-zA-Z]|[{}]|[^\\{}]+|\\", re.S)
_HIDING = frozenset({"v", "deleted", "webhidden"})
_NOTES = frozenset({"footnote"})
_DROPPED = frozenset({"fldinst", "annotation", "atnid", "atnauthor", "xe", "tc", "pntext"})
"""Groups whose text is no part of the document, also where the mark of optional groups is missing."""

_SHOWN = frozenset({"u", "line", "tab", "emdash", "endash", "bullet", "lquote", "rquote", "ldblquote"})
_SHOWN_TOO = frozenset({"rdblquote", "emspace", "enspace", "qmspace"})
_PARAGRAPH_ENDS = frozenset({"par", "sect", "page", "row"})
_BINARY = "bin"


@dataclass(slots=True)
class _Group:
    """A group that is open: which words hide its text, whether it is dropped, and the note around it.

    `opened_in` is the text to which its opening brace went.
    """

    hiding: set[str] = field(default_factory=set)
    dropped: bool = False
    note: list[str] | None = None
    opened_in: list[str] | None = None


def authors_source(source: str) -> str:
    """The source of a document in RTF, bytes as characters of Latin-1, without what is no text of it."""
    return _Author().read(source)


class _Author:
    """Copies the tokens of a document to the main text or to a note, or drops them."""

    def __init__(self) -> None:
        self._main: list[str] = []
        self._notes: list[list[str]] = []
        self._groups = [_Group()]

    def read(self, source: str) -> str:
        place = 0
        while token := _TOKEN.match(source, place):
            place = token.end()
            if token[1] == _BINARY:
                place += max(0, int(token[2] or 0))
            else:
                self._add(token)
        self._end_paragraph()
        return "".join(self._main)

    def _add(self, token: re.Match[str]) -> None:
        text = token[0]
        if text == "{":
            self._open()
        elif text == "}":
            self._close()
        elif token[1]:
            self._word(token[1], token[2], text)
        elif text[0] != "\\" or text[1:2] in "'~-_{}\\":
            self._show(text)
        else:
            self._emit(text)

    def _word(self, word: str, number: str | None, text: str) -> None:
        group = self._groups[-1]
        if word in _HIDING:
            (group.hiding.discard if number == "0" else group.hiding.add)(word)
        elif word == "plain":
            group.hiding.clear()
            self._emit(text)
        elif word in _DROPPED:
            group.dropped = True
        elif word in _NOTES:
            group.note = []
            self._notes.append(group.note)
        elif word in _SHOWN or word in _SHOWN_TOO:
            self._show(text)
        else:
            self._emit(text)
            if word in _PARAGRAPH_ENDS and group.note is None and not group.dropped:
                self._end_paragraph()

    def _open(self) -> None:
        last = self._groups[-1]
        target = None if last.dropped else self._target()
        self._groups.append(_Group(set(last.hiding), last.dropped, last.note, target))
        if target is not None:
            target.append("{")

    def _close(self) -> None:
        if len(self._groups) == 1:
            return
        if len(self._groups) == 2:
            self._end_paragraph()  # while the document's group is open
        group = self._groups.pop()
        if group.opened_in is not None:
            group.opened_in.append("}")

    def _show(self, text: str) -> None:
        if not self._groups[-1].hiding:
            self._emit(text)

    def _emit(self, text: str) -> None:
        if not self._groups[-1].dropped:
            self._target().append(text)

    def _target(self) -> list[str]:
        note = self._groups[-1].note
        return self._main if note is None else note

    def _end_paragraph(self) -> None:
        for note in self._notes:
            self._main += ("{\\par ", *note, "\\par}")
        self._notes.clear()
