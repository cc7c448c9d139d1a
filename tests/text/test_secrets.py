"""Secrets are found in a time linear in the text, and where plain patterns find them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.text.growth import growth
from writer.base.progress import Cancelled
from writer.text.secrets import SecretKind, find_secrets

PLAIN = {
    SecretKind.KEY: re.compile(
        r"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----"
        r"(?:.*?-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|(?:\s*[\w+/=:]{16,}\s*)*)",
        re.S,
    ),
    SecretKind.TOKEN: re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]+)?"),
    SecretKind.PASSWORD: re.compile(
        r"\b(?:password|passwd|pwd|passphrase|passcode|secret|token|api[_ -]?key)\b[\"']?"
        r"(?:\s*[=:]\s*|\s+is\s+(?:now\s+)?)[\"'“`]?"
        r"(?=[^\s，。；]*\d)[^\s\"'”`，。；]{5,}[^\s\"'”`，。；.,;:!?)]"
        r"|(?:密码|密碼|口令|暗号)\s*(?:[:：=]|是|为|為)\s*[“「\"']?"
        r"(?=[^\s，。；]*[0-9A-Za-z])[^\s，。；”」\"']{3,}[^\s。，；”」\"'.,;:!?)]"
        r"|://[^\s/:@]+:[^\s/@]{3,}(?=@)",
        re.I,
    ),
    SecretKind.IDENTITY: re.compile(
        r"(?:\bpassport(?:\s+(?:no\.?|number))?|护照(?:号码?)?|護照(?:號碼?)?)\s*(?:is|[:：是为為])?\s*"
        r"(?=[A-Z0-9]*\d)[A-Z0-9]{7,9}\b",
        re.I,
    ),
}
"""Patterns that say plainly what is a secret, but read the same characters again from many starts."""

PARTS = {
    SecretKind.KEY: [
        "-----BEGIN ",
        "-----END ",
        "PRIVATE KEY",
        " BLOCK",
        "-----",
        "RSA ",
        "\n",
        "MIIEpAIBAAKCAQEA",
        "x",
    ],
    SecretKind.TOKEN: ["eyJ", "-", ".", "hbGciOiJI", " ", "=", "a", "_9"],
    SecretKind.PASSWORD: [
        "password",
        "paſſword",
        "to\u212aen",
        "PassPhrase",
        "Token",
        "api_key",
        "密码",
        " ",
        "=",
        ":",
        " is ",
        "now ",
        "是",
        '"',
        "“",
        "”",
        "a",
        "1",
        "hunter2",
        "，",
        ".",
        "://",
        "@",
        "\n",
    ],
    SecretKind.IDENTITY: [
        "passport",
        "护照",
        "号码",
        " ",
        " no. ",
        " number",
        "is",
        ":",
        "C",
        "1",
        "C0123456",
        "\n",
    ],
}
NUMBERS = {
    "4111111111111111": SecretKind.CARD,
    "4111 1111-1111 1111": SecretKind.CARD,
    "4222222222222": SecretKind.CARD,
    "11010519491231002X": SecretKind.IDENTITY,
    "123-45-6789": SecretKind.IDENTITY,
    "AB123456C": SecretKind.IDENTITY,
    "AB 12 34 56 C": SecretKind.IDENTITY,
    "DE89 3704 0044 0532 0130 00": SecretKind.IDENTITY,
    "GB82 WEST 1234 5698 7654 32": SecretKind.IDENTITY,
    "passport K1ABCDEF": SecretKind.IDENTITY,
    "123456789": SecretKind.NUMBER,
    "555 123 4567": SecretKind.NUMBER,
    "555-123 456": SecretKind.NUMBER,
    "١٢٣٤٥٦٧٨٩": SecretKind.NUMBER,
}
"""Numbers in a text without any other secret, and what each is."""

SIZE = 4000
DOUBLE = 2.3
"""How much more time twice the text may take."""

GROWING = {
    "passwords without a digit": lambda n: "password=" * n,
    "passwords in quotes": lambda n: "password='" * n + "1",
    "passwords in JSON": lambda n: '{"token":"abcdef1"},' * n,
    "keys without an end": lambda n: "-----BEGIN PRIVATE KEY-----\n" * n,
    "tokens without a dot": lambda n: "-eyJ" * n,
    "tokens of two parts": lambda n: "-eyJ" * n + ".x",
    "a passport and spaces": lambda n: "passport" + " " * n,
    "digits": lambda n: "1" * n,
    "digits and spaces": lambda n: "4 1 1 1 " * n,
    "digits and commas": lambda n: "1," * n,
    "base64": lambda n: "aB3+/" * n,
    "at signs": lambda n: "@" * n,
    "nested addresses": lambda n: "://a:" * n,
    "letters after an address": lambda n: "://a:" + "b" * n,
    "account numbers": lambda n: "AA11AAAA" * n,
}


def spans(text: str, kind: SecretKind) -> set[tuple[int, int]]:
    return {(secret.start, secret.end) for secret in find_secrets(text) if secret.kind is kind}


def plain_spans(text: str, kind: SecretKind) -> Iterator[tuple[int, int]]:
    yield from (found.span() for found in PLAIN[kind].finditer(text))


@pytest.mark.parametrize("kind", PARTS)
@given(data=st.data())
def test_what_plain_patterns_find_is_found(kind: SecretKind, data: st.DataObject) -> None:
    text = "".join(data.draw(st.lists(st.sampled_from(PARTS[kind]), max_size=20)))
    assert set(plain_spans(text, kind)) <= spans(text, kind)


@pytest.mark.parametrize(("number", "kind"), NUMBERS.items())
def test_a_number_is_found_where_it_is_the_only_one(number: str, kind: SecretKind) -> None:
    text = f"It was {number} then."
    assert (len("It was "), len(f"It was {number}")) in spans(text, kind)


@pytest.mark.parametrize("kind", [SecretKind.KEY, SecretKind.PASSWORD])
@given(data=st.data())
def test_nothing_else_is_found(kind: SecretKind, data: st.DataObject) -> None:
    text = "".join(data.draw(st.lists(st.sampled_from(PARTS[kind]), max_size=20)))
    assert spans(text, kind) == set(plain_spans(text, kind))


@pytest.mark.parametrize("make", GROWING.values(), ids=GROWING)
def test_the_time_grows_with_the_text(make: Callable[[int], str]) -> None:
    assert growth(lambda text: list(find_secrets(text)), make(SIZE), make(2 * SIZE), DOUBLE) <= DOUBLE


def test_a_search_can_be_cancelled() -> None:
    asked = iter((False, False, True))
    with pytest.raises(Cancelled):
        list(find_secrets("nothing", lambda: next(asked)))


def test_real_texts_hold_what_they_held(shared_data: Path) -> None:
    for file in sorted(shared_data.glob("*_*/text/*.txt"))[::20]:
        text = file.read_text("utf-8")
        for kind in (SecretKind.KEY, SecretKind.PASSWORD):
            assert spans(text, kind) == set(plain_spans(text, kind))
