"""Many refusals raise what the model must reach."""

from __future__ import annotations

from writer.suggestions.rejection_backoff import RejectionBackoff
from writer.suggestions.suggestion import Suggestion

SHOWN = Suggestion("eat wall of China")


def test_only_what_stood_long_enough_to_be_read_counts() -> None:
    assert RejectionBackoff().after_typing("x", SHOWN, 0.1) == RejectionBackoff()
    assert RejectionBackoff().after_typing("x", SHOWN, 0.5).rejections == 1


def test_typing_what_the_ghost_says_refuses_nothing() -> None:
    assert RejectionBackoff().after_typing("e", SHOWN, 5.0) == RejectionBackoff()


def test_many_refusals_raise_the_floor_and_one_acceptance_lowers_it() -> None:
    backoff = RejectionBackoff()
    for _ in range(4):
        backoff = backoff.after_typing("x", SHOWN, 1.0)
    assert backoff.raised_floor(0.3) == 0.3
    for _ in range(40):
        backoff = backoff.after_typing("x", SHOWN, 1.0)
    assert 0.5 < backoff.raised_floor(0.3) < 0.6
    assert RejectionBackoff().raised_floor(0.3) == 0.3
