"""Hard-wrapped text with each paragraph in one line again.

A line was wrapped where the first word of the next one would not have fitted into the width of the text; such
a line is full. Verse, lists, tables, headings, code and addresses end their lines earlier, and stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from writer.text.characters import HAN, joins_without_space

_LEAST_WIDTH = 50
_GREATEST_WIDTH = 130
"""The columns between which texts are wrapped."""

_WIDTH_QUANTILE = 0.9
"""The share of lines within the width; longer ones are addresses of pages and the like."""

_FULL_SHARE = 0.75
"""The least share of full lines in a wrapped paragraph."""

_TEXT_SHARE = 0.6
"""The least share of full lines in a wrapped text; in others only long paragraphs are unwrapped."""

_LONG_PARAGRAPH = 4
"""The lines of a long paragraph."""

_CAPITAL_SHARE = 0.8
"""The share of lines with a capital at the start from which a paragraph counts as verse."""

_LONGEST = 1.25
"""The length of the longest line that can have been wrapped, in widths of the text."""

_CODE_INDENT = 4

_WIDE = re.compile(f"[{HAN}\u3000-\u303f\uff00-\uffef]")
_FIRST_WORD = re.compile(f"[{HAN}][，。；：！？、」』）》〉】]*|[^\\s{HAN}]+|.")
_ITEM = re.compile(
    r"[ \t]*(?:[-*+•·–—][ \t]|\d{1,3}[.)、](?:[ \t]|(?=[^\d\s]))|[a-zA-Z][.)][ \t]"
    r"|[(（][\dA-Za-z一二三四五六七八九十]{1,3}[)）]|\[[ xX^\d])"
)
_FIXED = re.compile(r"[ \t]*(?:#{1,6}[ \t]|[|>:]|\.\. |[-=*_~\s]+$|\S.*[ \t]{4,}\S.*[ \t]{4,}\S)|[ \t]*$")
"""A line that none goes on from: a heading, a row, a quotation, a directive, a rule, columns."""

_CLOSING = frozenset("，。；：！？、」』）》〉】")
_BREAKABLE = re.compile(rf"[\s{HAN}]")
_HARD_BREAK = re.compile(r"(?:  |\\)$")
_SENTENCE_END = re.compile(r"[.!?。！？…:：;；][\"'”’»)\]）」』*_]*$")
_GLUED = re.compile(r"\w-$|\w--$|—$")
_BLANK_LINES = re.compile(r"(\n(?:[ \t\u3000]*\n)+)")


def unwrap(text: str) -> str:
    """`text`, with newline characters as line ends, without the line breaks of wrapping."""
    parts = _BLANK_LINES.split(text)
    blocks = [part.split("\n") for part in parts[::2]]
    widths = sorted(width(line) for block in blocks for line, _after in _pairs(block))
    if not widths:
        return text
    limit = widths[int(len(widths) * _WIDTH_QUANTILE)]
    if not _LEAST_WIDTH <= limit <= _GREATEST_WIDTH:
        return text
    full = [is_full(line, after, limit) for block in blocks for line, after in _pairs(block)]
    certain = len(full) > _LONG_PARAGRAPH and sum(full) >= _TEXT_SHARE * len(full)
    least_lines = 2 if certain else _LONG_PARAGRAPH
    parts[::2] = (
        "\n".join(_joined(block, limit) if _is_wrapped(block, limit, least_lines) else block)
        for block in blocks
    )
    return "".join(parts)


def width(line: str) -> int:
    """The columns of a line; Han characters and full-width forms take two."""
    return len(line) if line.isascii() else len(line) + len(_WIDE.findall(line))


def is_full(line: str, after: str, limit: int) -> bool:
    """Whether the first word of the line `after` would not have fitted behind `line` in `limit` columns.

    False for a line of several words that is much longer, which was not wrapped there.
    """
    columns = width(line)
    if columns > _LONGEST * limit and _BREAKABLE.search(line.strip()):
        return False
    word = _FIRST_WORD.match(after.lstrip())
    first = word[0] if word else ""
    if width(first) > limit // 2:  # no word, and no sign of wrapping
        return False
    blank = not (first and line and joins_without_space(line[-1], first[0]))
    return columns + blank + width(first) > limit


def _pairs(block: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each line of a block and the next one, where that may go on from it."""
    return (pair for pair, goes_on in zip(pairwise(block), _goes_on(block), strict=True) if goes_on)


def _goes_on(block: Sequence[str]) -> Iterator[bool]:
    """For each line but the first: whether it may go on from the one before."""
    in_item = False
    for line, after in pairwise(block):
        in_item = bool(_ITEM.match(line)) or (in_item and _indent(line) > 0)
        indent, next_indent = _indent(line), _indent(after)
        begins = not in_item and (next_indent > indent or next_indent >= _CODE_INDENT)
        fixed = _FIXED.match(line) or _FIXED.match(after) or _HARD_BREAK.search(line)
        yield not (begins or fixed or _ITEM.match(after))


def _indent(line: str) -> int:
    """The columns before the first letter; a tab counts as four."""
    blank = line[: len(line) - len(line.lstrip())]
    return width(blank) + 3 * blank.count("\t")


def _is_wrapped(block: Sequence[str], limit: int, least_lines: int) -> bool:
    pairs = list(_pairs(block))
    if len(pairs) + 1 < least_lines:
        return False
    full = [(line, after) for line, after in pairs if is_full(line, after, limit)]
    capitals = sum(after.lstrip()[:1].isupper() for _line, after in full)
    verse = len(full) > 1 and capitals >= _CAPITAL_SHARE * len(full)
    ended = sum(bool(_SENTENCE_END.search(line)) for line, _after in full)
    return len(full) >= _FULL_SHARE * len(pairs) and not verse and 2 * ended < len(full)


def _joined(block: Sequence[str], limit: int) -> Iterator[str]:
    """The lines of a wrapped block; a short line ends its paragraph, unless its sentence goes on."""
    paragraph = block[0]
    for (line, after), goes_on in zip(pairwise(block), _goes_on(block), strict=True):
        begin = after.lstrip()
        in_sentence = (begin[:1].islower() or begin[:1] in _CLOSING) and not _SENTENCE_END.search(line)
        if goes_on and (in_sentence or is_full(line, after, limit)):
            glued = _GLUED.search(line) or joins_without_space(line[-1], begin[0])
            paragraph += begin if glued else f" {begin}"
        else:
            yield paragraph
            paragraph = after
    yield paragraph
