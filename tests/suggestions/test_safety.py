"""What is withheld, and what is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from writer.base.word_lists import withheld_words
from writer.suggestions.reasons import Reason
from writer.suggestions.safety import SafetyFilter
from writer.text.secrets import contains_secret, is_card_number

LISTED = withheld_words()
SAFETY = SafetyFilter(LISTED)
WITHHELD_EN = "bitch"
WITHHELD_ZH = "王八蛋"


def test_the_lists_hold_both_languages() -> None:
    assert {WITHHELD_EN, WITHHELD_ZH} <= LISTED
    assert len(LISTED) > 600
    assert not any(word.startswith("#") for word in LISTED)


@given(word=st.sampled_from(sorted(LISTED)), case=st.sampled_from([str.lower, str.upper, str.title]))
def test_every_listed_word_is_withheld(word: str, case: Callable[[str], str]) -> None:
    before = "you are a " if word.isascii() else "你这个，"
    assert SAFETY.rejection_reason(before, case(word)) == Reason.LISTED


@given(word=st.sampled_from(sorted(w for w in LISTED if w.isalpha() and not w.isascii())))
def test_a_listed_chinese_word_is_withheld_also_where_a_longer_word_ends_in_it(word: str) -> None:
    assert SAFETY.rejection_reason("他日长大", word) == Reason.LISTED


@given(word=st.sampled_from(sorted(w for w in LISTED if w.isascii() and w.isalpha())), cut=st.integers(1, 30))
def test_a_listed_word_that_was_begun_is_not_ended(word: str, cut: int) -> None:
    cut = min(cut, len(word) - 1)
    assert SAFETY.rejection_reason("so " + word[:cut], word[cut:]) == Reason.LISTED


@pytest.mark.parametrize(
    ("before", "text"),
    [
        ("the ", "cockpit of the plane"),
        ("a ", "class of Scunthorpe assassins"),
        ("she ate ", "Dickens"),
        ("the ", "document"),
        ("这种", "可能性"),
        ("他的", "老母亲"),
        ("我想喝", "牛奶"),
    ],
)
def test_words_that_only_contain_one_pass(before: str, text: str) -> None:
    assert SAFETY.rejection_reason(before, text) is None


def test_what_the_writer_wrote_himself_withholds_nothing() -> None:
    assert SAFETY.rejection_reason(f"You {WITHHELD_EN}! Then", " we went home") is None


@pytest.mark.parametrize(
    ("before", "text"),
    [
        ("The doctor said that", " he"),
        ("The nurse took", " her"),
        ("My friend hurt", " himself"),
        ("The engineer s", "he"),
        ("医生说", "他会来"),
        ("护士说", "她会来"),
        ("My mother asked the doctor whether", " he"),
    ],
)
def test_untold_gender_is_withheld(before: str, text: str) -> None:
    assert SAFETY.rejection_reason(before, text) == Reason.GENDER


@pytest.mark.parametrize(
    ("before", "text"),
    [
        ("My mother said that", " she"),
        ("He opened the door and took", " his"),
        ("The king lost", " his"),
        ("妈妈说", "她会来"),
        ("The doctor said that", " they"),
        ("The doctor said that", " the"),
        ("他说", "他会来"),
        ("我们问", "他们"),
    ],
)
def test_told_gender_passes(before: str, text: str) -> None:
    assert SAFETY.rejection_reason(before, text) is None


SECRETS = (
    "AKIA" + "IOSFODNN7" + "EXAMPLE",
    "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a",
    "sk-" + "proj1234567890abcdef",
    "-----BEGIN RSA PRIVATE " + "KEY-----",
    "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0In0.abc",
    "password: hunter2hunter",
    'api_key = "a1b2c3d4"',
    "4111 1111 1111 1111",
    "5500-0000-0000-0004",
    "d41d8cd98f00b204e9800998ecf8427e",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCY",
)


@pytest.mark.parametrize("secret", SECRETS)
def test_secrets_are_withheld(secret: str) -> None:
    assert SAFETY.rejection_reason("Use ", secret) == Reason.SECRET
    assert SAFETY.rejection_reason("Use " + secret[:6], secret[6:]) == Reason.SECRET


@pytest.mark.parametrize(
    ("before", "text"), [("Call", " 123456789"), ("Call 1234", "56789."), ("拨打", "138001380001")]
)
def test_a_long_number_nobody_wrote_is_withheld(before: str, text: str) -> None:
    assert SAFETY.rejection_reason(before, text) == Reason.SECRET


@pytest.mark.parametrize(
    ("before", "text"),
    [
        ("It is 123456789. Call", " 123456789"),
        ("In", " 1,000,000 years"),
        ("Call", " 12345678"),
        ("On", " 2025-11-27"),
    ],
)
def test_a_number_that_is_known_or_short_passes(before: str, text: str) -> None:
    assert SAFETY.rejection_reason(before, text) is None


@pytest.mark.parametrize(
    "text",
    [
        " 4111 1111 1111 1112",
        " 1234567890",
        " in 2025 and 2026",
        " internationalisation",
        " the password must be long",
        " token: the smallest piece",
        " https://example.org/some-long-path/with-words",
        " 3.14159265358979323846",
        " snake_case_function_name_in_python",
    ],
)
def test_no_secret(text: str) -> None:
    assert not contains_secret(text)


def test_a_secret_that_stands_there_silences_nothing_behind_it() -> None:
    assert SAFETY.rejection_reason(f"The key {SECRETS[0]} is", " old") is None


@given(digits=st.lists(st.integers(0, 9), min_size=12, max_size=18))
def test_exactly_one_check_digit_makes_a_card_number(digits: list[int]) -> None:
    body = "".join(map(str, digits))
    good = [d for d in "0123456789" if is_card_number(body + d)]
    assert len(good) == 1 or len(set(body)) == 1
