"""The events of a completions server: chunks, or one error, whatever stands in them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from writer.engine.remote.completions_api import UNKNOWN_LOGPROB, CompletionChunk, read_event


def chunks(logprobs: dict[str, Any]) -> tuple[CompletionChunk, ...]:
    """What an event with the text " sea" gives."""
    event = {"choices": [{"text": " sea", "logprobs": logprobs}]}
    return read_event(json.dumps(event)).chunks


@pytest.mark.parametrize("number", [10**400, -(10**400), float("nan"), float("inf"), 1e300, "x", None, []])
def test_numbers_that_are_no_log_probabilities_count_as_missing(number: object) -> None:
    lone = {"tokens": [" sea"], "token_logprobs": [number]}
    assert chunks(lone) == (CompletionChunk(" sea", UNKNOWN_LOGPROB),)
    beside = {"tokens": [" sea"], "token_logprobs": [-1.5], "top_logprobs": [{" sky": number, " sun": -2.0}]}
    assert chunks(beside) == (CompletionChunk(" sea", -1.5, ((" sun", -2.0),)),)
