"""Front matter is told from rules, and its title is read as YAML has it."""

from __future__ import annotations

import pytest

from writer.text.front_matter import front_matter_title, split_front_matter


@pytest.mark.parametrize(
    ("front", "title"),
    [
        ("title: The Garden", "The Garden"),
        ('author: A\ntitle: "The \\"Garden\\": a story"  # new', 'The "Garden": a story'),
        ("title: 'It''s 雨'", "It's 雨"),
        ("Title:  spaced  # comment", "spaced"),
        ("title: C#", "C#"),
        ("title: >-\n  Two\n  lines\nauthor: A", "Two lines"),
        ("title: Two\n  lines", "Two lines"),
        ("title:\nauthor: A", ""),
        ("subtitle: no", ""),
        ("# comment\ntitle: x", "x"),
    ],
)
def test_the_title_is_read(front, title):
    text = f"---\n{front}\n---\n\nBody\n"
    assert split_front_matter(text) == (tuple(front.split("\n")), "\nBody\n")
    assert front_matter_title(text) == title


@pytest.mark.parametrize(
    "text",
    [
        "",
        "---",
        "---\n\nHello: no\n",
        "---\n\nA text between two rules\n\n---\n",
        "----\ntitle: x\n---\n",
        "title: x",
        "---\n" + "a: b\n" * 200 + "---\n",
    ],
)
def test_a_text_between_rules_is_a_text(text):
    assert split_front_matter(text) == ((), text)
    assert front_matter_title(text) == ""
