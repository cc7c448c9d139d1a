"""Ghosts show at once while they can be read before the next key, and wait for a pause where they cannot."""

from __future__ import annotations

from writer.suggestions.typing_pace import MIN_READABLE_SECONDS, TypingPace


def after(gap: float, latency: float) -> TypingPace:
    pace = TypingPace()
    for _ in range(40):
        pace = pace.after_key(gap).after_answer(latency)
    return pace


def test_a_quick_engine_shows_at_once() -> None:
    assert TypingPace().delay() == 0.0
    assert after(gap=0.136, latency=0.05).delay() == 0.0


def test_a_slow_engine_waits_until_the_writer_pauses() -> None:
    delay = after(gap=0.136, latency=0.12).delay()
    assert 0.136 < delay < 0.136 + 2 * MIN_READABLE_SECONDS


def test_it_comes_back_when_the_engine_is_quick_again() -> None:
    pace = after(gap=0.136, latency=0.3)
    for _ in range(40):
        pace = pace.after_answer(0.04)
    assert pace.delay() == 0.0


def test_pauses_do_not_count_as_typing() -> None:
    assert TypingPace().after_key(30.0) == TypingPace()
