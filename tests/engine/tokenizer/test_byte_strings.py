"""Many byte strings in one are the same as a list of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from writer.engine.tokenizer.byte_strings import ByteStrings


@given(st.lists(st.binary(max_size=4), max_size=8), st.integers(-10, 10), st.integers(-10, 10))
def test_it_is_as_a_list(strings: list[bytes], first: int, last: int) -> None:
    found = ByteStrings.of(strings)
    assert list(found) == strings
    assert len(found) == len(strings)
    assert found[first:last] == strings[first:last]
    if -len(strings) <= first < len(strings):
        assert found[first] == strings[first]
    else:
        with pytest.raises(IndexError):
            found[first]
