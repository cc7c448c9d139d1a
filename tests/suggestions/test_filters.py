"""Junk and repetitions."""

from __future__ import annotations

import pytest

from writer.suggestions.filters import rejection_reason
from writer.suggestions.reasons import Reason

LINE = "The committee met on Tuesday to talk about the budget."


UNPRINTABLE = ("a\ufffdb", "a\x00", "a\x1b[0m", "\ufeffa", "a\u202eb", "\ue000", "\u200b", "a\u2028b")
MARKERS = ("<|im_end|>", " then <|endoftext|>", "<|im_", "[UNK]", " [SEP]", "</s>", "<unk>", "[unused12]")
RUNS = ("......", "!!!!", "-----", "aaaaa")


@pytest.mark.parametrize("text", [*UNPRINTABLE, *MARKERS, *RUNS])
def test_junk_is_no_suggestion(text: str) -> None:
    assert rejection_reason("Some text", text) == Reason.JUNK


@pytest.mark.parametrize(
    "text",
    [
        " great day",
        "...",
        "!!",
        " www.example.org",
        " 1,000,000",
        " 😀 yes",
        " 👨\u200d👩\u200d👧",
        "你好",
        " <b>",
        " [x]",
    ],
)
def test_text_is_no_junk(text: str) -> None:
    assert rejection_reason("Some text", text) is None


@pytest.mark.parametrize(
    ("before", "text"),
    [
        ("1 1", " 1"),
        ("so on and on and on", " and on"),
        ("really really", " really"),
        ("very", " very very"),
        ("很好很好", "很好"),
        (LINE + "\n" + LINE[:12], LINE[12:]),
        (LINE + "\n\n" + LINE[:5], LINE[5:45]),
    ],
)
def test_repetition_is_no_suggestion(before: str, text: str) -> None:
    assert rejection_reason(before, text) == Reason.REPEATED


@pytest.mark.parametrize(
    ("before", "text"),
    [
        ("He had", " had enough"),
        ("New York, New", " York"),
        ("- one\n- two\n-", " three"),
        ("The committee met.\nThe", " committee met"),
        ("1, 2", ", 3"),
        ("10,000", ",000"),
    ],
)
def test_ordinary_text_is_no_repetition(before: str, text: str) -> None:
    assert rejection_reason(before, text) is None


def test_text_after_the_cursor_is_not_repeated() -> None:
    assert rejection_reason("I saw", " the cat", " the cat sleep") == Reason.REPEATED
    assert rejection_reason("I saw", " the cat", " a dog") is None


def test_what_the_writer_repeated_himself_does_not_silence_everything() -> None:
    assert rejection_reason("ha ha ha ha", " funny") is None
    assert rejection_reason("......", " but then") is None
