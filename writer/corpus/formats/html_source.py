"""The main text of a web page: its source without banner, menus, sidebars, comments, forms and footer.

Such parts are known by their elements and roles (HTML, WAI-ARIA), by the names that themes give them, and by
holding little but links. For mails: without what is quoted and without the signature.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from html.parser import HTMLParser

_DROPPED = frozenset(
    [
        "nav",
        "aside",
        "footer",
        "form",
        "button",
        "select",
        "textarea",
        "script",
        "style",
        "noscript",
        "template",
        "svg",
        "iframe",
        "object",
        "dialog",
        "menu",
        "canvas",
        "audio",
        "video",
        "datalist",
    ]
)
_ROLES = frozenset(
    [
        "navigation",
        "banner",
        "contentinfo",
        "complementary",
        "search",
        "dialog",
        "alertdialog",
        "menu",
        "menubar",
        "toolbar",
    ]
)
_VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
        "keygen",
        "frame",
    ]
)
_CLOSES_PARAGRAPH = frozenset(
    [
        "p",
        "div",
        "ul",
        "ol",
        "dl",
        "table",
        "section",
        "article",
        "main",
        "header",
        "footer",
        "nav",
        "aside",
        "blockquote",
        "pre",
        "form",
        "hr",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "figure",
        "address",
    ]
)
_CLOSED_BY_THE_NEXT = frozenset(["p", "li", "dt", "dd", "tr", "td", "th", "option"])
_NAMED = frozenset(["div", "section", "ul", "ol", "dl", "table", "p", "span", "header"])
"""The elements that are dropped by their names."""

_MAIN = frozenset({"article", "main"})
_MEASURED = frozenset({"div", "section", "ul", "ol", "dl", "table", "p"})
"""The elements that are dropped where they hold little but links."""

_LEAST_LINKS = 3
_LINK_SHARE = 0.7
_LINK_LENGTH = 40
"""The longest length, in characters, of the usual link in a menu."""

_LEAST_SHARE = 0.25
"""The share of the text that must be left; else names are no evidence on this page."""

_PAGE_PART = re.compile(
    r"(?:(?:site|page|main|primary|secondary|global|top|bottom|left|right|post|entry|wp|blog|mobile|header|the)[-_])*"
    r"(?:nav|navbar|navigation|menu|side-?bar|footer|banner|masthead|breadcrumbs?|comments?|disqus|respond"
    r"|commentlist|cookies?|consent|share|sharing|share-?this|social|related|recommended|widgets?|adverts?"
    r"|advertisement|promo|newsletter|subscribe|pagination|pager|skip-link|toolbar|sitenav|topnav)"
    r"(?:[-_]?(?:area|section|container|wrapper|wrap|list|box|bar|links?|buttons?|menu|widget|content|inner|left"
    r"|right|primary|secondary|posts?|notice|thread|form|icons?|nav|\d+))*",
    re.I,
)
_TITLE_BLOCK = re.compile(r"title|entry|post|article|doc", re.I)
_NOT_OWN = re.compile(
    r"gmail_(?:quote|signature|attr|extra).*|divrplyfwdmsg|moz-(?:cite-prefix|signature)|appendonsend"
    r"|yahoo_quoted|protonmail_(?:quote|signature_block.*)|mail-editor-reference-message-container|outlookmessageheader",
    re.I,
)
_NAME_ATTRIBUTES = ("id", "class")

Attributes = dict[str, str]
"""The attributes of an element; "" for one without a value."""


def main_text(source: str) -> str:
    """The source of a page without the parts around its main text."""
    by_name = _Pruner(lambda *seen: _is_page_part_by_element(*seen) or _is_page_part_by_name(*seen))
    by_name.read(source)
    if by_name.characters >= _LEAST_SHARE * by_name.seen:
        return by_name.source
    careful = _Pruner(_is_page_part_by_element)
    careful.read(source)
    return (by_name if by_name.characters >= _LEAST_SHARE * careful.characters else careful).source


def own_text(source: str) -> str:
    """The source of a mail without what is quoted and without the signature."""
    pruner = _Pruner(lambda tag, attributes, _within: tag == "blockquote" or _is_not_own(attributes))
    pruner.read(source)
    return pruner.source


def _is_page_part_by_element(tag: str, attributes: Attributes, in_main: bool) -> bool:
    if tag in ("html", "body", *_MAIN):
        return False
    if tag == "header":
        names = " ".join(attributes.get(name, "") for name in _NAME_ATTRIBUTES)
        return not in_main and not _TITLE_BLOCK.search(names)
    hidden = "hidden" in attributes or attributes.get("aria-hidden", "").lower() == "true"
    return tag in _DROPPED or attributes.get("role", "").lower() in _ROLES or hidden


def _is_page_part_by_name(tag: str, attributes: Attributes, _in_main: bool) -> bool:
    if tag not in _NAMED:
        return False
    names = (name for attribute in _NAME_ATTRIBUTES for name in attributes.get(attribute, "").split())
    return any(_PAGE_PART.fullmatch(name) for name in names)


def _is_not_own(attributes: Attributes) -> bool:
    names = (name for attribute in _NAME_ATTRIBUTES for name in attributes.get(attribute, "").split())
    return any(_NOT_OWN.fullmatch(name) for name in names)


@dataclass(slots=True)
class _Element:
    """An open element: its tag, and the state of the pruner before it."""

    tag: str
    pieces: int
    characters: int
    linked: int
    links: int


class _Pruner(HTMLParser):
    """Copies a page but for the elements that `is_dropped` names, and blocks that hold little but links."""

    def __init__(self, is_dropped: Callable[[str, Attributes, bool], bool]) -> None:
        super().__init__(convert_charrefs=False)
        self.characters = self.seen = 0
        self._is_dropped = is_dropped
        self._pieces: list[str] = []
        self._open: list[_Element] = []
        self._tags: Counter[str] = Counter()
        self._dropped_at: int | None = None
        self._linked = self._links = 0

    @property
    def source(self) -> str:
        """What was copied."""
        return "".join(self._pieces)

    def read(self, source: str) -> None:
        """Copy a whole page."""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._close_implied(tag)
        if tag not in _VOID:
            if self._dropped_at is None:
                in_main = any(self._tags[name] for name in _MAIN)
                if self._is_dropped(tag, {name: value or "" for name, value in attrs}, in_main):
                    self._dropped_at = len(self._open)
            self._open.append(_Element(tag, len(self._pieces), self.characters, self._linked, self._links))
            self._tags[tag] += 1
            self._links += tag == "a" and self._dropped_at is None
        self._copy(self.get_starttag_text() or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            self._copy(self.get_starttag_text() or "")
        else:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if not self._tags[tag]:
            return
        while self._open[-1].tag != tag:
            self._pop()
        self._pop()

    def handle_data(self, data: str) -> None:
        self._copy(data, len(data.strip()))

    def handle_entityref(self, name: str) -> None:
        self._copy(f"&{name};", 1)

    def handle_charref(self, name: str) -> None:
        self._copy(f"&#{name};", 1)

    def _close_implied(self, tag: str) -> None:
        last = self._open[-1].tag if self._open else ""
        if (last == tag and tag in _CLOSED_BY_THE_NEXT) or (last == "p" and tag in _CLOSES_PARAGRAPH):
            self._pop()

    def _pop(self) -> None:
        element = self._open.pop()
        self._tags[element.tag] -= 1
        if self._dropped_at is None:
            self._pieces.append(f"</{element.tag}>")
            if element.tag in _MEASURED and self._is_menu(element):
                del self._pieces[element.pieces :]
                self.characters, self._linked, self._links = (
                    element.characters, element.linked, element.links
                )  # fmt: skip
        elif self._dropped_at == len(self._open):
            self._dropped_at = None

    def _is_menu(self, element: _Element) -> bool:
        links = self._links - element.links
        linked = self._linked - element.linked
        return (
            links >= _LEAST_LINKS
            and linked >= _LINK_SHARE * (self.characters - element.characters)
            and linked <= _LINK_LENGTH * links
        )

    def _copy(self, text: str, characters: int = 0) -> None:
        self.seen += characters
        if self._dropped_at is None:
            self._pieces.append(text)
            self.characters += characters
            self._linked += characters if self._tags["a"] else 0
