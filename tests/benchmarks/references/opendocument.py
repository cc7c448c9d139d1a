"""The body text of OpenDocument texts, straight from their XML (OpenDocument 1.3, part 3).

Hidden and deleted text, comments, titles of pictures, forms, ruby text and the marks of notes are none.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree

_NO_TEXT = frozenset(
    [
        *("tracked-changes", "annotation", "sequence-decls", "variable-decls", "user-field-decls", "forms"),
        *("note-citation", "ruby-text", "hidden-text", "desc", "event-listeners", "dde-connection-decls"),
        *("table-of-content-source", "illustration-index-source", "alphabetical-index-source", "binary-data"),
        *("math", "script", "title-template"),
    ]
)
_SPACES = {"s": " ", "tab": "\t", "line-break": "\n"}
_BLOCKS = frozenset({"p", "h", "table-cell", "list-item", "text-box", "note", "frame", "custom-shape"})


def opendocument_text(data: bytes) -> str:
    """The body text of an archive or a flat file. Raises the errors of zipfile and ElementTree."""
    trees = []
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in ("styles.xml", "content.xml"):
                if name in archive.NameToInfo:
                    trees.append(ElementTree.fromstring(archive.read(name)))
    else:
        trees.append(ElementTree.fromstring(data))
    hidden = {name for tree in trees for name in _hidden_styles(tree)}
    body = trees[-1].find(".//{*}body/{*}text")
    return "" if body is None else "".join(_text(body, hidden))


def _hidden_styles(tree: ElementTree.Element) -> Iterator[str]:
    for style in tree.iter():
        if _name(style) == "style" and any(
            _attribute(child, "display") == "none" and _name(child) == "text-properties" for child in style
        ):
            yield _attribute(style, "name") or ""


def _text(element: ElementTree.Element, hidden: set[str]) -> Iterator[str]:
    name = _name(element)
    if name in _NO_TEXT or (name == "title" and "svg" in element.tag):
        return
    if _attribute(element, "style-name") in hidden or (
        name == "section" and _attribute(element, "display") == "none"
    ):
        return
    yield "\n" if name in _BLOCKS else _SPACES.get(name, "")
    yield element.text or ""
    for child in element:
        yield from _text(child, hidden)
        yield child.tail or ""
    if name in _BLOCKS:
        yield "\n"


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _attribute(element: ElementTree.Element, name: str) -> str | None:
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), None)
