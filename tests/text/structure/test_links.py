"""Links of Markdown: where they stand, and what they may lead to."""

from __future__ import annotations

import pytest

from tests.text.growth import growth
from writer.base.errors import UserError
from writer.text.structure.links import (
    DestinationKind,
    LinkKind,
    destination,
    heading_position,
    links,
    note_definition,
    note_references,
    reference_address,
)


@pytest.mark.parametrize(
    ("line", "shown", "kind", "target"),
    [
        ("see [b](c.md).", "[b](c.md)", LinkKind.ADDRESS, "c.md"),
        ('看[第二章](<第 二 章.md> "x")。', '[第二章](<第 二 章.md> "x")', LinkKind.ADDRESS, "第 二 章.md"),
        ("[b](c_(d).md)", "[b](c_(d).md)", LinkKind.ADDRESS, "c_(d).md"),
        ("![b](c.png)", "![b](c.png)", LinkKind.ADDRESS, "c.png"),
        ("a[^1], b", "[^1]", LinkKind.NOTE, "1"),
        ("a[^注]: b", "[^注]", LinkKind.NOTE, "注"),
        (" [^1]: b", "[^1]:", LinkKind.NOTE_DEFINITION, "1"),
        ("[b][c] d", "[b][c]", LinkKind.REFERENCE, "c"),
        ("[b][]", "[b][]", LinkKind.REFERENCE, "b"),
        ("[b]: <c d.md>", "<c d.md>", LinkKind.ADDRESS, "c d.md"),
        ("<https://a.b>", "<https://a.b>", LinkKind.ADDRESS, "https://a.b"),
        ("(https://a.b/c_(d)).", "https://a.b/c_(d)", LinkKind.ADDRESS, "https://a.b/c_(d)"),
        ("见https://a.b/c，好", "https://a.b/c", LinkKind.ADDRESS, "https://a.b/c"),
        ("**https://a.b**", "https://a.b", LinkKind.ADDRESS, "https://a.b"),
    ],
)
def test_a_link_in_a_line(line, shown, kind, target):
    [link] = links(line)
    assert (line[link.start : link.end], link.kind, link.target) == (shown, kind, target)


@pytest.mark.parametrize(
    "line", ["`[a](b)` `https://a.b`", "\\[a](b)", "[a] b", "- [ ] a", "[](", "a://b", "x"]
)
def test_a_line_without_links(line):
    assert links(line) == []


def test_lines_of_brackets_take_no_long_time():
    for piece in ("[", "[a](", "[a](b(", "[^a", "`[", "https://(", "<a:"):
        assert growth(links, piece * 500, piece * 2000, 12) <= 12


@pytest.mark.parametrize(
    ("address", "kind", "value"),
    [
        ("https://a.b/c?d#e", DestinationKind.WEB, "https://a.b/c?d#e"),
        ("HTTP://a.b", DestinationKind.WEB, "HTTP://a.b"),
        ("mailto:a@b.c", DestinationKind.WEB, "mailto:a@b.c"),
        ("#the-end", DestinationKind.HEADING, "the-end"),
        ("#%E7%BB%93%E5%B0%BE", DestinationKind.HEADING, "结尾"),
        ("chapter%202.md", DestinationKind.TEXT, "chapter 2.md"),
        ("../部分/第一章.md#a", DestinationKind.TEXT, "../部分/第一章.md"),
        ("my\\_text.md", DestinationKind.TEXT, "my_text.md"),
    ],
)
def test_what_an_address_leads_to(address, kind, value):
    found = destination(address)
    assert found.kind is kind
    assert value in (found.address, found.fragment, found.path)


@pytest.mark.parametrize(
    "address",
    [
        *(
            "",
            "  ",
            "file:///etc/passwd",
            "FILE:x.md",
            "javascript:alert(1)",
            "data:text/html,x",
        ),
        *(
            "C:/x.md",
            "c:\\x.md",
            "C%3A/x.md",
            "//server/share/x.md",
            "\\\\server\\share\\x.md",
            "/etc/passwd",
        ),
        *("\\\\\\\\server\\\\share", "/\\server/x.md", "%2F%2Fserver/x.md", "%5C%5Cserver%5Cx.md", "a\\b.md"),
        *(
            "x\x00.md",
            "x%00.md",
            "x%0A.md",
            "https://a.b/\x07",
            "x\u202e.md",
            "x%E2%80%AE.md",
            "https%3A//a.b",
        ),
        *("vbscript:x", "ms-word:x", "ssh://a", "\u2066a.md", "java\tscript:x"),
    ],
)
def test_what_is_not_followed_is_said_in_a_sentence(address):
    with pytest.raises(UserError, match=r"^[A-Z].*\.$"):
        destination(address)


TEXT = """# One

a[^1] `[^1]` and [^B]

```
[^1]: code
# Code
```

## 第一章 开始！
[^b]: 二 [^1]
[^1]: note
## One
## *Two* & [Three](x) {#own .c}
[Ref  a]: <x y.md>
"""


@pytest.mark.parametrize(
    ("fragment", "line"),
    [
        ("one", "# One"),
        ("one-1", "## One"),
        ("第一章-开始", "## 第一章"),
        ("two--three", "## *Two*"),
        ("own", "## *Two*"),
        ("Two & Three", "## *Two*"),
        ("code", None),
        ("", None),
    ],
)
def test_a_heading_is_found_by_its_name(fragment, line):
    place = heading_position(TEXT, fragment)
    assert place is None if line is None else TEXT[place:].startswith(line)


def test_notes_and_references_are_found_outside_of_code():
    assert TEXT[note_definition(TEXT, "1") :].startswith("note\n")
    assert TEXT[note_definition(TEXT, "B") :].startswith("二")
    assert note_definition(TEXT, "2") is None
    assert [TEXT[at - 1 : at + 4] for at in note_references(TEXT, "1")] == ["a[^1]", " [^1]"]
    assert reference_address(TEXT, "ref A") == "x y.md"
    assert reference_address(TEXT, "b") is None
