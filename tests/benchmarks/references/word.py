"""The body text of Word documents, straight from their XML (ECMA-376, part 1, WordprocessingML).

Body text is what the author wrote in the main part and its notes, with tables, text boxes and the base of
ruby text. Headers, footers, comments, deleted and hidden text, hints in empty controls, formulas and the
codes of fields are none.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree

from tests.benchmarks.references.web import page_text

_DELETED = frozenset({"del", "moveFrom"})
_NO_TEXT = frozenset(
    {"instrText", "delText", "delInstrText", "rt", "rPr", "pPr", "sectPr", "tblPr", "tcPr", "trPr", "sdtPr"}
)
_SPACES = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "\u2011"}
_BLOCKS = frozenset({"p", "tc", "tr", "txbxContent"})
_NOTES = {"footnotes": "footnote", "endnotes": "endnote"}


class Word:
    """A Word document. Raises the errors of zipfile and ElementTree where it is damaged."""

    def __init__(self, data: bytes) -> None:
        self._archive = zipfile.ZipFile(io.BytesIO(data))
        self._main = next(self._targets("_rels/.rels", "officeDocument"), "word/document.xml")
        self._relations = posixpath.join(
            posixpath.dirname(self._main), "_rels", f"{posixpath.basename(self._main)}.rels"
        )
        self._usual: str | None = None
        self._hidden = self._hidden_styles()

    @property
    def text(self) -> str:
        """The body text, then the notes."""
        parts = [self._part(self._main)]
        for kind in _NOTES:
            parts += map(self._part, self._targets(self._relations, kind))
        return "\n".join(parts)

    def _part(self, name: str) -> str:
        return "".join(self._text(self._tree(name)))

    def _tree(self, name: str) -> ElementTree.Element:
        return ElementTree.fromstring(self._archive.read(name))

    def _targets(self, relations: str, kind: str) -> Iterator[str]:
        for place, target in self._relation_list(relations):
            if place.rpartition("/")[2] == kind:
                yield target

    def _relation_list(self, relations: str) -> Iterator[tuple[str, str]]:
        if relations not in self._archive.NameToInfo:
            return
        base = posixpath.dirname(posixpath.dirname(relations))
        for relation in self._tree(relations):
            target = relation.get("Target", "")
            path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{base}/{target}")
            path = path.lstrip("/")
            yield relation.get("Type", ""), path
            yield f"id/{relation.get('Id')}", path

    def _hidden_styles(self) -> set[str]:
        """The names of the styles, of characters or paragraphs, whose text is hidden."""
        hides: dict[str, bool] = {}
        parents: dict[str, str] = {}
        for part in self._targets(self._relations, "styles"):
            for style in self._tree(part):
                if (name := _attribute(style, "styleId")) is None:
                    continue
                if _attribute(style, "type") == "paragraph" and _attribute(style, "default") == "1":
                    self._usual = name
                for child in style:
                    if _name(child) == "basedOn":
                        parents[name] = _attribute(child, "val") or ""
                    elif _name(child) == "rPr" and (vanish := _vanish(child)) is not None:
                        hides[name] = vanish
        return {name for name in {*hides, *parents} if _inherited(name, hides, parents)}

    def _text(self, element: ElementTree.Element, style_hides: bool = False) -> Iterator[str]:
        name = _name(element)
        if name in _DELETED or name in _NO_TEXT:
            return
        if name in _NOTES.values() and _attribute(element, "type") not in (None, "normal"):
            return
        if name == "t":
            yield element.text or ""
        elif name in _SPACES:
            yield _SPACES[name]
        elif name == "r":
            if not self._is_hidden(element, style_hides):
                for child in element:
                    yield from self._text(child, style_hides)
        elif name == "AlternateContent":
            yield from self._text(element[0], style_hides) if len(element) else ()
        elif name == "oMath" or self._is_placeholder(element):
            return
        elif name == "altChunk":
            yield self._chunk(element)
        else:
            if name == "p":
                style_hides = (self._style(element, "pPr", "pStyle") or self._usual) in self._hidden
            for child in element:
                yield from self._text(child, style_hides)
            if name in _BLOCKS and not _joins_next(element):
                yield "\n"

    def _is_placeholder(self, element: ElementTree.Element) -> bool:
        """Whether an element is a control that shows what to write in it."""
        return _name(element) == "sdt" and any(_name(one) == "showingPlcHdr" for one in element[0])

    def _is_hidden(self, run: ElementTree.Element, style_hides: bool) -> bool:
        for properties in run:
            if _name(properties) == "rPr" and (vanish := _vanish(properties)) is not None:
                return vanish
        return style_hides or self._style(run, "rPr", "rStyle") in self._hidden

    def _style(self, element: ElementTree.Element, properties: str, style: str) -> str | None:
        for child in element:
            if _name(child) == properties:
                return next((_attribute(one, "val") for one in child if _name(one) == style), None)
        return None

    def _chunk(self, element: ElementTree.Element) -> str:
        target = next(self._targets(self._relations, _attribute(element, "id") or ""), "")
        if target not in self._archive.NameToInfo:
            return ""
        data = self._archive.read(target)
        if target.endswith((".htm", ".html", ".xhtml")):
            return page_text(data)
        return data.decode("utf-8", "replace") if target.endswith(".txt") else ""


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _attribute(element: ElementTree.Element, name: str) -> str | None:
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), None)


def _joins_next(paragraph: ElementTree.Element) -> bool:
    """Whether the end of a paragraph is deleted, or it is a drop cap."""
    if paragraph.find("./{*}pPr/{*}rPr/{*}del") is not None:
        return True
    frame = paragraph.find("./{*}pPr/{*}framePr")
    return frame is not None and _attribute(frame, "dropCap") not in (None, "none")


def _vanish(properties: ElementTree.Element) -> bool | None:
    for child in properties:
        if _name(child) in ("vanish", "webHidden"):
            return _attribute(child, "val") not in ("0", "false", "off")
    return None


def _inherited(name: str, hides: dict[str, bool], parents: dict[str, str]) -> bool:
    seen: set[str] = set()
    while name and name not in seen:
        seen.add(name)
        if name in hides:
            return hides[name]
        name = parents.get(name, "")
    return False
