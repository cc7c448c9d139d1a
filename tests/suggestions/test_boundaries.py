"""The seams before and after a suggestion."""

from __future__ import annotations

import pytest
from hypothesis import given
from PySide6.QtCore import QTextBoundaryFinder

from tests.text.texts import lines, texts
from writer.suggestions import boundaries
from writer.text.characters import joins_without_space


def grapheme_borders(text: str) -> set[int]:
    """Where characters as people see them begin and end, as Qt says, in UTF-16 units."""
    finder = QTextBoundaryFinder(QTextBoundaryFinder.BoundaryType.Grapheme, text)
    found = {0}
    while (place := finder.toNextBoundary()) != -1:
        found.add(place)
    return found


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@given(before=texts, text=lines)
def test_no_space_is_doubled_at_the_seam(before: str, text: str) -> None:
    fitted = boundaries.fit_after(before, text)
    if fitted and (not before or before[-1].isspace()):
        assert not fitted[0].isspace()
    assert not fitted[-1:].isspace()
    assert "  " not in fitted.strip("\t\u00a0\u3000")


@given(before=texts, text=lines)
def test_only_spaces_and_halves_of_characters_go(before: str, text: str) -> None:
    fitted = boundaries.fit_after(before, text)
    if fitted:
        shown = fitted.replace(" ", "")
        assert "".join(text.split()).replace(" ", "").startswith("".join(shown.split()))


@given(before=texts, text=lines)
def test_what_fits_stays_as_it_is(before: str, text: str) -> None:
    fitted = boundaries.fit_after(before, text)
    assert boundaries.fit_after(before, fitted) == fitted


@given(before=texts, text=lines)
def test_no_character_is_cut_or_changed(before: str, text: str) -> None:
    fitted = boundaries.fit_after(before, text)
    if fitted:
        borders = grapheme_borders(before + fitted)
        assert units(before) in borders
        assert grapheme_borders(before) <= borders


@given(before=texts, text=lines)
def test_chinese_has_no_stray_spaces(before: str, text: str) -> None:
    fitted = boundaries.fit_after(before, text)
    whole = before[-1:] + fitted
    for place in range(1, len(whole) - 1):
        if whole[place] == " " and whole[place - 1] != " " and (place > 1 or before):
            assert not joins_without_space(whole[place - 1], whole[place + 1])


@pytest.mark.parametrize(
    ("before", "text", "expected"),
    [
        ("The", " great day", " great day"),
        ("The ", " great day", "great day"),
        ("The gre", "at day", "at day"),
        ("", " The", "The"),
        ("One.\n", " Two", "Two"),
        ("(", " see below", "see below"),
        ('He said "', " Hello", "Hello"),
        ('He said "Hello"', " and left", " and left"),
        ("It is **", " bold", "bold"),
        ("It is **bold**", " text", " text"),
        ("- ", " item", "item"),
        ("-", " item", " item"),
        ("the end", " .", "."),
        ("the end", " .NET", " .NET"),
        ("我们", " 去", "去"),
        ("我们，", " 去", "去"),
        ("我们", " 去 ， 公园", "去，公园"),
        ("用", " Qt 写", " Qt 写"),
        ("x", "\u0301y", ""),
        ("👨\u200d", "👩", ""),
        ("👍", "🏽 yes", ""),
        ("🇩", "🇪 yes", ""),
        ("flags", " 🇩🇪🇩", " 🇩🇪"),
        ("family", " 👨\u200d", " 👨"),
        ("", "the\u200d🇩", "the"),
        ("", "the\u200d 🇩", "the"),
        ("", "the🇩\u200d🇩", "the"),
        ("", "🇩🇪\u200d\u200d🇩", "🇩🇪"),
        ("the", " \u200d🇩", ""),
        ("word", "   ", ""),
    ],
)
def test_fit(before: str, text: str, expected: str) -> None:
    assert boundaries.fit_after(before, text) == expected


@pytest.mark.parametrize(
    ("text", "after", "expected"),
    [
        ("great day", "", "great day"),
        ("great day", "\nNext line", "great day"),
        ("great day", " and more", "great day"),
        ("name)", ")", "name"),
        ("great day for", " for all", "great day"),
        ("day", "day after", ""),
        (" of the", " of the day", ""),
        ("great", "ness", ""),
        ("cat", "tle", ""),
        ("see (this)", ") now", "see (this"),
    ],
)
def test_before_rest(text: str, after: str, expected: str) -> None:
    assert boundaries.trim_overlap(text, after) == expected


@given(text=lines, after=texts)
def test_nothing_of_the_rest_is_doubled(text: str, after: str) -> None:
    left = boundaries.trim_overlap(text, after)
    assert text.startswith(left)
    rest = after.split("\n", 1)[0]
    if left.strip() and rest.strip():
        assert not rest.strip().startswith(left.strip())
