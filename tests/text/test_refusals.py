"""Words typed past are not offered again, until their word is over."""

from __future__ import annotations

from writer.text.refusals import refuse, typed_past
from writer.text.suggestion import Suggestion


def test_a_refusal_shrinks_with_what_is_typed() -> None:
    refused = refuse(frozenset(), Suggestion(" great day"))
    assert refused == {" great"}
    assert typed_past(refused, " ") == {"great"}
    assert typed_past(typed_past(refused, " "), "g") == {"reat"}


def test_another_letter_ends_it() -> None:
    assert typed_past(frozenset({"great"}), "s") == frozenset()


def test_the_whole_word_ends_it() -> None:
    assert typed_past(frozenset({"at"}), "at") == frozenset()


def test_nothing_shown_is_nothing_refused() -> None:
    assert refuse(frozenset({"x"}), Suggestion(reason="unsure")) == {"x"}
