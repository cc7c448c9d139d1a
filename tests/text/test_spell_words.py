"""Which words a dictionary is asked about."""

from __future__ import annotations

import pytest

from writer.text.spell_words import checkable_words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Teh cat", ["Teh", "cat"]),
        ("don’t can't", ["don't", "can't"]),
        ("中文teh中文，不是 word 吗", ["teh", "word"]),
        ("Привет שלום naïve", ["naïve"]),
        ("see https://exmple.org/abcd and a@exmple.org, www.exmple.org", ["see", "and"]),
        ("`cde` [label](./som/path) /etc/fstb", ["label"]),
        ("NASA McGregor iPhone x86 a1 snake_case 3rd I", []),
        ("NASA's Smith's", ["Smith's"]),
        ("well-known", ["well", "known"]),
        ("cafe\u0301 na\u00efve", ["café", "naïve"]),
        ("e\u0301te\u0301s co\u00adoperate", ["étés", "cooperate"]),
        ("हिन्दी में teh", ["teh"]),
        ("x\u0323\u0301 tiê\u0301ng", []),
        ("12,000th word. e.g.Word", ["word", "Word"]),
        ("x" * 60, []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert [word.text for word in checkable_words(text)] == expected


def test_places_count_as_qt_counts() -> None:
    [word] = checkable_words("😀😀 teh")
    assert (word.start, word.end) == (5, 8)


def test_a_decomposed_word_is_marked_whole() -> None:
    [word] = checkable_words("😀 e\u0301te\u0301")
    assert (word.start, word.end, word.text) == (3, 8, "été")
