"""Pairs of brackets and of Markdown's marks, which a key opens and closes."""

from __future__ import annotations

from writer.text.characters import CLOSING_PUNCTUATION, OPENING_PUNCTUATION, is_han

BRACKETS = dict(zip("([{（［【「『《〈", ")]}）］】」』》〉", strict=True))
"""The closing bracket of each opening one."""

MARKS = "*_`~"
"""Marks of Markdown that go around a text."""

_PAIRED_MARKS = "*_`"
"""Marks that bring their closing one; `~~` is rare, and a single one is no mark."""

_MAY_FOLLOW = CLOSING_PUNCTUATION + MARKS + "，。；：！？、…”’»" + "".join(BRACKETS.values())


def closing_of(typed: str, before: str, after: str, in_code: bool = False) -> str:
    """What closes `typed` behind the cursor; "" where it is written alone.

    `before` and `after` are the line around the cursor. Nothing is closed before a word. A mark opens where
    a word may begin, but at the start of a line, where it begins a list or a rule.
    """
    following = after[:1]
    if following and not following.isspace() and following not in _MAY_FOLLOW:
        return ""
    if typed in BRACKETS:
        return BRACKETS[typed]
    if in_code or not typed or typed not in _PAIRED_MARKS or not before.strip():
        return ""
    last = before[-1]
    return typed if last.isspace() or last in OPENING_PUNCTUATION or is_han(last) else ""


def doubles(typed: str, before: str, after: str) -> bool:
    """Whether a mark is typed between two equal ones with nothing within: these become two each."""
    return typed in ("*", "_") and before.endswith(typed) and after.startswith(typed)


def surrounds(typed: str, selected: str) -> str:
    """What closes the pair that `typed` puts around a selected text; "" where the text is replaced."""
    if typed in BRACKETS:
        return BRACKETS[typed]
    is_mark = len(typed) == 1 and typed in MARKS
    return typed if is_mark and "\n" not in selected and selected.strip() else ""
