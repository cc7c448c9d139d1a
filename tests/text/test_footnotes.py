"""Footnotes: which are found, their numbers, and what stays."""

from __future__ import annotations

import time

import pytest

from writer.text.footnotes import footnotes


def found(text: str) -> tuple[str, tuple[str, ...]]:
    """The text and the notes, with numbers in angle brackets."""
    notes = footnotes(text)

    def shown(part: str) -> str:
        return part.replace(notes.opening, "<").replace(notes.closing, ">")

    return shown(notes.text), tuple(map(shown, notes.notes))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no notes", ("no notes", ())),
        ("a[^1]\n\n[^1]: one", ("a<1>\n", ("one",))),
        ("b[^b] a[^A] b[^b]\n\n[^a]: A\n[^b]: B\nlazy\n\nend", ("b<1> a<2> b<1>\n\n\nend", ("B\nlazy", "A"))),
        ("a[^1]\n\n[^1]: one\n\n    two\n\n\tthree\n\nend", ("a<1>\n\n\nend", ("one\n\ntwo\n\nthree",))),
        ("a[^x] `[^1]` \\[^1]\n\n[^1]: one", ("a[^x] `[^1]` \\[^1]\n", ())),
        ("```\n[^1]: code\na[^1]\n```\n[^1]", ("```\n[^1]: code\na[^1]\n```\n[^1]", ())),
        ("a[^1]\n\n[^1]: one[^2]\n[^2]: two[^1]", ("a<1>\n", ("one<2>", "two<1>"))),
        ("雨[^注]\n\n[^注]: 中文", ("雨<1>\n", ("中文",))),
    ],
)
def test_notes_are_found(text, expected):
    assert found(text) == expected


def test_marks_are_no_characters_of_the_text():
    notes = footnotes("\ue000\ue001[^1]\n\n[^1]: \ue002")
    assert (notes.opening, notes.closing) == ("\ue003", "\ue004")
    assert notes.notes == ("\ue002",)


def test_hostile_texts_take_little_time():
    start = time.thread_time()
    for text in (
        "[^" * 50_000,
        "[^a]:" * 20_000,
        "`" * 5_000 + "[^1]\n\n[^1]: x",
        "[^1]\n" * 20_000 + "\n[^1]: x",
    ):
        footnotes(text)
    footnotes("".join(f"[^{n}]: [^{n + 1}]\n" for n in range(3000)) + "\n[^0]")
    assert time.thread_time() - start < 3
