"""Front matter: lines of YAML between `---` at the start of a Markdown text; only its title is read."""

from __future__ import annotations

import re

FENCE = "---"
MAX_LINES = 100
"""The most lines of front matter; a rule at the start of a text opens none."""

_ENDS = (FENCE, "...")
_FIELD = re.compile(r"[A-Za-z_][\w -]{0,60}:(?:\s|$)")
_WITHIN = re.compile(r"\s|-(?:\s|$)|[\]}\"']")
"""The start of a line within a value: indented, an item, the end of a list or of a quotation."""

_TITLE = re.compile(r"title\s*:(?:\s+(.*))?$", re.IGNORECASE)
_BLOCK_SCALAR = re.compile(r"[>|][+-]?\d?$")
_COMMENT = re.compile(r"\s+#.*$")


def closes_front_matter(line: str) -> bool:
    """Whether a line ends the front matter."""
    return line.rstrip() in _ENDS


def split_front_matter(text: str) -> tuple[tuple[str, ...], str]:
    """The lines of the front matter without its fences, none where there is none, and the text behind it."""
    if not text.startswith(FENCE):
        return (), text
    first, *lines = text.split("\n", MAX_LINES)
    if first.rstrip() != FENCE:
        return (), text
    end = next((number for number, line in enumerate(lines) if closes_front_matter(line)), None)
    if end is None or not _is_yaml(lines[:end]):
        return (), text
    return tuple(lines[:end]), "\n".join(lines[end + 1 :])


def front_matter_title(text: str) -> str:
    """The title in the front matter of a text, in one line; "" where there is none."""
    lines, _body = split_front_matter(text)
    for number, line in enumerate(lines):
        if found := _TITLE.match(line):
            value = (found[1] or "").strip()
            more = _indented(lines[number + 1 :])
            if not value or _BLOCK_SCALAR.match(value):
                return " ".join(more)
            return _unquoted(" ".join((value, *more)))
    return ""


def _is_yaml(lines: list[str]) -> bool:
    """Whether the first line that says something is a field, and most others are what YAML has.

    In a text between two rules they are not.
    """
    said = [line for line in lines if line.strip() and not line.startswith("#")]
    known = sum(bool(_FIELD.match(line) or _WITHIN.match(line)) for line in said)
    return bool(said) and bool(_FIELD.match(said[0])) and 2 * known > len(said)


def _indented(lines: tuple[str, ...]) -> list[str]:
    """The lines that continue a value."""
    found = []
    for line in lines:
        if line.strip() and not line[0].isspace():
            break
        found.append(line.strip())
    return [line for line in found if line]


def _unquoted(value: str) -> str:
    if value[:1] == '"':
        found = re.match(r'"((?:[^"\\]|\\.)*)"', value)
        return re.sub(r"\\(.)", r"\1", found[1]) if found else value
    if value[:1] == "'":
        found = re.match(r"'((?:[^']|'')*)'", value)
        return found[1].replace("''", "'") if found else value
    return _COMMENT.sub("", value)
