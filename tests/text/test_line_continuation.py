"""What a new line begins with."""

from __future__ import annotations

import pytest

from writer.text.line_continuation import ended_line, next_prefix


@pytest.mark.parametrize(
    ("line", "column", "prefix"),
    [
        ("- a", 3, "- "),
        ("- 苹果", 2, "- "),
        ("9. a", 4, "10. "),
        ("- [x] done", 10, "- [ ] "),
        ("> a", 3, "> "),
        (">a", 2, "> "),
        ("> > a", 5, "> > "),
        ("> 1. a", 6, "> 2. "),
        ("  * a", 5, "  * "),
        ("- a", 1, ""),
        ("- a", 0, ""),
        ("a - b", 5, ""),
        ("", 0, ""),
        ("* * *", 5, ""),
        ("# a", 3, ""),
    ],
)
def test_the_next_line(line, column, prefix):
    assert next_prefix(line, column) == prefix


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("- ", ""),
        ("-", ""),
        ("1. ", ""),
        ("- [ ] ", ""),
        ("> - ", "> "),
        ("> ", ""),
        ("> > ", "> "),
        ("- a", None),
        ("", None),
        ("text", None),
        ("***", None),
    ],
)
def test_what_is_empty_ends(line, left):
    assert ended_line(line) == left
