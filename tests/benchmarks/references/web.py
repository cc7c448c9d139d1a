"""The body text of web pages and of EPUB books, straight from their HTML.

Of a page: what is neither menu, sidebar, banner, footer, form nor script, as far as its elements and roles
say so, nor a list, a table or a block with little but links. Of a book: the documents in the order of its
spine. Formulas are none.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from html.parser import HTMLParser
from urllib.parse import unquote
from xml.etree import ElementTree

_VOID = frozenset(
    [
        *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source"),
        *("track", "wbr", "frame", "basefont", "bgsound", "keygen"),
    ]
)
_NO_TEXT = frozenset(
    [
        *("head", "script", "style", "math", "noscript", "template", "iframe", "object", "svg", "select"),
        *("textarea", "button", "audio", "video", "canvas", "datalist", "rt", "rp", "title", "applet"),
        *("noframes",),
    ]
)
_AROUND = frozenset(["nav", "aside", "footer", "dialog", "menu", "form"])
_ROLES = frozenset(["navigation", "banner", "contentinfo", "complementary", "search", "dialog", "menu"])
_INLINE = frozenset(
    [
        *("a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em"),
        *("font", "i", "ins", "kbd", "label", "mark", "nobr", "q", "s", "samp", "small", "span", "strike"),
        *("strong", "sub", "sup", "time", "tt", "u", "var", "wbr", "ruby", "rb", "blink"),
    ]
)
_BLOCKS_OF_LINKS = frozenset(["ul", "ol", "dl", "table", "tr", "td", "div", "p", "section"])
_LEAST_LINKS, _LINKED_SHARE = 3, 0.75
_OPF = "{http://www.idpf.org/2007/opf}"
_CHARSET = re.compile(rb"<(?:meta[^>]+charset\s*=|\?xml[^>]+encoding=)[\"']?\s*([\w-]+)", re.I)


def page_text(data: bytes) -> str:
    """The body text of a page."""
    return _text(_decoded(data), _NO_TEXT | _AROUND, without_menus=True)


def mail_page_text(source: str) -> str:
    """The body text of a mail in HTML, without what it quotes."""
    return _text(source, _NO_TEXT | {"blockquote"})


def book_text(data: bytes) -> str:
    """The body text of an EPUB book. Raises the errors of zipfile and ElementTree."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        container = ElementTree.fromstring(archive.read("META-INF/container.xml"))
        rootfile = container.find(".//{*}rootfile")
        package = "" if rootfile is None else rootfile.get("full-path", "")
        tree = ElementTree.fromstring(archive.read(package))
        items = {item.get("id"): item.get("href", "") for item in tree.iter(f"{_OPF}item")}
        spine = [one.get("idref") for one in tree.iter(f"{_OPF}itemref")]
        texts = []
        for name in spine:
            place = unquote(items.get(name, ""))
            path = posixpath.normpath(posixpath.join(posixpath.dirname(package), place))
            if path in archive.NameToInfo and path.endswith(("html", "htm", "xml")):
                texts.append(_text(_decoded(archive.read(path)), _NO_TEXT | {"nav"}))
        return "\n".join(texts)


def _text(source: str, no_text: frozenset[str], without_menus: bool = False) -> str:
    page = _Page(no_text, without_menus)
    page.feed(source)
    page.close()
    return "".join(page.pieces)


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    declared = _CHARSET.search(data)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            return data.decode(declared[1].decode() if declared else "windows-1252", "replace")
        except LookupError:
            return data.decode("windows-1252", "replace")


class _Page(HTMLParser):
    """Collects the text of the elements that are none of `no_text`."""

    def __init__(self, no_text: frozenset[str], without_menus: bool) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._no_text = no_text
        self._without_menus = without_menus
        self._open: list[tuple[str, bool]] = []
        self._starts: list[tuple[int, int]] = []
        self._linked: list[tuple[int, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _INLINE:
            self.pieces.append("\n")
        if tag in _VOID:
            return
        if tag == "body":  # what the head left open is over
            self._open.clear()
            self._starts.clear()
        values = {name: value or "" for name, value in attrs}
        styles = values.get("style", "").replace(" ", "").lower()
        hides = (
            tag in self._no_text
            or values.get("role", "").lower() in _ROLES
            or "hidden" in values
            or values.get("aria-hidden") == "true"
            or "display:none" in styles
            or (tag == "header" and "nav" in self._no_text and not self._within("article", "main"))
        )
        self._open.append((tag, hides or bool(self._open and self._open[-1][1])))
        self._starts.append((len(self.pieces), len(self._linked)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            self.pieces.append("" if tag in _INLINE else "\n")
        elif tag in ("script", "title", "a", "p", "div", "span"):  # HTML takes no notice of the slash
            self.handle_starttag(tag, attrs)
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _INLINE:
            self.pieces.append("\n")
        places = [place for place, (name, _hides) in enumerate(self._open) if name == tag]
        if places:
            start, first_link = self._starts[places[-1]]
            del self._open[places[-1] :], self._starts[places[-1] :]
            if self._without_menus and tag in _BLOCKS_OF_LINKS and self._is_menu(start, first_link):
                del self.pieces[start:], self._linked[first_link:]

    def _is_menu(self, start: int, first_link: int) -> bool:
        linked = [text for _place, text in self._linked[first_link:]]
        letters = sum(len(piece.strip()) for piece in self.pieces[start:])
        links = len({place for place, _text in self._linked[first_link:]})
        return links >= _LEAST_LINKS and sum(map(len, linked)) >= _LINKED_SHARE * letters

    def handle_data(self, data: str) -> None:
        if not (self._open and self._open[-1][1]):
            self.pieces.append(data)
            if self._within("a"):
                self._linked.append((self.getpos()[0] * 100_000 + self.getpos()[1], data.strip()))

    def _within(self, *tags: str) -> bool:
        return any(name in tags for name, _hides in self._open)
