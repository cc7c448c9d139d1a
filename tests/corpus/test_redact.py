"""Redaction takes a time linear in the text, and removes what it would remove one secret at a time."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.text.growth import growth
from writer.base.progress import Cancelled
from writer.corpus import redact as module
from writer.corpus.redact import redact
from writer.text.secrets import Secret, SecretKind

SIZE = 1500
DOUBLE = 2.3
"""How much more time twice the text may take."""

DRAWN = random.Random(3)
GROWING = {
    "numbers": lambda n: "".join(f"Call {DRAWN.randrange(10**9, 10**10)} now.\n" for _ in range(n)),
    "numbers in one line": lambda n: "0123456789 " * n,
    "numbers in addresses": lambda n: "See https://example.org/1234567890 there. " * n,
    "cards": lambda n: "4111 1111 1111 1111 " * n,
    "quotes behind numbers": lambda n: '1234567890."' * n,
}
KINDS = tuple(SecretKind)
spans = st.tuples(st.sampled_from(KINDS), st.integers(0, 40), st.integers(1, 9)).map(
    lambda drawn: Secret(drawn[0], drawn[1], drawn[1] + drawn[2])
)


@pytest.mark.parametrize("make", GROWING.values(), ids=GROWING)
def test_the_time_grows_with_the_text(make: Callable[[int], str]) -> None:
    assert growth(redact, make(SIZE), make(2 * SIZE), DOUBLE) <= DOUBLE


@given(secrets=st.lists(spans, max_size=12))
def test_of_overlapping_secrets_the_first_found_counts(secrets: list[Secret]) -> None:
    kept: list[Secret] = []
    for secret in secrets:
        if all(secret.end <= other.start or other.end <= secret.start for other in kept):
            kept.append(secret)
    assert module._without_overlaps(secrets, 60) == sorted(kept, key=lambda secret: secret.start)


def test_a_redaction_can_be_cancelled_throughout() -> None:
    text, asked = "0123456789 " * 5000, list[None]()
    redact(text, lambda: bool(asked.append(None)))
    assert len(asked) > 10
    for last in range(len(asked)):
        answers = iter([False] * last + [True])
        with pytest.raises(Cancelled):
            redact(text, lambda: next(answers))  # noqa: B023


def test_real_texts_lose_nothing_but_their_secrets(shared_data: Path) -> None:
    for file in sorted(shared_data.glob("*_*/text/*.txt"))[::10]:
        text = file.read_text("utf-8")
        redacted = redact(text)
        if not redacted.secrets:
            assert redacted.text == text
        assert not set(redact(redacted.text).secrets) - set(redacted.secrets)
