"""Rendering of an excerpt as a QTextDocument, in a thread: HTML of pandoc, pictures of the text's folder.

The HTML holds no markup of the text itself (see `to_preview_html`), and each picture is loaded before the
document asks for it. So the document, which would open any file and show any HTML, opens none.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QThread, QUrl
from PySide6.QtGui import QFont, QImage, QTextDocument

from writer.base.progress import Cancelled
from writer.documents.pandoc import to_html, to_preview_html
from writer.text.front_matter import front_matter_title, split_front_matter
from writer.text.markdown import heading
from writer.ui.panels.preview.excerpt import Excerpt
from writer.ui.panels.preview.pictures import Pictures

MARGIN = 28
"""The distance of the text from the sides of the view, in pixels."""

MAX_PICTURES = 100
"""The most pictures of an excerpt; of others only the text is shown."""

_ANCHOR = "line-"
_PICTURE = re.compile(r'<img src="picture:([0-9a-f]*)"([^<>]*)>')
_ALTERNATIVE = re.compile(r'\balt="([^"]*)"')


@dataclass(frozen=True, slots=True)
class PreviewStyle:
    """The looks of a preview: its font, and a style sheet in Qt's CSS."""

    font: QFont
    sheet: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A rendered excerpt. `places` are pairs of a block number of the text and a position in `document`."""

    document: QTextDocument
    places: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class RenderRequest:
    """What is rendered: an excerpt, as Markdown or as it is, with pictures from `folder`."""

    excerpt: Excerpt
    markdown: bool
    folder: Path | None
    style: PreviewStyle


def render(request: RenderRequest, pictures: Pictures, cancelled: Callable[[], bool]) -> Rendered:
    """Render an excerpt, in any one thread; the document belongs to the window's thread afterwards.

    Raises ConvertError, Cancelled.
    """
    excerpt = request.excerpt
    if request.markdown:
        title, body, lines = _split(excerpt)
        html = title + to_preview_html(body, cancelled)
    else:
        html, lines = to_html(excerpt.text, False), 0
    images: list[QImage] = []

    def show(found: re.Match[str]) -> str:
        if cancelled():
            raise Cancelled
        address = bytes.fromhex(found[1]).decode("utf-8", "replace")
        image = pictures.load(request.folder, address) if len(images) < MAX_PICTURES else None
        if image is None:
            text = _ALTERNATIVE.search(found[2])
            return f"[{text[1]}]" if text and text[1] else f"[{escape(address)}]"
        images.append(image)
        return f'<img src="{_name(len(images) - 1)}">'

    html = _PICTURE.sub(show, html)
    pictures.forget_unused()
    if cancelled():
        raise Cancelled
    document = _document(html, images, request.style)
    places = _places(document, excerpt.first + lines)
    application = QCoreApplication.instance()
    if application is not None and QThread.currentThread() is not application.thread():
        document.moveToThread(application.thread())
    return Rendered(document, places)


def _split(excerpt: Excerpt) -> tuple[str, str, int]:
    """The title as HTML, the text behind the front matter, and the number of lines of that."""
    if excerpt.first:
        return "", excerpt.text, 0
    front_matter, body = split_front_matter(excerpt.text)
    title = " ".join(front_matter_title(excerpt.text).split())
    first = next((line for line in body.split("\n", 20) if line.strip()), "")
    level = heading(first)
    shown = f"<h1>{escape(title)}</h1>" if title and not (level and level[0] == 1) else ""
    return shown, body, excerpt.text.count("\n") - body.count("\n") if front_matter else 0


def _name(number: int) -> str:
    return f"picture:{number}"


def _document(html: str, images: list[QImage], style: PreviewStyle) -> QTextDocument:
    document = QTextDocument()
    document.setUndoRedoEnabled(False)
    document.setDefaultFont(style.font)
    document.setDocumentMargin(MARGIN)
    document.setDefaultStyleSheet(style.sheet)
    for number, image in enumerate(images):
        kind = QTextDocument.ResourceType.ImageResource
        document.addResource(kind.value, QUrl(_name(number)), image)
    document.setHtml(html.strip())  # a line end behind the last block becomes a space in it
    return document


def _places(document: QTextDocument, first: int) -> tuple[tuple[int, int], ...]:
    """The block numbers and positions of the anchors; `first` is the block number of the first line."""
    found, block = [], document.begin()
    while block.isValid():
        parts = block.begin()
        while not parts.atEnd():
            for name in parts.fragment().charFormat().anchorNames():
                if name.startswith(_ANCHOR) and name[len(_ANCHOR) :].isdecimal():
                    found.append((first + int(name[len(_ANCHOR) :]) - 1, block.position()))
            parts += 1
        block = block.next()
    return tuple(sorted(found))
