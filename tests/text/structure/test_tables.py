"""Tables of Markdown: cells, and aligned columns."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from writer.text.structure.tables import (
    MOST_ROWS,
    aligned,
    begins_table,
    columns,
    delimiter_row,
    delimiters,
    empty_row,
    header_index,
    row,
    rows_end,
)


def cells(line: str) -> list[str] | None:
    found = row(line)
    return None if found is None else [line[cell.start : cell.end] for cell in found.cells]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("| a | 雨 |", ["a", "雨"]),
        ("a|b", ["a", "b"]),
        ("  | a", ["a"]),
        ("| a \\| b | c |", ["a \\| b", "c"]),
        ("| `a|b` | c |", ["`a|b`", "c"]),
        ("| ``a|`b`` | ` |", ["``a|`b``", "`"]),
        ("| ` | ` b |", ["` | ` b"]),
        ("|  |  |", ["", ""]),
        ("||", [""]),
        ("> | a | b", ["a", "b"]),
        ("|", None),
        ("a \\| b", None),
        ("- a | b", None),
        ("# a | b", None),
        ("words", None),
        ("", None),
    ],
)
def test_the_cells_of_a_line(line, expected):
    assert cells(line) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("| --- | :-: |", ("---", ":-:")),
        ("-|-:", ("-", "-:")),
        ("> |---|", ("---",)),
        ("---", None),
        ("| --- | a |", None),
        ("| --- |  |", None),
    ],
)
def test_the_delimiter_row(line, expected):
    assert delimiters(line) == expected


def test_a_line_belongs_to_the_table_whose_header_is_above_it():
    lines = ["x | y", "| a | b |", "| - | - |", "| 1 | 2 |", "- | -", "| 3"]
    assert [header_index(lines, at) for at in range(4)] == [None, 1, 1, 1]
    assert rows_end(lines, 1) == 4
    assert header_index(["| a | b |", "| - |"], 0) is None
    assert header_index(["| - |", "| - |"], 0) is None
    assert rows_end(["> | a |", "> | - |", "| b |"], 0) == 2


@pytest.mark.parametrize(
    ("text", "width"),
    [("abc", 3), ("雨", 2), ("é", 1), ("e\u0301", 1), ("，", 2), ("👩‍👩‍👧", 2), ("한국", 4)],
)
def test_columns_of_the_page(text, width):
    assert columns(text) == width


def test_columns_are_aligned_and_what_is_in_the_cells_stays():
    before = [
        "|name|城市|n|",
        "|:-|:-:|--:|",
        "| Anna|北京 | 7 |",
        "|a \\| b|`x|y`|12345",
        "| 李 |",
    ]
    assert aligned(before) == [
        "| name   | 城市  |     n |",
        "| :----- | :---: | ----: |",
        "| Anna   | 北京  |     7 |",
        "| a \\| b | `x|y` | 12345 |",
        "| 李     |       |       |",
    ]


def test_tables_without_outer_pipes_in_quotations_and_with_longer_rows():
    assert aligned(["a|b", "-|-", "1|2|3"]) == [
        "| a   | b   |",
        "| --- | --- |",
        "| 1   | 2   | 3   |",
    ]
    assert aligned(["> |a|", "> |-|", ">|一二三|"]) == ["> | a      |", "> | ------ |", ">| 一二三 |"]


def test_a_wide_table_is_made_compact_and_a_huge_one_is_left():
    long = "x" * 200
    assert aligned(["| a   | b |", "|-----|:-:|", f"| {long}|   c |"]) == [
        "| a | b |",
        "| --- | :-: |",
        f"| {long} | c |",
    ]
    assert aligned(["|a|", "|-|"] + ["|b|"] * MOST_ROWS) is None
    assert aligned(["|a|", "|-|"] + ["|" + "雨" * 3900 + "|"] * 4) is None


def test_new_rows_have_the_widths_of_the_one_above():
    assert begins_table("| a | 雨 |")
    assert not any(map(begins_table, ["| a |", "a | b", "|  |  |", "| a | b", "|-|-|", "|x|"]))
    assert delimiter_row("| name | 雨 |") == "| ---- | --- |"
    assert empty_row("> | name   | 北京 |") == "> |        |      |"
    assert empty_row("a|b") == "|     |     |"


CELL = st.text(st.sampled_from("ab雨 |`\\:-😀\u0301"), max_size=8)


@given(st.lists(st.lists(CELL, min_size=1, max_size=4), min_size=1, max_size=4), st.integers(1, 4))
def test_aligning_keeps_every_cell_and_twice_is_once(rows, count):
    lines = ["|" + "|".join(["h"] * count) + "|", "|" + "|".join([":-"] * count) + "|"]
    lines += ["|" + "|".join(row) + "|" for row in rows]
    found = aligned(lines)
    if found is None:
        assert not all(map(row, lines))
        return
    for before, after in zip(lines, found, strict=True):
        kept = cells(before) + [""] * (count - len(cells(before)))
        assert cells(after)[: len(kept)] == kept or before == lines[1]
    assert aligned(found) == found


def test_the_largest_table_that_is_aligned_takes_less_than_a_key():
    lines = ["|" + "|".join(["城市一"] * 12) + "|", "|" + "|".join(["-"] * 12) + "|"]
    lines += ["|" + "|".join(["北京雨"] * 12) + "|"] * (MOST_ROWS - 2)
    times = []
    for _ in range(3):
        begin = time.perf_counter()
        assert aligned(lines) is not None
        times.append(time.perf_counter() - begin)
    assert min(times) < 0.5
