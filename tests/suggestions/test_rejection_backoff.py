"""Many refusals raise what the model must reach."""

from __future__ import annotations

from writer.suggestions.gate import ConfidenceGate
from writer.suggestions.rejection_backoff import RejectionBackoff
from writer.suggestions.suggestion import Suggestion

GATE = ConfidenceGate(0.3, reading=0.5, wrong=2.0)
SHOWN = Suggestion("eat wall of China")


def test_only_what_stood_long_enough_to_be_read_counts() -> None:
    assert RejectionBackoff().after_typing("x", SHOWN, 0.1) == RejectionBackoff()
    assert RejectionBackoff().after_typing("x", SHOWN, 0.5).rejections == 1


def test_typing_what_the_ghost_says_refuses_nothing() -> None:
    assert RejectionBackoff().after_typing("e", SHOWN, 5.0) == RejectionBackoff()


def test_many_refusals_make_the_gate_stricter_until_one_is_accepted() -> None:
    backoff = RejectionBackoff()
    for _ in range(4):
        backoff = backoff.after_typing("x", SHOWN, 1.0)
    assert backoff.applied(GATE) == GATE
    for _ in range(40):
        backoff = backoff.after_typing("x", SHOWN, 1.0)
    stricter = backoff.applied(GATE)
    assert 0.5 < stricter.floor < 0.6
    assert stricter.threshold(0, 9) > GATE.threshold(0, 9)
    assert RejectionBackoff().applied(GATE) == GATE
