"""Lists as lines: items, levels, numbers."""

from __future__ import annotations

import pytest

from writer.text.markdown_lists import (
    deeper_indent,
    item_end,
    list_item,
    moved,
    renumbered,
    shallower_indent,
)


@pytest.mark.parametrize(
    ("line", "prefix"),
    [
        ("- a", "- "),
        ("  * 苹果", "  * "),
        ("12) a", "12) "),
        ("\t+ [x] a", "\t+ [x] "),
        ("- [ ]", "- [ ]"),
        ("-", "-"),
    ],
)
def test_an_item_has_a_prefix(line, prefix):
    assert list_item(line).prefix == prefix


@pytest.mark.parametrize(
    "line", ["", "-a", "**a** b", "* * *", "- - -", "a - b", "1.5 m", "1、苹果", "1234567890. a"]
)
def test_other_lines_are_no_items(line):
    assert list_item(line) is None


@pytest.mark.parametrize(
    ("line", "following"),
    [("- a", "- "), ("9. a", "10. "), ("  3) a", "  4) "), ("- [x] a", "- [ ] "), ("1.", "2. ")],
)
def test_the_next_item_begins_like_this_one(line, following):
    assert list_item(line).following() == following


def test_an_item_goes_under_the_one_before_it_and_no_further():
    assert deeper_indent(["- a", "- b"], 1) == "  "
    assert deeper_indent(["10. a", "11. b"], 1) == "    "
    assert deeper_indent(["- a", "  - b"], 1) is None
    assert deeper_indent(["- a"], 0) is None
    assert deeper_indent(["- a", "\t- b", "\t- c"], 2) == "\t\t"
    assert deeper_indent(["text", "- a"], 1) is None


def test_an_item_goes_up_to_the_level_of_the_one_that_holds_it():
    assert shallower_indent(["- a", "  - b", "    - c"], 2) == "  "
    assert shallower_indent(["- a", "  - b"], 1) == ""
    assert shallower_indent(["  - b"], 0) == ""
    assert shallower_indent(["- a"], 0) is None


def test_what_is_within_an_item_ends_where_its_column_does():
    assert item_end(["- a", "  - b", "", "    text", "- c"], 0) == 4
    assert item_end(["- a", "", "text"], 0) == 1


def test_numbers_follow_each_other_from_an_index_on():
    assert renumbered(["1. a", "2. new", "2. b", "3. c"], 1) == ["1. a", "2. new", "3. b", "4. c"]
    assert renumbered(["1. a", "1. b", "1. c"], 1) == ["1. a", "1. b", "1. c"]
    assert renumbered(["3. a", "9. b", "9. c"], 2) == ["3. a", "9. b", "10. c"]
    assert renumbered(["1. a", "   1. x", "", "   text", "1) y", "3. b"], 5)[5] == "3. b"
    assert renumbered(["1. a", "   2. b", "3. c"], 1, fresh=True) == ["1. a", "   1. b", "2. c"]


def test_a_move_keeps_tabs_and_text():
    assert moved("\t- a", 4) == "\t\t- a"
    assert moved("  - 中", -2) == "- 中"
    assert moved("", 4) == ""
