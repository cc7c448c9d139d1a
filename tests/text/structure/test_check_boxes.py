"""Check boxes in lines of Markdown."""

from __future__ import annotations

import pytest

from writer.text.structure.check_boxes import check_box, toggle_boxes


def toggled(*lines: str) -> list[str]:
    result = []
    for line, change in zip(lines, toggle_boxes(lines), strict=True):
        if change is None:
            result.append(line)
        else:
            end = change.start + (0 if change.inserts else len(change.text))
            result.append(line[: change.start] + change.text + line[end:])
    return result


@pytest.mark.parametrize(
    ("line", "start", "is_done"),
    [
        ("- [ ] milk", 2, False),
        ("  * [x] 牛奶", 4, True),
        ("12. [X] a", 4, True),
        ("> - [ ] a", 4, False),
        ("-\t[ ] a", 2, False),
        ("- [ ]", 2, False),
    ],
)
def test_a_box_is_found_where_it_stands(line, start, is_done):
    box = check_box(line)
    assert box is not None
    assert (box.start, box.is_done, line[box.start], line[box.end - 1]) == (start, is_done, "[", "]")


@pytest.mark.parametrize("line", ["", "[ ] a", "- a [ ] b", "- [x](y)", "- [ ]a", "a", "- [y] a", "-[ ] a"])
def test_other_lines_have_none(line):
    assert check_box(line) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (["- [ ] a"], ["- [x] a"]),
        (["- [X] a"], ["- [ ] a"]),
        (["- [ ] a", "- [x] b", "c"], ["- [x] a", "- [x] b", "c"]),
        (["- [x] a", "- [x] b"], ["- [ ] a", "- [ ] b"]),
        (["- a", "", "二"], ["- [ ] a", "", "- [ ] 二"]),
        (["1."], ["1. [ ] "]),
        ([""], ["- [ ] "]),
        (["> a"], ["> - [ ] a"]),
        (["# a"], ["# a"]),
        (["---"], ["---"]),
        (["| a | b |"], ["| a | b |"]),
    ],
)
def test_all_become_the_other_or_get_one(before, after):
    assert toggled(*before) == after
