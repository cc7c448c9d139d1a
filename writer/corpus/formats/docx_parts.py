"""The parts of a Word document, and what its styles and lists say of a paragraph.

Names are compared without their namespaces: Word writes two sets of them (ECMA-376, transitional and strict),
and other programs any prefix. Source: ECMA-376, part 1, WordprocessingML; part 2, packages.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree

_MAIN = "word/document.xml"
_OFF = frozenset({"0", "false", "off"})
_HIDING = ("vanish", "webHidden")
_GENERATIONS = 20
"""The most styles that one is based on."""

Element = ElementTree.Element


class DocxParts:
    """The parts of a document. Raises the errors of `zip_checks.DAMAGE_ERRORS` and ParseError, KeyError."""

    def __init__(self, data: bytes) -> None:
        self._archive = zipfile.ZipFile(io.BytesIO(data))
        self._names = set(self._archive.namelist())
        found = next(self.related("", "officeDocument"), _MAIN)
        self.main = found if found in self._names else _MAIN

    def read(self, name: str) -> bytes:
        """The bytes of a part; empty where there is none."""
        return self._archive.read(name) if name in self._names else b""

    def tree(self, name: str) -> Element | None:
        """A part in XML; None where there is none."""
        return ElementTree.fromstring(self._archive.read(name)) if name in self._names else None

    def blocks(self, name: str) -> Iterator[Element]:
        """The elements of a part that stand two levels below its root, one after another."""
        with self._archive.open(name) as file:
            above: list[Element] = []
            for event, element in ElementTree.iterparse(file, events=("start", "end")):
                if event == "start":
                    above.append(element)
                    continue
                above.pop()
                if len(above) == 2:
                    yield element
                    above[-1].clear()

    def related(self, part: str, kind: str = "", identity: str = "") -> Iterator[str]:
        """The names of the parts that `part` refers to, by the last word of the relation or by its id."""
        folder, name = posixpath.split(part)
        relations = self.tree(posixpath.join(folder, "_rels", f"{name}.rels"))
        for relation in () if relations is None else relations:
            target = relation.get("Target", "")
            meant = kind == relation.get("Type", "").rpartition("/")[2] or identity == relation.get("Id")
            if meant and relation.get("TargetMode") != "External":
                yield posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")


@dataclass(frozen=True, slots=True)
class Look:
    """What a style says of its text; None where it says nothing. `numbering` is a list's id and level."""

    name: str = ""
    hidden: bool | None = None
    heading: bool | None = None
    numbering: tuple[str, int] | None = None


class Styles:
    """The looks of a document's styles; `usual` is the style of paragraphs that name none."""

    def __init__(self, tree: Element | None) -> None:
        self.usual = ""
        self._known: dict[str, Look] = {}
        self._looks: dict[str, Look] = {}
        self._bases: dict[str, str] = {}
        for style in () if tree is None else tree:
            if local(style) == "style":
                name = value(style, "styleId")
                self._looks[name] = _look(style)
                self._bases[name] = value(child(style, "basedOn"))
                if value(style, "type") == "paragraph" and value(style, "default") not in ("", *_OFF):
                    self.usual = name

    def of(self, name: str) -> Look:
        """The look of a style with what it has from those that it is based on."""
        if name not in self._known:
            self._known[name] = self._inherited(name)
        return self._known[name]

    def _inherited(self, name: str) -> Look:
        look, base = self._looks.get(name, Look()), name
        for _generation in range(_GENERATIONS):
            base = self._bases.get(base, "")
            if base not in self._looks:
                break
            older = self._looks[base]
            look = Look(
                look.name,
                older.hidden if look.hidden is None else look.hidden,
                older.heading if look.heading is None else look.heading,
                look.numbering or older.numbering,
            )
        return look


@dataclass(slots=True)
class Lists:
    """The numbers and bullets of a document's lists, counted while it is read."""

    tree: Element | None
    _formats: dict[str, dict[int, tuple[str, int]]] = field(default_factory=dict)
    _counts: dict[str, dict[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        levels: dict[str, dict[int, tuple[str, int]]] = {}
        for one in () if self.tree is None else self.tree:
            if local(one) == "abstractNum":
                levels[value(one, "abstractNumId")] = dict(map(_level, children(one, "lvl")))
            elif local(one) == "num":
                formats = dict(levels.get(value(child(one, "abstractNumId")), {}))
                for change in children(one, "lvlOverride"):
                    level = number(value(change, "ilvl"))
                    start = child(change, "startOverride")
                    if start is not None and level in formats:
                        formats[level] = formats[level][0], number(value(start), 1)
                    formats |= dict(map(_level, children(change, "lvl")))
                self._formats[value(one, "numId")] = formats
        self.tree = None

    def mark(self, identity: str, level: int) -> str | None:
        """The mark of the next item of a list at a level; None where that is no list."""
        formats = self._formats.get(identity)
        if formats is None:
            return None
        style, start = formats.get(level, ("bullet", 1))
        counts = self._counts.setdefault(identity, {})
        counts[level] = counts.get(level, start - 1) + 1
        for deeper in [one for one in counts if one > level]:
            del counts[deeper]
        return "- " if style == "bullet" else "" if style == "none" else f"{counts[level]}. "


def local(element: Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def child(element: Element | None, name: str) -> Element | None:
    """The first child of that name."""
    return None if element is None else next(children(element, name), None)


def children(element: Element, name: str) -> Iterator[Element]:
    """The children of that name."""
    return (one for one in element if local(one) == name)


def value(element: Element | None, name: str = "val") -> str:
    """The value of an attribute by its name without namespace; "" where there is none."""
    found = () if element is None else element.attrib.items()
    return next((text for key, text in found if key.rpartition("}")[2] == name), "")


def number(text: str, otherwise: int = 0) -> int:
    """The number in an attribute."""
    return int(text) if text.isdecimal() and len(text) < 10 else otherwise


def is_on(element: Element | None) -> bool | None:
    """Whether a property is on; None where it is not stated."""
    return None if element is None else value(element) not in _OFF


def hides(properties: Element | None) -> bool | None:
    """Whether properties of a run hide its text; None where they do not say."""
    stated = (is_on(child(properties, name)) for name in _HIDING)
    return next((one for one in stated if one is not None), None)


def numbering_of(properties: Element | None) -> tuple[str, int] | None:
    """The list and the level in properties of a paragraph; the list "0" is none."""
    found = child(properties, "numPr")
    return None if found is None else (value(child(found, "numId")), number(value(child(found, "ilvl"))))


def _look(style: Element) -> Look:
    paragraph = child(style, "pPr")
    name = value(child(style, "name")).lower()
    outline = child(paragraph, "outlineLvl")
    heading = name.startswith("heading ") or (outline is not None and number(value(outline), 9) < 9)
    return Look(name, hides(child(style, "rPr")), heading or None, numbering_of(paragraph))


def _level(level: Element) -> tuple[int, tuple[str, int]]:
    style = value(child(level, "numFmt")) or "decimal"
    return number(value(level, "ilvl")), (style, number(value(child(level, "start")), 1))
