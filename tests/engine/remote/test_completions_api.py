"""The events of a completions server: chunks, or one error, whatever stands in them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from writer.engine.remote.completions_api import CompletionChunk, read_event


def chunks(logprobs: dict[str, Any]) -> tuple[CompletionChunk, ...]:
    """What an event with the text " sea" gives."""
    event = {"choices": [{"text": " sea", "logprobs": logprobs}]}
    return read_event(json.dumps(event)).chunks


@pytest.mark.parametrize("number", [10**400, -(10**400), float("nan"), float("inf"), 1e300, "x", None, []])
def test_numbers_that_are_no_log_probabilities_count_as_missing(number: object) -> None:
    lone = {"tokens": [" sea"], "token_logprobs": [number]}
    assert chunks(lone) == (CompletionChunk(" sea", None),)
    beside = {"tokens": [" sea"], "token_logprobs": [-1.5], "top_logprobs": [{" sky": number, " sun": -2.0}]}
    assert chunks(beside) == (CompletionChunk(" sea", -1.5, ((" sun", -2.0),)),)


def entry(token: object, logprob: object, **others: object) -> dict[str, object]:
    tops = [{"id": 1, "token": text, "bytes": [], "logprob": p} for text, p in others.items()]
    return {"id": 7, "token": token, "bytes": [32], "logprob": logprob, "top_logprobs": tops}


def test_the_form_of_chats_is_read_like_that_of_completions() -> None:
    content = [entry(" s", -0.5, x=-2.0, y=-1.5), entry("ea", -0.25)]
    assert chunks({"content": content}) == (
        CompletionChunk(" s", -0.5, (("y", -1.5), ("x", -2.0))),
        CompletionChunk("ea", -0.25),
    )
    assert chunks({"content": [entry(" se", -0.5)]}) == (CompletionChunk(" sea", -0.5),)


@pytest.mark.parametrize(
    "content",
    [[], [7], [entry(7, -1.0)], [entry(" sea", None)], [entry(" sea", float("nan"))], [{}], {"a": 1}],
)
def test_an_odd_form_of_chats_has_unknown_probabilities(content: object) -> None:
    assert chunks({"content": content}) == (CompletionChunk(" sea", None),)


def test_half_a_surrogate_pair_is_a_replacement_character() -> None:
    half, pair = "\ud83d", "\ud83d\ude00"
    chosen = {"text": f" s{half}ea{pair}", "logprobs": None}
    told = {"tokens": [half], "token_logprobs": [-1.0], "top_logprobs": [{half: -2.0, "a": -3.0}]}
    (plain,) = read_event(json.dumps({"choices": [chosen]})).chunks
    assert plain.text.encode().decode() == " s\ufffdea\U0001f600"
    (chunk,) = read_event(json.dumps({"choices": [{"text": half, "logprobs": told}]})).chunks
    assert (chunk.text, chunk.logprob, chunk.runners_up) == ("\ufffd", -1.0, (("a", -3.0),))
