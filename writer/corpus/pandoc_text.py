"""Plain text from pandoc's JSON tree (https://hackage.haskell.org/package/pandoc-types).

Paragraphs, headings and tables become lines with an empty line between them; formatting is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

Node = dict[str, Any]

_METADATA = ("title", "subtitle", "author", "date", "abstract")
"""The metadata that pandoc takes from the beginning of the text."""

_QUOTES = {"SingleQuote": "‘’", "DoubleQuote": "“”"}
_SPACE = {"Space": " ", "SoftBreak": " ", "LineBreak": "\n"}
_TEXT_SECOND = frozenset({"Code", "Math", "CodeBlock"})
_INLINES_SECOND = frozenset({"Cite", "Link", "Span"})
_NO_TEXT = frozenset({"RawInline", "Image"})
"""What is not read: foreign markup, and the descriptions of pictures."""

_CELL = "\t"


def text_of(tree: Node, with_front: bool = True) -> str:
    """The text of a tree, with the metadata in front that pandoc takes from the beginning of the text.

    Raises LookupError, TypeError, AttributeError, RecursionError where it is none.
    """
    meta = tree["meta"] if with_front else {}
    front = [_meta(meta[name]) for name in _METADATA if name in meta]
    return "\n\n".join(part for part in (*front, *_blocks(tree["blocks"])) if part.strip())


def date_of(tree: Node) -> str:
    """The date in the document's metadata as written there, "" where there is none."""
    return _meta(tree["meta"]["date"]) if "date" in tree["meta"] else ""


def _meta(value: Node) -> str:
    kind: str = value["t"]
    content: Any = value.get("c")
    if kind == "MetaInlines":
        return "".join(_InlineText(content).text)
    if kind == "MetaBlocks":
        return "\n\n".join(_blocks(content))
    if kind == "MetaList":
        return "\n".join(map(_meta, content))
    return str(content) if kind == "MetaString" else ""


def _blocks(blocks: list[Node]) -> Iterator[str]:
    """The text of each block."""
    for block in blocks:
        kind, content = block["t"], block.get("c")
        if kind in _READERS:
            yield from _READERS[kind](content)


def _paragraph(inlines: list[Node]) -> Iterator[str]:
    """The text of a paragraph, then those of its notes."""
    line = _InlineText(inlines)
    yield "".join(line.text).strip()
    yield from line.notes


def _division(content: list[Any]) -> Iterator[str]:
    """The text of a division; none of a notebook's cells of code, and what they gave."""
    classes = content[0][1]
    return iter(()) if "code" in classes and "cell" in classes else _blocks(content[1])


def _code(content: list[Any]) -> Iterator[str]:
    """Text as it stands; none where it names the programming language that it is in."""
    (_name, languages, _attributes), text = content
    return iter(() if languages else (text,))


def _lines(lines: list[list[Node]]) -> Iterator[str]:
    yield "\n".join("".join(_InlineText(line).text) for line in lines)


def _items(items: list[list[Node]], mark: Callable[[int], str]) -> Iterator[str]:
    """The text of a list: one paragraph with a line for each item."""
    texts = ("\n".join(_blocks(item)).strip() for item in items)
    yield "\n".join(mark(place) + text for place, text in enumerate(texts) if text)


def _numbered(content: list[Any]) -> Iterator[str]:
    first = content[0][0]
    return _items(content[1], lambda place: f"{first + place}. ")


def _definitions(content: list[Any]) -> Iterator[str]:
    for term, definitions in content:
        meaning = (text for blocks in definitions for text in _blocks(blocks))
        yield "\n".join(("".join(_InlineText(term).text), *meaning))


def _table(content: list[Any]) -> Iterator[str]:
    """The caption of a table, then a line for each row, cells separated by tabs."""
    _, caption, _, head, bodies, foot = content[:6]
    yield from _blocks(caption[1])
    rows = [*head[1], *(row for body in bodies for row in (*body[2], *body[3])), *foot[1]]
    yield "\n".join(_CELL.join(_cell(cell) for cell in row[1]).rstrip() for row in rows)


def _cell(cell: list[Any]) -> str:
    return " ".join(" ".join(_blocks(cell[4])).split())


def _figure(content: list[Any]) -> Iterator[str]:
    caption = list(_blocks(content[1][1]))
    yield from (text for text in _blocks(content[2]) if text not in caption)
    yield from caption


_READERS: dict[str, Callable[[Any], Iterator[str]]] = {
    "Para": _paragraph,
    "Plain": _paragraph,
    "Header": lambda content: _paragraph(content[2]),
    "LineBlock": _lines,
    "CodeBlock": _code,
    "BlockQuote": _blocks,
    "Div": _division,
    "BulletList": lambda content: _items(content, lambda _place: "- "),
    "OrderedList": _numbered,
    "DefinitionList": _definitions,
    "Table": _table,
    "Figure": _figure,
}


class _InlineText:
    """The content of a paragraph: its `text` in pieces, and the texts of its `notes`."""

    def __init__(self, inlines: list[Node]) -> None:
        self.text: list[str] = []
        self.notes: list[str] = []
        self._add(inlines)

    def _add(self, inlines: list[Node]) -> None:
        for inline in inlines:
            kind: str = inline["t"]
            content: Any = inline.get("c")
            if kind == "Str":
                self.text.append(content)
            elif kind in _SPACE:
                self.text.append(_SPACE[kind])
            elif kind in _TEXT_SECOND:
                self.text.append(content[1])
            elif kind in _INLINES_SECOND:
                self._add(content[1])
            elif kind == "Quoted":
                self._quote(_QUOTES[content[0]["t"]], content[1])
            elif kind == "Note":
                self.notes += _blocks(content)
            elif kind not in _NO_TEXT:
                self._add(content)

    def _quote(self, marks: str, inlines: list[Node]) -> None:
        self.text.append(marks[0])
        self._add(inlines)
        self.text.append(marks[1])
