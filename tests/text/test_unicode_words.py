"""Words in many scripts are counted as readers count them, and spelling sees parts of the same words."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.text.texts import texts
from writer.text.spell_words import checkable_words
from writer.text.unicode_words import count_words, word_spans
from writer.text.word_count import count_text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("— … « » 😀 👩\u200d💻", 0),
        ("Don't stop the well-known e.g. naïve", 6),
        ("e\u0301te\u0301 x\u0323\u0301y", 2),
        ("हिन्दी में लिखना अच्छा है।", 5),
        ("বাংলা ভাষা தமிழ் மொழி", 4),
        ("می\u200cخواهم بروم", 2),
        ("שָׁלוֹם עוֹלָם", 2),
        ("Привет, как дела?", 3),
        ("안녕하세요 세계", 2),
        ("1,000.5 1.000,50 10\u00a0000 1\u202f234\u202f567 1'000 3.14", 6),
        ("12:30 29/11/2026 2026-11-29 1٬000", 4),
        ("in 2025\u00a01 2, 3", 5),
        ("$1,000 5% C++ x_y", 5),
        ("今天下了雨。hello世界2025年", 10),
        ("co\u00adoperate l·l", 2),
        ("a\u0301\u200b ́", 1),
    ],
)
def test_words_are_counted(text, words):
    assert count_words(text) == words
    assert count_text(text).words == words


@pytest.mark.parametrize("text", ["Les étés naïfs", "Žluťoučký kůň", "déjà vu"])
def test_both_forms_of_an_accent_are_one(text):
    decomposed = unicodedata.normalize("NFD", text)
    assert count_words(decomposed) == count_words(text)
    assert [w.text for w in checkable_words(decomposed)] == [w.text for w in checkable_words(text)]


@given(texts)
def test_what_is_spelled_is_part_of_what_is_counted(text):
    spans = list(word_spans(text))
    assert len(spans) == count_words(text)
    assert all(a < b for a, b in spans)
    starts = [len(text[:a].encode("utf-16-le", "surrogatepass")) // 2 for a, _ in spans]
    ends = [len(text[:b].encode("utf-16-le", "surrogatepass")) // 2 for _, b in spans]
    for word in checkable_words(text):
        assert any(a <= word.start and word.end <= b for a, b in zip(starts, ends, strict=True))


@given(st.text("ab1,.':/-_ \n", max_size=30))
def test_the_fast_way_for_ascii_counts_the_same(text):
    assert count_words(text) == count_words(text + "\u3000")


def test_counting_takes_a_time_in_proportion():
    text = "The quick naïve fox, अच्छा 雨 1,000.5 times. " * 5_000
    start = time.thread_time()
    count_words(text)
    assert time.thread_time() - start < 1.0
    start = time.thread_time()
    count_words("1," * 100_000 + "\u0301a.-" * 50_000)
    assert time.thread_time() - start < 1.0
