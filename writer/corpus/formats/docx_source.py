"""Word documents with all their words where pandoc's reader looks for them.

It skips what stands within custom XML, simple fields, writing directions, ruby text (the characters below
pinyin), text boxes and parts in other formats (altChunk). Their words are put in plain paragraphs and runs.
Source of the elements: ECMA-376, part 1, WordprocessingML.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Callable
from xml.sax.saxutils import escape

from writer.text.plain_text import clean_text

_PARTS = re.compile(r"word/(?:document\d*|footnotes\d*|endnotes\d*)\.xml")
_UNUSED = re.compile(r"word/(?:media|embeddings|fonts)/|docProps/thumbnail")
_WRAPPERS = re.compile(
    rb"<w:customXmlPr\b[^>]*/>|<w:customXmlPr\b.*?</w:customXmlPr>"
    rb"|</?w:(?:customXml|fldSimple|smartTag|bdo|dir)(?=[\s/>])[^>]*>",
    re.S,
)
_RUBY = re.compile(rb"<w:ruby(?=[\s>]).*?</w:ruby>", re.S)
_RUBY_BASE = re.compile(rb"<w:rubyBase>(.*?)</w:rubyBase>", re.S)
_FALLBACK = re.compile(rb"<mc:Fallback\b[^>]*>.*?</mc:Fallback>", re.S)
_CHUNK = re.compile(rb"<w:altChunk\b[^>]*?\br:id=[\"']([^\"']+)[\"'][^>]*?(?:/>|>.*?</w:altChunk>)", re.S)
_RELATION = re.compile(r"<Relationship\b[^>]*>")
_ATTRIBUTE = re.compile(r"\b(Id|Target)=[\"']([^\"']*)[\"']")
_BOX_OR_PARAGRAPH = re.compile(rb"<(/?)w:(txbxContent|p)(?:\s[^>]*?)?(/?)>")

ReadChunk = Callable[[bytes, str], str]
"""The text of a part in another format, from its bytes and the ending of its name without a point."""


def with_all_words(data: bytes, read_chunk: ReadChunk) -> bytes:
    """A document in which pandoc finds all words; `data` where it does so already.

    Raises the errors of `zip_checks.DAMAGE_ERRORS`, and what `read_chunk` raises.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = set(archive.namelist())
        changed = {}
        for name in names:
            if _PARTS.fullmatch(name):
                source = archive.read(name)
                plain = _plain(_CHUNK.sub(_chunks(archive, name, read_chunk), source))
                if plain != source:
                    changed[name] = plain
        return _rewritten(archive, changed) if changed else data


def _rewritten(archive: zipfile.ZipFile, changed: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as result:
        for name in dict.fromkeys(archive.namelist()):
            if not _UNUSED.match(name):
                result.writestr(name, changed.get(name) or archive.read(name))
    return file.getvalue()


def _plain(source: bytes) -> bytes:
    source = _RUBY.sub(_ruby_base, _WRAPPERS.sub(b"", source))
    return _with_boxes_outside(_FALLBACK.sub(b"", source)) if b"<w:txbxContent" in source else source


def _ruby_base(ruby: re.Match[bytes]) -> bytes:
    """The runs below the ruby text, outside of the run that holds both."""
    base = b"".join(_RUBY_BASE.findall(ruby[0]))
    return b"</w:r>" + base + b"<w:r>"


def _with_boxes_outside(source: bytes) -> bytes:
    """The paragraphs of text boxes behind the paragraph that they are anchored in."""
    main: list[bytes] = []
    boxes: list[bytes] = []
    place = depth = boxed = 0
    for tag in _BOX_OR_PARAGRAPH.finditer(source):
        closes, name, empty = tag.groups()
        (boxes if boxed else main).append(source[place : tag.start()])
        place = tag.end()
        if name == b"txbxContent":
            boxed += 0 if empty else -1 if closes else 1
            boxed = max(0, boxed)
            continue
        (boxes if boxed else main).append(tag[0])
        if not boxed and not empty:
            depth += -1 if closes else 1
            if closes and depth <= 0:
                main += boxes
                boxes.clear()
    return b"".join((*main, source[place:]))


def _chunks(archive: zipfile.ZipFile, part: str, read_chunk: ReadChunk) -> Callable[[re.Match[bytes]], bytes]:
    """What replaces an altChunk of `part`: the paragraphs of its text."""
    folder, name = posixpath.split(part)
    relations = f"{folder}/_rels/{name}.rels"

    def paragraphs(chunk: re.Match[bytes]) -> bytes:
        source = archive.read(relations).decode("utf-8", "replace")
        found = (dict(_ATTRIBUTE.findall(relation)) for relation in _RELATION.findall(source))
        targets = {one.get("Id"): one.get("Target", "") for one in found}
        target = targets.get(chunk[1].decode("utf-8", "replace"), "")
        path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
        if path not in archive.NameToInfo:
            return b""
        text = read_chunk(archive.read(path), path.rpartition(".")[2].lower())
        lines = (escape(line) for line in clean_text(text).split("\n") if line.strip())
        return "".join(
            f'<w:p><w:r><w:t xml:space="preserve">{line}</w:t></w:r></w:p>' for line in lines
        ).encode()

    return paragraphs if relations in archive.NameToInfo else lambda _chunk: b""
