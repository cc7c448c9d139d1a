"""Links of a Markdown text: where they stand in a line, and what they lead to. Positions are code points.

Only web addresses, headings and texts beside this one are destinations. Other addresses are refused: a text
may come from anybody, and what a scheme or a network path starts is not for a text to decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from urllib.parse import unquote

from writer.base.errors import UserError
from writer.base.printable import printable
from writer.text.markdown import code_lines, heading


class LinkKind(Enum):
    """What a link leads to."""

    ADDRESS = auto()
    """An address, which stands in the link."""
    REFERENCE = auto()
    """An address that is defined elsewhere in the text under the link's name."""
    NOTE = auto()
    """A footnote."""
    NOTE_DEFINITION = auto()
    """The places that refer to a footnote; this is its definition."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link from `start` to `end` of a line. `target`: the address, or the name of a note or reference."""

    start: int
    end: int
    kind: LinkKind
    target: str


class DestinationKind(Enum):
    """What an address leads to. WEB is what another program opens, mail addresses too."""

    WEB = auto()
    HEADING = auto()
    TEXT = auto()


@dataclass(frozen=True, slots=True)
class Destination:
    """What an address leads to: a page or mailbox (`address`), or a heading (in the text `path`)."""

    kind: DestinationKind
    address: str = ""
    path: str = ""
    fragment: str = ""


