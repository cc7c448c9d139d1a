"""Zipped documents with all words of their body where pandoc's readers look for them.

Of OpenDocument texts they skip fields, text boxes, shapes and generated indexes; of EPUB books the title
page, with its epigraph and dedication. Sources: OpenDocument 1.3, part 3; EPUB Structural Semantics
Vocabulary 1.1.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable

_FIELDS = re.compile(
    rb"</?text:(?:expression|chapter|date|time|page-number|page-count|word-count|character-count|title|subject"
    rb"|keywords|description|author-name|author-initials|initial-creator|creator|creation-date|creation-time"
    rb"|modification-date|modification-time|print-date|file-name|sender-[a-z-]+|user-defined|user-field-get"
    rb"|user-field-input|variable-set|variable-get|variable-input|text-input|conditional-text|sequence-ref"
    rb"|note-ref|bibliography-mark|measure|meta|meta-field|page-variable-get|table-formula"
    rb"|(?:illustration|table|object|user|alphabetical)-index|bibliography|index-body|index-title)(?=[\s/>])[^>]*>"
)
_DESCRIPTIONS = re.compile(
    rb"<svg:(title|desc)\b[^>]*>.*?</svg:\1>|<text:([a-z-]+)-source\b[^>]*>.*?</text:\2-source>", re.S
)
_BOX_OR_PARAGRAPH = re.compile(
    rb"<(/?)(?:draw:(text-box|rect|custom-shape|ellipse|circle|polygon|path|caption|connector|line)"
    rb"|text:[ph])(?=[\s/>])[^>]*?(/?)>"
)
_TITLE_PAGE = re.compile(rb"(\bepub:type\s*=\s*[\"'][^\"']*)\b(?:titlepage|halftitlepage)\b")
_PAGE = re.compile(r".*\.(?:x?html?|xml)", re.I)


def opendocument_with_all_words(data: bytes) -> bytes:
    """An OpenDocument text in which pandoc finds all words. Raises `zip_checks.DAMAGE_ERRORS`."""
    return _rewritten(data, lambda name: name == "content.xml", _plain_opendocument)


def book_with_all_words(data: bytes) -> bytes:
    """An EPUB book in which pandoc finds all words. Raises `zip_checks.DAMAGE_ERRORS`."""
    return _rewritten(
        data, lambda name: bool(_PAGE.fullmatch(name)), lambda page: _TITLE_PAGE.sub(rb"\1", page)
    )


def _plain_opendocument(source: bytes) -> bytes:
    return _with_boxes_outside(_FIELDS.sub(b"", _DESCRIPTIONS.sub(b"", source)))


def _with_boxes_outside(source: bytes) -> bytes:
    """The paragraphs of text boxes and shapes behind the paragraph that they are anchored in."""
    main: list[bytes] = []
    boxes: list[bytes] = []
    place = depth = boxed = 0
    for tag in _BOX_OR_PARAGRAPH.finditer(source):
        closes, box, empty = tag.groups()
        (boxes if boxed and depth else main).append(source[place : tag.start()])
        place = tag.end()
        if box:
            boxed += 0 if empty else -1 if closes else 1
            boxed = max(0, boxed)
            continue
        (boxes if boxed and depth else main).append(tag[0])
        if not boxed and not empty:
            depth += -1 if closes else 1
            if depth <= 0:
                main += boxes
                boxes.clear()
    return b"".join((*main, *boxes, source[place:]))


def _rewritten(data: bytes, meant: Callable[[str], bool], change: Callable[[bytes], bytes]) -> bytes:
    """The archive with the members that are `meant` changed; `data` where none changes."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sources = {name: archive.read(name) for name in archive.namelist() if meant(name)}
        changed = {name: new for name, old in sources.items() if (new := change(old)) != old}
        if not changed:
            return data
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as result:
            for name in dict.fromkeys(archive.namelist()):
                result.writestr(name, changed.get(name) or archive.read(name))
        return file.getvalue()
