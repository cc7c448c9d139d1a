"""A chat's answer becomes the continuation of a text: no word twice, no space missing, no thoughts."""

from __future__ import annotations

import pytest

from writer.engine.remote.chat_continuation import continuation
from writer.engine.remote.completions_api import CompletionChunk


def continued(before: str, *pieces: str) -> str:
    answer = iter([CompletionChunk(piece, -1.0) for piece in pieces])
    return "".join(chunk.text for chunk in continuation(before, answer))


@pytest.mark.parametrize(
    ("before", "answer", "expected"),
    [
        ("The quick", "brown fox", " brown fox"),
        ("The quick", " brown fox", " brown fox"),
        ("The quick ", "brown fox", "brown fox"),
        ("The quick ", " brown fox", "brown fox"),
        ("The quick", "quick brown fox", " brown fox"),
        ("The quick", "The quick brown fox", " brown fox"),
        ("The quick ", "The quick brown fox", "brown fox"),
        ("The quick bro", "brown fox", "wn fox"),
        ("The quick bro", "The quick brown fox", "wn fox"),
        ("The quick", "…brown fox", " brown fox"),
        ("The quick", "... brown fox", " brown fox"),
        ("The quick", "\n\nbrown fox\njumps", " brown fox"),
        ("The quick", "<think>\n\n</think>\n\nbrown fox", " brown fox"),
        ("The quick", "<think>I must", ""),
        ("The quick", "<b", "<b"),
        ("The quick", ", brown fox", ", brown fox"),
        ("The quick", "The quick", ""),
        ("The quick", "", ""),
        ("The quick", "  \n", ""),
        ("He went to a", "and", " and"),
        ("It is well-", "known", "known"),
        ("She said “", "Hello", "Hello"),
        ("It ends.", "Then it goes on.", " Then it goes on."),
        ("Line one\n", "Line two", "Line two"),
        ("今天", "天气很好", "天气很好"),
        ("今天天气", "今天天气很好", "很好"),
        ("他说：", "好的。", "好的。"),
        ("", "Once upon", "Once upon"),
    ],
)
def test_the_seam(before: str, answer: str, expected: str) -> None:
    assert continued(before, answer) == expected
    assert continued(before, *answer) == expected


def test_probabilities_stay_with_their_words() -> None:
    answer = [
        CompletionChunk("The", -1.0),
        CompletionChunk(" quick", -2.0),
        CompletionChunk(" brown", -3.0, ((" red", -4.0),)),
        CompletionChunk(" fox\n", -5.0, ((" dog", -6.0),)),
        CompletionChunk("jumps", -7.0),
    ]
    assert list(continuation("The quick", iter(answer))) == [
        CompletionChunk(" brown", -3.0, ((" red", -4.0),)),
        CompletionChunk(" fox", -5.0),
    ]


def test_an_answer_is_read_no_further_than_its_first_line() -> None:
    read = []

    def answer() -> object:
        for piece in ("brown", "\n", "fox"):
            read.append(piece)
            yield CompletionChunk(piece, None)

    assert [chunk.text for chunk in continuation("The quick", answer())] == [" brown"]  # type: ignore[arg-type]
    assert read == ["brown", "\n"]