_LONGEST_LINE = 8000
_URL_END = "，。；：！？、“”‘’（）《》「」"
_LINK = re.compile(
    r"\\[!-/:-@\[-`{-~]"
    r"|(?P<ticks>`+)(?!`).{1,600}?(?<!`)(?P=ticks)(?!`)"
    r"|\[\^(?P<note>[^\s\[\]]{1,99})\](?P<colon>:)?"
    r"|!?\[[^\[\]]*\]\((?P<inline><[^<>]*>|[^()\s]*(?:\([^()\s]*\)[^()\s]*)*)"
    r"(?:\s+(?:\"[^\"]*\"|'[^']*'))?\s*\)"
    r"|!?\[(?P<label>[^\[\]]+)\]\[(?P<reference>[^\[\]]*)\]"
    r"|<(?P<auto>[A-Za-z][A-Za-z0-9+.-]{1,31}:[^<>\s]*)>"
    rf"|(?P<bare>https?://[^\s<>{_URL_END}]+)"
)
_DEFINITION = re.compile(r" {0,3}\[(?P<name>[^\[\]^][^\[\]]*)\]:[ \t]*(?P<address><[^<>]*>|\S+)")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
OPENED_SCHEMES = ("http", "https", "mailto")
"""The schemes of addresses that other programs may open."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_SLASHES = re.compile(r"[/\\]{2}")
_INLINE_LINK = re.compile(r"!?\[([^\[\]]*)\](?:\([^()]*\)|\[[^\[\]]*\])")
_IDENTIFIER = re.compile(r"[ \t]*\{[^{}]*?#([^\s{}]+)[^{}]*\}[ \t]*$")


def links(line: str) -> list[Link]:
    """The links in a line outside of code."""
    if len(line) > _LONGEST_LINE or not ("[" in line or "://" in line or "<" in line):
        return []
    definition = _DEFINITION.match(line)
    if definition:
        return [Link(*definition.span("address"), LinkKind.ADDRESS, _bare(definition["address"]))]
    return [link for found in _LINK.finditer(line) if (link := _link(line, found))]


def destination(address: str) -> Destination:
    """What an address leads to. Raises UserError where it is not followed."""
    address = address.strip()
    decoded = unquote(_ESCAPE.sub(r"\1", address))
    if not address:
        raise UserError("This link has no address yet.")
    if _CONTROL.search(address + decoded) or printable(decoded) != decoded:
        raise UserError("This link holds characters that cannot be seen, and is not followed.")
    if address.startswith("#"):
        return Destination(DestinationKind.HEADING, fragment=decoded[1:])
    scheme = _SCHEME.match(address) or _SCHEME.match(decoded)
    if scheme and scheme[1].lower() in OPENED_SCHEMES and _SCHEME.match(address) is not None:
        return Destination(DestinationKind.WEB, address=_ESCAPE.sub(r"\1", address))
    if scheme:
        raise UserError(
            "A link that begins with “{scheme}:” is not followed, only web pages and texts are.",
            scheme=scheme[1],
        )
    if _SLASHES.match(address) or "\\" in decoded or decoded.startswith("/"):
        raise UserError("Only a link to a text beside this one is followed, not one to another place.")
    path, _, fragment = _ESCAPE.sub(r"\1", address).partition("#")
    return Destination(DestinationKind.TEXT, path=unquote(path.partition("?")[0]), fragment=unquote(fragment))


def note_definition(text: str, name: str) -> int | None:
    """Where the text of a footnote begins; None where it has no definition."""
    pattern = re.compile(rf" {{0,3}}\[\^{re.escape(name)}\]:[ \t]*", re.IGNORECASE)
    for start, line in _prose(text):
        if found := pattern.match(line):
            return start + found.end()
    return None


def note_references(text: str, name: str) -> Iterator[int]:
    """Where the places that refer to a footnote begin."""
    mark = f"[^{name}]".casefold()
    for start, line in _prose(text):
        if mark in line.casefold():
            for link in links(line):
                if link.kind is LinkKind.NOTE and link.target.casefold() == name.casefold():
                    yield start + link.start


def reference_address(text: str, name: str) -> str | None:
    """The address that is defined under a name; None where there is none."""
    wanted = " ".join(name.split()).casefold()
    for _start, line in _prose(text):
        found = _DEFINITION.match(line) if "]:" in line else None
        if found and " ".join(found["name"].split()).casefold() == wanted:
            return _bare(found["address"])
    return None


def heading_position(text: str, fragment: str) -> int | None:
    """Where the heading begins that a fragment names; None where there is none.

    By its identifier as GitHub and pandoc make them, by one that it gives itself (`{#name}`), or by its text.
    """
    if not fragment:
        return None
    wanted, seen = fragment.casefold(), dict[str, int]()
    for start, line in _prose(text):
        found = heading(line)
        if found is None:
            continue
        own = _IDENTIFIER.search(found[1])
        title = re.sub(r"[*`~]", "", _INLINE_LINK.sub(r"\1", _IDENTIFIER.sub("", found[1])))
        slug = re.sub(r"[^\w\- ]", "", title).strip().replace(" ", "-").casefold()
        count = seen[slug] = seen.get(slug, -1) + 1
        pandoc = re.sub(r"\s+", "-", re.sub(r"[^\w\-. ]", "", re.sub(r"^[\W\d_]+", "", title)).strip())
        names = (f"{slug}-{count}" if count else slug, pandoc.casefold(), title.strip().casefold())
        if wanted in names or (own and own[1].casefold() == wanted):
            return start
    return None


def _link(line: str, found: re.Match[str]) -> Link | None:
    if found["note"]:
        defines = bool(found["colon"]) and not line[: found.start()].strip() and found.start() <= 3
        kind = LinkKind.NOTE_DEFINITION if defines else LinkKind.NOTE
        return Link(found.start(), found.end() - (bool(found["colon"]) and not defines), kind, found["note"])
    if found["inline"] is not None:
        return Link(*found.span(), LinkKind.ADDRESS, _bare(found["inline"]))
    if found["label"]:
        return Link(*found.span(), LinkKind.REFERENCE, found["reference"].strip() or found["label"])
    if found["auto"]:
        return Link(*found.span(), LinkKind.ADDRESS, found["auto"])
    if found["bare"]:
        address = _without_end(found["bare"])
        return Link(found.start(), found.start() + len(address), LinkKind.ADDRESS, address)
    return None


def _bare(address: str) -> str:
    return address[1:-1] if address.startswith("<") and address.endswith(">") else address


def _without_end(address: str) -> str:
    """An address without the marks of the sentence around it."""
    while address[-1:] in tuple(".,;:!?'\"*_~|`") or (
        address.endswith(")") and address.count(")") > address.count("(")
    ):
        address = address[:-1]
    return address


def _prose(text: str) -> Iterator[tuple[int, str]]:
    """The lines outside of code blocks, with the positions where they begin."""
    start = 0
    for line, is_code in code_lines(text.split("\n")):
        if not is_code:
            yield start, line
        start += len(line) + 1
