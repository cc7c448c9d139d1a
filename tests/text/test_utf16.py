"""UTF-16 lengths and positions against a count character by character."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from writer.text.utf16 import (
    code_point_positions,
    decode_utf16,
    is_encodable,
    utf16_bytes,
    utf16_length,
    utf16_positions,
    without_surrogates,
)

TEXTS = st.text(st.characters() | st.sampled_from("a中😀𠮷\ud83d\ude00\u2029"))


def units(text: str) -> int:
    return sum(2 if character > "\uffff" else 1 for character in text)


@given(TEXTS)
def test_lengths_and_positions_agree_with_a_count(text: str) -> None:
    to_utf16, to_code_points = utf16_positions(text), code_point_positions(text)
    assert utf16_length(text) == units(text) == len(utf16_bytes(text)) // 2
    for place in range(len(text) + 1):
        assert to_utf16(place) == units(text[:place])
        assert to_code_points(units(text[:place])) == place


def test_between_the_halves_of_a_character_is_behind_it() -> None:
    assert [code_point_positions("a😀b😀")(place) for place in range(7)] == [0, 1, 2, 2, 3, 4, 4]


@pytest.mark.parametrize(("data", "text"), [(b"a\0\x3d\xd8", "a\ufffd"), (utf16_bytes("中😀"), "中😀")])
def test_half_a_pair_is_a_replacement_character(data: bytes, text: str) -> None:
    assert decode_utf16(data) == text


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("plain", "plain"),
        ("中😀", "中😀"),
        ("a\ud83d\ude00b", "a😀b"),
        ("a\ud83db", "a\ufffdb"),
        ("\ude00\ud83d", "\ufffd\ufffd"),
        ("\ud83d\ud83d\ude00", "\ufffd😀"),
    ],
)
def test_surrogates_become_what_can_be_encoded(text: str, valid: str) -> None:
    assert without_surrogates(text) == valid
    assert is_encodable(valid)
    assert is_encodable(text) == (text == valid)
