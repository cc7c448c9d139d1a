"""Headers and footers of books go, whichever pages have them; what a page says stays."""

from __future__ import annotations

from writer.corpus.pdf import without_headers_and_footers


def body(number: int) -> list[str]:
    return [f"{place} of {'abcdefghijklmnopqrstuvwxyz'[number % 26] * 5}{number}" for place in "ghijk"]


def test_headers_of_alternate_pages_and_of_chapters_go_and_roman_numbers_too() -> None:
    pages = []
    for number in range(40):
        head = f"{number} The Long Winter" if number % 2 else f"Chapter {'ABCDE'[number // 8]} {number}"
        foot = {1: "i", 2: "ii", 3: "iii", 4: "iv", 5: "v", 6: "vi", 7: "vii"}.get(number)
        pages.append([head, *body(number), *([f"— {foot} —"] if foot else [])])
    assert without_headers_and_footers(pages) == [body(number) for number in range(40)]


def test_lines_that_return_far_away_or_twice_stay() -> None:
    pages = [body(number) for number in range(20)]
    for number in (2, 3, 9, 15):
        pages[number].insert(0, "Part One")
    assert without_headers_and_footers(pages) == pages


def test_a_word_at_the_edge_is_no_number() -> None:
    pages = [[*body(number), "civil"] if number == 4 else body(number) for number in range(8)]
    assert without_headers_and_footers(pages) == pages
