"""The text of Word documents as their author wrote it, straight from their XML.

All words of the body arrive, also from tables, text boxes, notes, controls, fields, ruby text (the
characters below pinyin) and parts in other formats (altChunk). Headers, footers, comments, deleted and hidden
text, hints in empty controls, descriptions of pictures and the codes of fields are left out.
Source of the elements: ECMA-376, part 1, WordprocessingML.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from writer.corpus.formats.docx_parts import (
    DocxParts,
    Element,
    Lists,
    Look,
    Styles,
    child,
    hides,
    is_on,
    local,
    numbering_of,
    value,
)
from writer.text.plain_text import clean_text

ReadChunk = Callable[[bytes, str], str]
"""The text of a part in another format, from its bytes and the ending of its name without a point."""

_NO_TEXT = frozenset(
    [
        *("del", "moveFrom", "instrText", "delText", "delInstrText", "rt", "rPr", "pPr", "sectPr", "tblPr"),
        *("tcPr", "trPr", "sdtPr", "sdtEndPr", "customXmlPr", "rubyPr", "tblGrid", "binData", "fldData"),
    ]
)
_SHOWN = {"tab": " ", "ptab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_NOTES = {"footnoteReference": "footnote", "endnoteReference": "endnote"}
_FORMULA_MARKS = {"den": "/", "sup": "^", "sub": "_"}
_BLANKS = re.compile(r"[ \t]+")
_PRIVATE_USE = range(0xE000, 0xF900)
_CELL = "\t"


class _TextBlock(NamedTuple):
    """A paragraph, a table or an item of a list."""

    text: str
    is_item: bool = False


@dataclass(slots=True)
class _Line:
    """What was read of a paragraph, and what comes behind it: text boxes and notes."""

    hidden: bool = False
    pieces: list[str] = field(default_factory=list)
    behind: list[_TextBlock] = field(default_factory=list)

    def add(self, other: _Line) -> None:
        self.pieces += other.pieces
        self.behind += other.behind

    @property
    def text(self) -> str:
        lines = "".join(self.pieces).split("\n")
        return "\n".join(_BLANKS.sub(" ", line).strip() for line in lines).strip()


def docx_text(data: bytes, read_chunk: ReadChunk) -> tuple[str, str]:
    """The text of a document, and the date that it states in its first paragraph of that style, else "".

    Raises the errors of `zip_checks.DAMAGE_ERRORS`, ParseError, KeyError and RecursionError where it is
    damaged, and what `read_chunk` raises.
    """
    document = _Document(DocxParts(data), read_chunk)
    return document.text(), document.date


class _Document:
    """Reads the blocks of a document. `_fields` says of each open field whether its code is being read."""

    def __init__(self, package: DocxParts, read_chunk: ReadChunk) -> None:
        self.date = ""
        self._package = package
        self._read_chunk = read_chunk
        self._styles = Styles(self._part("styles"))
        self._lists = Lists(self._part("numbering"))
        self._notes: dict[tuple[str, str], Element] = {}
        self._fields: list[bool] = []
        self._pending = _Line()
        for kind in _NOTES.values():
            for note in self._part(f"{kind}s") or ():
                self._notes[kind, value(note, "id")] = note

    def text(self) -> str:
        blocks = (
            block for element in self._package.blocks(self._package.main) for block in self._block(element)
        )
        return _joined([*blocks, *self._end(_Line())])

    def _part(self, kind: str) -> Element | None:
        return self._package.tree(next(self._package.related(self._package.main, kind), ""))

    def _blocks(self, elements: Iterable[Element]) -> Iterator[_TextBlock]:
        for element in elements:
            yield from self._block(element)

    def _block(self, element: Element) -> Iterator[_TextBlock]:
        name = local(element)
        if name == "p":
            yield from self._paragraph(element)
        elif name == "tbl":
            yield from self._table(element)
        elif name == "altChunk":
            yield from self._chunk(element)
        elif name == "AlternateContent":
            branches = (list(self._blocks(branch)) for branch in element)
            yield from next((blocks for blocks in branches if any(b.text for b in blocks)), ())
        elif name in ("r", "hyperlink", "t"):
            yield from self._paragraph([element])
        elif name not in _NO_TEXT and not _is_hint(element):
            yield from self._blocks(element)

    def _paragraph(self, element: Iterable[Element]) -> Iterator[_TextBlock]:
        elements = list(element)
        properties = next((one for one in elements if local(one) == "pPr"), None)
        look = self._look(properties)
        line = _Line(bool(look.hidden))
        self._inlines(elements, line)
        self._fields = [False] * len(self._fields)  # a code that is not ended must not swallow what follows
        if look.name == "date" and not self.date:
            self.date = line.text
        if _joins_next(properties):
            self._pending.add(line)
            return
        mark = None
        if look.numbering and not look.heading and not look.hidden:
            mark = self._lists.mark(*look.numbering)
        yield from self._end(line, mark)

    def _end(self, line: _Line, mark: str | None = None) -> Iterator[_TextBlock]:
        """The paragraph that ends with `line`, and what stands behind it."""
        pending, self._pending = self._pending, _Line()
        pending.add(line)
        if text := pending.text:
            yield _TextBlock((mark or "") + text, mark is not None)
        yield from pending.behind

    def _look(self, properties: Element | None) -> Look:
        look = self._styles.of(value(child(properties, "pStyle")) or self._styles.usual)
        numbering = numbering_of(properties)
        return replace(look, numbering=numbering) if numbering else look

    def _inlines(self, elements: Iterable[Element], line: _Line) -> None:
        for element in elements:
            name = local(element)
            if name == "r":
                self._run(element, line)
            elif name == "t":
                self._show(element.text or "", line)
            elif name in _SHOWN:
                self._show(_SHOWN[name], line)
            elif name == "sym":
                self._show(_symbol(value(element, "char")), line)
            elif name == "fldChar":
                self._field(value(element, "fldCharType"))
            elif name in _NOTES:
                self._note(_NOTES[name], value(element, "id"), line)
            elif name in ("txbxContent", "p", "tbl"):
                self._box([element] if name != "txbxContent" else element, line)
            elif name == "AlternateContent":
                self._alternative(element, line)
            elif name == "oMath":
                self._show(_formula(element), line)
            elif name not in _NO_TEXT and not _is_hint(element):
                self._inlines(element, line)

    def _run(self, run: Element, line: _Line) -> None:
        properties = child(run, "rPr")
        hidden = hides(properties)
        if hidden is None:
            hidden = self._styles.of(value(child(properties, "rStyle"))).hidden
        shown = _Line(line.hidden if hidden is None else hidden)
        self._inlines(run, shown)
        line.add(shown)

    def _show(self, text: str, line: _Line) -> None:
        if not line.hidden and not any(self._fields):
            line.pieces.append(text)

    def _field(self, mark: str) -> None:
        if mark == "begin":
            self._fields.append(True)
        elif self._fields and mark == "separate":
            self._fields[-1] = False
        elif self._fields and mark == "end":
            self._fields.pop()

    def _note(self, kind: str, identity: str, line: _Line) -> None:
        note = self._notes.pop((kind, identity), None)  # once, also where a note refers to itself
        if note is not None and not line.hidden:
            self._box(note, line)

    def _box(self, elements: Iterable[Element], line: _Line) -> None:
        """Read blocks that stand apart from the paragraph in which they are anchored."""
        fields, self._fields = self._fields, []
        pending, self._pending = self._pending, _Line()
        blocks = [*self._blocks(elements), *self._end(_Line())]
        self._fields, self._pending = fields, pending
        if not line.hidden:
            line.behind += blocks

    def _alternative(self, element: Element, line: _Line) -> None:
        for branch in element:
            found = _Line(line.hidden)
            self._inlines(branch, found)
            if found.text or found.behind:
                line.add(found)
                return

    def _table(self, table: Element) -> Iterator[_TextBlock]:
        """A line for each row, cells separated by tabs; a row of one cell is what stands in it."""
        lines: list[str] = []
        for row in _inner(table, "tr"):
            properties = child(row, "trPr")
            if child(properties, "del") is not None or is_on(child(properties, "hidden")):
                continue
            cells = [
                [*self._blocks(cell), *self._end(_Line())]
                for cell in _inner(row, "tc")
                if child(child(cell, "tcPr"), "cellDel") is None
            ]
            if len(cells) == 1:
                yield from _rows(lines)
                lines = []
                yield from cells[0]
            else:
                lines.append(_CELL.join(map(_flat, cells)).rstrip())
        yield from _rows(lines)

    def _chunk(self, element: Element) -> Iterator[_TextBlock]:
        """The paragraphs of a part in another format."""
        for name in self._package.related(self._package.main, identity=value(element, "id")):
            text = self._read_chunk(self._package.read(name), name.rpartition(".")[2].lower())
            yield from (_TextBlock(line.strip()) for line in clean_text(text).split("\n") if line.strip())


def _joined(blocks: Iterable[_TextBlock]) -> str:
    """The text of blocks with an empty line between them, but for the items of a list."""
    pieces: list[str] = []
    after_item = False
    for text, is_item in blocks:
        if pieces:
            pieces.append("\n" if is_item and after_item else "\n\n")
        pieces.append(text)
        after_item = is_item
    return "".join(pieces)


def _rows(lines: list[str]) -> Iterator[_TextBlock]:
    if text := "\n".join(line for line in lines if line.strip()):
        yield _TextBlock(text)


def _flat(cell: Iterable[_TextBlock]) -> str:
    return " ".join(" ".join(block.text for block in cell).split())


def _inner(element: Element, name: str) -> Iterator[Element]:
    """The rows of a table or the cells of a row, also within controls and custom XML."""
    for one in element:
        if local(one) == name:
            yield one
        elif local(one) not in ("tr", "tc", "p", *_NO_TEXT) and not _is_hint(one):
            yield from _inner(one, name)


def _is_hint(element: Element) -> bool:
    """Whether an element is a control in which nothing was written: it shows what to write."""
    return local(element) == "sdt" and child(child(element, "sdtPr"), "showingPlcHdr") is not None


def _joins_next(properties: Element | None) -> bool:
    """Whether a paragraph's end is deleted or hidden, or it is the large first letter of the next one."""
    mark = child(properties, "rPr")
    ended = any(child(mark, name) is not None for name in ("del", "moveFrom", "specVanish"))
    return ended or value(child(properties, "framePr"), "dropCap") in ("drop", "margin")


def _symbol(code: str) -> str:
    """A character by its hexadecimal code; "" for those of fonts of symbols, which Unicode does not have."""
    try:
        place = int(code, 16)
    except ValueError:
        return ""
    return "" if place in _PRIVATE_USE or not 0x20 <= place < 0xD800 else chr(place)


def _formula(element: Element) -> str:
    """A formula in a line, as in x^2/y_1."""
    name = local(element)
    if name == "t":
        return element.text or ""
    text = "".join(_formula(one) for one in element if local(one) not in _NO_TEXT)
    return _FORMULA_MARKS.get(name, "") + text if text else ""
