"""Marks that a key sets and takes away. `[` and `]` stand for the selection, `|` for the cursor."""

from __future__ import annotations

import pytest

from writer.text.markdown_marks import (
    EMPHASIS,
    STRONG,
    EditedLine,
    heading_level,
    set_link,
    toggle_mark,
    url_of,
    with_heading,
)


def parsed(shown: str) -> EditedLine:
    if "|" in shown:
        return EditedLine(shown.replace("|", ""), shown.index("|"), shown.index("|"))
    return EditedLine(
        shown.replace("‹", "").replace("›", ""), shown.index("‹"), shown.replace("‹", "").index("›")
    )


def shown(line: EditedLine) -> str:
    text = line.text
    if line.start == line.end:
        return text[: line.start] + "|" + text[line.start :]
    return f"{text[: line.start]}‹{text[line.start : line.end]}›{text[line.end :]}"


@pytest.mark.parametrize(
    ("before", "mark", "after"),
    [
        ("a ‹word› b", STRONG, "a **‹word›** b"),
        ("a **‹word›** b", STRONG, "a ‹word› b"),
        ("a ‹**word**› b", STRONG, "a ‹word› b"),
        ("a ‹ word › b", EMPHASIS, "a ‹ *word* › b"),
        ("a **‹word›** b", EMPHASIS, "a ***‹word›*** b"),
        ("a ***‹word›*** b", EMPHASIS, "a **‹word›** b"),
        ("a ***‹word›*** b", STRONG, "a *‹word›* b"),
        ("a _‹word›_ b", EMPHASIS, "a ‹word› b"),
        ("wo|rd b", STRONG, "**wo|rd** b"),
        ("**wo|rd** b", STRONG, "wo|rd b"),
        ("a | b", STRONG, "a **|** b"),
        ("a **|** b", STRONG, "a | b"),
        ("a **word|**", STRONG, "a **word**|"),
        ("*word|* b", EMPHASIS, "*word*| b"),
        ("|", EMPHASIS, "*|*"),
        ("他‹很好›。", STRONG, "他**‹很好›**。"),
        ("他**‹很好›**。", STRONG, "他‹很好›。"),
        ("😀 ‹a›", STRONG, "😀 **‹a›**"),
        ("‹- one›", STRONG, "‹- **one**›"),
        ("‹## one›", EMPHASIS, "‹## *one*›"),
    ],
)
def test_a_mark_is_set_and_taken_away(before, mark, after):
    found = shown(toggle_mark(parsed(before), mark))
    assert found.replace("‹", "").replace("›", "") == after.replace("‹", "").replace("›", "")
    assert parsed(found).text[parsed(found).start : parsed(found).end].strip("*- #") == (
        parsed(after).text[parsed(after).start : parsed(after).end].strip("*- #")
    )


@pytest.mark.parametrize("text", ["word", "很好", "a b"])
@pytest.mark.parametrize("mark", [STRONG, EMPHASIS])
def test_twice_is_as_before(text, mark):
    line = EditedLine(f"x {text} y", 2, 2 + len(text))
    assert toggle_mark(toggle_mark(line, mark), mark) == line


@pytest.mark.parametrize(
    ("before", "url", "after"),
    [
        ("a ‹word› b", "", "a [word](|) b"),
        ("a ‹word› b", "https://a.b", "a [word](https://a.b)| b"),
        ("a | b", "", "a [|]() b"),
        ("‹https://a.b›", "", "[|](https://a.b)"),
        ("[wo|rd](https://a.b)", "", "[word](‹https://a.b›)"),
        ("看‹这里›", "", "看[这里](|)"),
    ],
)
def test_a_link_is_set(before, url, after):
    assert shown(set_link(parsed(before), url)) == after


def test_an_address_is_one_word():
    assert url_of(" https://a.b/c \n") == "https://a.b/c"
    assert url_of("see https://a.b") == ""


@pytest.mark.parametrize(
    ("line", "level", "after"),
    [
        ("one", 2, "## one"),
        ("## one", 3, "### one"),
        ("## one", 0, "one"),
        ("", 1, "# "),
        ("- 一", 1, "- # 一"),
        ("> # a", 2, "> ## a"),
        ("#tag", 1, "# #tag"),
    ],
)
def test_a_line_becomes_a_heading(line, level, after):
    assert with_heading(line, level) == after
    assert heading_level(after) == level
