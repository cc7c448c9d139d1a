"""Text of other programs becomes clean text."""

from __future__ import annotations

import pytest

from writer.text.plain_text import clean_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("a\u2028b\u2029c\vd\fe\x85f", "a\nb\nc\nd\ne\nf"),
        ("a\0b\x1b[0mc\x07\x7f\x9b\td", "ab[0mc\td"),
        ("\ufeffa\ufffc\ud800b\ufdd0", "ab"),
        ("雨\u00a0\u202f\u200d😀 e\u0301", "雨\u00a0\u202f\u200d😀 e\u0301"),
    ],
)
def test_line_ends_are_one_kind_and_controls_go(text, expected):
    assert clean_text(text) == expected
