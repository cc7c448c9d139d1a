"""When a correction is sure enough to be offered."""

from __future__ import annotations

import math

import pytest

from writer.suggestions.corrections.candidates import MeantWord
from writer.suggestions.corrections.choice import (
    MARGINS,
    MAX_AFTER,
    SHORT,
    ChosenCorrection,
    best_correction,
    is_due,
    is_sure,
    texts_to_compare,
)
from writer.suggestions.corrections.suspects import Kind, Suspect

TYPO = Suspect(Kind.TYPO, "It was ", "teh", " ")
THE, TEN = MeantWord("the", 3.5), MeantWord("ten", 4.5)
SURE = MARGINS[Kind.TYPO]


def test_a_candidate_that_is_much_likelier_is_offered() -> None:
    correction = best_correction(TYPO, [THE, TEN], [-30.0, -5.0, -15.0])
    assert correction == ChosenCorrection(TYPO, "the", better=21.5, lead=11.0)
    assert is_sure(correction)


@pytest.mark.parametrize(
    "scores",
    [
        [-8.0, -5.0, -15.0],  # what was written may be right
        [-30.0, -5.0, -5.0 - SURE.lead + 1.5],  # one as good as the other
    ],
)
def test_nothing_is_offered_where_it_is_not_sure(scores: list[float]) -> None:
    correction = best_correction(TYPO, [THE, TEN], scores)
    assert correction is not None
    assert not is_sure(correction)


def test_a_short_word_must_be_surer() -> None:
    for written, text in (("teh", "the"), ("beleive", "believe")):
        typo = Suspect(Kind.TYPO, "It was ", written, " ")
        correction = ChosenCorrection(typo, text, better=SURE.better + SURE.short / 2)
        assert is_sure(correction) == (len(written) > SHORT)


@pytest.mark.parametrize("scores", [[-30.0, -math.inf, -math.inf], []])  # improbable, cancelled
def test_there_may_be_no_best_one(scores: list[float]) -> None:
    assert best_correction(TYPO, [THE, TEN], scores) is None


def test_a_single_candidate_leads() -> None:
    correction = best_correction(TYPO, [THE], [-30.0, -5.0])
    assert correction is not None
    assert correction.lead == math.inf


def test_words_that_only_sound_alike_wait_for_what_follows() -> None:
    def due(after: str, words: int) -> bool:
        return is_due(Suspect(Kind.SOUND, "It was ", "there", after, words))

    assert not due(" ", 0)
    assert due(". ", 0)
    assert due(" house ", 1)


def test_a_small_i_waits_for_two_words_and_a_beginning_for_none() -> None:
    for kind, words in ((Kind.FIRST_PERSON, 2), (Kind.CAPITAL, 0)):
        suspects = [Suspect(kind, "It rained. ", "i", " ", behind) for behind in range(3)]
        assert [is_due(suspect) for suspect in suspects] == [behind >= words for behind in range(3)]


def test_all_texts_go_on_alike_with_whole_words() -> None:
    after = " " + "word " * 20
    texts = texts_to_compare(Suspect(Kind.TYPO, "", "teh", after), [THE])
    assert [text.partition(" ")[0] for text in texts] == ["teh", "the"]
    assert texts[0][3:] == texts[1][3:]
    assert texts[0].endswith("word ")
    assert len(texts[0]) <= 3 + MAX_AFTER
