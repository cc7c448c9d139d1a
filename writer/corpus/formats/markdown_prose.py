"""The prose of Markdown, and of what Obsidian, Joplin, Hugo and others keep in it for themselves.

Front matter, code, comments, embedded files, queries and notes of the program go; the text of links stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from writer.text.front_matter import split_front_matter

_TOML = re.compile(
    r"\A\+\+\+[ \t]*\n((?:[ \t]*(?:[\w\"'.-]+[ \t]*=|\[|#|\n)).*?)^\+\+\+[ \t]*$\n?", re.S | re.M
)
_JSON = re.compile(r"\A\{[ \t]*\n(\s*\"[^\"\n]+\"[ \t]*:.*?)^\}[ \t]*(?:\n|\Z)", re.S | re.M)
_LEADING_BLANK_LINES = re.compile(r"\A(?:[ \t]*\n)+")

_JOPLIN = re.compile(r"^id: [0-9a-f]{32}\n(?:[a-z_]+:.*\n)*type_: (\d+)[ \t]*\n*\Z", re.M)
_JOPLIN_NOTE = "1"

_FENCE = re.compile(r"[ \t>]*(`{3,}|~{3,})([^`]*)$")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)|^%%.*?(?:%%|\Z)|%%[^\n]*?%%", re.S | re.M)
_EMBED = re.compile(r"!\[\[[^\[\]\n]*\]\]|!\[[^\]\n]*\]\((?::/|data:)[^)\n]*\)")
_WIKILINK = re.compile(r"\[\[([^\[\]|\n]*)(?:\|([^\[\]\n]*))?\]\]")
_JOPLIN_LINK = re.compile(r"\[([^\]\n]*)\]\(:/[0-9a-f]{32}[^)\n]*\)")
_CALLOUT = re.compile(r"^([ \t]*(?:>[ \t]*)+)\[![\w-]+(?:\|[^\]\n]*)?\][+-]?[ \t]*", re.M)
_QUERY = re.compile(r"`\$?=[^`\n]*`|[\[(][\w -]{1,40}::[^\])\n]*[\])]")
_FIELD = re.compile(r"^[ \t]*(?:[-*+][ \t]+)?[\w*_-]{1,40}::[ \t].*\n?", re.M)
_BLOCK_ID = re.compile(r"[ \t]+\^[\w-]+[ \t]*$", re.M)
_EMPTY_QUOTATION = re.compile(r"^[ \t]*(?:>[ \t]*)+\n", re.M)


def without_front_matter(text: str) -> tuple[str, str]:
    """A text, with newline characters as line ends, without its front matter; and that (YAML, TOML, JSON)."""
    body = _LEADING_BLANK_LINES.sub("", text.removeprefix("\ufeff"))
    lines, rest = split_front_matter(body)
    if rest != body:
        return rest, "\n".join(lines)
    if found := _TOML.match(body) or _JSON.match(body):
        return body[found.end() :], found[1]
    return text, ""


def prose_of(text: str) -> str:
    """The prose of a text in Markdown that has no front matter, with newline characters as line ends."""
    if found := _JOPLIN.search(text):
        text = text[: found.start()] if found[1] == _JOPLIN_NOTE else ""
    text = _COMMENT.sub("", "\n".join(_without_fences(text)))
    text = _WIKILINK.sub(_shown, _EMBED.sub("", text))
    text = _CALLOUT.sub(r"\1", _JOPLIN_LINK.sub(r"\1", text))
    return _EMPTY_QUOTATION.sub("", _BLOCK_ID.sub("", _FIELD.sub("", _QUERY.sub("", text))))


def _without_fences(text: str) -> Iterator[str]:
    """The lines outside of fenced code; a fence that is never closed hides nothing."""
    lines = text.split("\n")
    place = 0
    while place < len(lines):
        end = _fence_end(lines, place)
        if end is None:
            yield lines[place]
        place = place + 1 if end is None else end + 1


def _fence_end(lines: list[str], place: int) -> int | None:
    opening = _FENCE.match(lines[place])
    if not opening:
        return None
    fence = opening[1]
    for number in range(place + 1, len(lines)):
        closing = lines[number].strip(" \t>")
        if closing.startswith(fence) and not closing.strip(fence[0]):
            return number
    return None


def _shown(link: re.Match[str]) -> str:
    """What is shown of a link: its alias, or its target without the place in it."""
    if link[2]:
        return link[2]
    target, _, heading = link[1].partition("#")
    return target or heading.lstrip("#^")
