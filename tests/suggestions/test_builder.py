"""From tokens to a suggestion: bytes, words, gate, seams, reasons."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.text.texts import lines, texts
from writer.suggestions import boundaries, filters
from writer.suggestions.builder import BuilderRules, SuggestionBuilder
from writer.suggestions.context import Context
from writer.suggestions.gate import ConfidenceGate
from writer.suggestions.reasons import Reason
from writer.suggestions.safety import SafetyFilter
from writer.suggestions.suggestion import Suggestion


def assemble(
    before: str,
    pieces: Sequence[tuple[str | bytes, float]],
    rules: BuilderRules | None = None,
    after: str = "",
) -> Suggestion:
    """Give pieces, each a whole word with its probability."""
    builder = SuggestionBuilder(Context(before, after), 7, rules)
    for piece, probability in pieces:
        data = piece.encode() if isinstance(piece, str) else piece
        builder.add(data, math.log(probability), ends_word=True)
    return builder.end()


def chunks(data: bytes, cuts: Sequence[int]) -> list[bytes]:
    places = sorted({cut % (len(data) + 1) for cut in cuts} | {0, len(data)})
    return [data[a:b] for a, b in pairwise(places)]


@given(before=texts, answer=lines, cuts=st.lists(st.integers(0, 200), max_size=12))
def test_where_bytes_are_cut_changes_nothing(before: str, answer: str, cuts: list[int]) -> None:
    fitted = boundaries.fit_after(before, answer)
    assume(fitted and fitted == answer.rstrip() and filters.rejection_reason(before, fitted) is None)
    builder = SuggestionBuilder(Context(before), 1)
    for piece in chunks(answer.encode(), cuts):
        builder.add(piece, 0.0)
    assert builder.end().text == fitted


@given(before=texts, answer=lines, cuts=st.lists(st.integers(0, 200), max_size=12))
def test_bad_text_ends_a_suggestion_wherever_bytes_are_cut(before: str, answer: str, cuts: list[int]) -> None:
    finals = []
    for pieces in (chunks(answer.encode(), cuts), [character.encode() for character in answer]):
        builder = SuggestionBuilder(Context(before), 1)
        for piece in pieces:
            builder.add(piece, 0.0)
        finals.append(builder.end().text)
    shorter, longer = sorted(finals, key=len)
    assert longer.startswith(shorter)


@given(before=texts, answer=lines, cuts=st.lists(st.integers(0, 200), max_size=12))
def test_what_is_shown_only_grows(before: str, answer: str, cuts: list[int]) -> None:
    builder = SuggestionBuilder(Context(before), 1)
    shown = ""
    for piece in chunks(answer.encode(), cuts):
        now = builder.add(piece, -0.1).text
        assert now.startswith(shown)
        shown = now
    assert builder.end().text.startswith(shown)


@given(before=texts, answer=lines, after=texts, cuts=st.lists(st.integers(0, 200), max_size=12))
def test_what_is_accepted_is_what_was_shown(before: str, answer: str, after: str, cuts: list[int]) -> None:
    builder = SuggestionBuilder(Context(before, after), 1)
    for piece in chunks(answer.encode(), cuts):
        builder.add(piece, 0.0)
    final = builder.end()
    if final.text:
        shown = final.text
        if boundaries.begins_word(before, after):
            shown = shown.removesuffix(" ")
        assert boundaries.fit_after(before, shown) == shown
        assert filters.rejection_reason(before, final.text, after) is None
        word, rest = final.first_word(), final.advance(final.first_word(), 2)
        assert rest is not None
        assert word + rest.text == final.text
    else:
        assert final.reason


@given(data=st.lists(st.binary(max_size=6), max_size=12))
def test_bytes_that_are_no_text_are_never_shown(data: list[bytes]) -> None:
    builder = SuggestionBuilder(Context("Some text"), 1)
    for piece in data:
        shown = builder.add(piece, 0.0).text
        assert "\ufffd" not in shown
        assert all(c.isprintable() or c == "\u200d" for c in shown)
    assert "\ufffd" not in builder.end().text


def test_half_a_character_at_the_end_is_left_out() -> None:
    assert assemble("我", [("们".encode(), 0.9), ("去".encode()[:2], 0.9)]).text == "们"


def test_an_unlikely_first_word_is_not_shown() -> None:
    rules = BuilderRules(ConfidenceGate(0.3, 0.25))
    silent = assemble("The", [(" great", 0.29), (" day", 0.9)], rules)
    assert (silent.text, silent.reason) == ("", Reason.UNSURE)
    assert assemble("The", [(" great", 0.31), (" day", 0.2)], rules).text == " great"


def test_a_suggestion_ends_where_confidence_falls() -> None:
    sure = [(" one", 0.9), (" two", 0.4), (" three", 0.6), (" four", 0.6), (" five", 0.9)]
    assert assemble("x", sure, BuilderRules(ConfidenceGate(0.3))).text == " one two three"


def test_behind_words_that_are_together_unlikely_there_is_no_further_one() -> None:
    rules = BuilderRules(ConfidenceGate(0.4, 0.1))
    likely, unlikely = (
        assemble("It was ", [("the", 0.5), (" very", second), (" best", 0.9)], rules).text
        for second in (0.7, 0.5)
    )
    assert (likely, unlikely) == ("the very best", "the very")


def test_confidence_is_the_first_words() -> None:
    builder = SuggestionBuilder(Context("The"), 1)
    builder.add(b" gr", math.log(0.5))
    builder.add(b"eat", math.log(0.5))
    builder.add(b" day", math.log(0.9))
    assert math.isclose(builder.end().confidence, 0.25)


def test_a_word_waits_until_it_has_ended() -> None:
    builder = SuggestionBuilder(Context("The"), 1)
    assert builder.add(b" gre", -0.1).text == ""
    assert builder.add(b"at", -0.1).text == ""
    assert builder.add(b" day", -0.1).text == " great"
    assert builder.add(b"s", -0.1, ends_word=True).text == " great days"


def test_a_word_that_was_cut_off_is_left_out() -> None:
    builder = SuggestionBuilder(Context("The"), 1)
    for piece in (b" great", b" da"):
        builder.add(piece, -0.1)
    assert builder.end(cut=True).text == " great"


def test_a_suggestion_stays_in_its_line() -> None:
    assert assemble("The", [(" end.\nNext", 0.9), (" line", 0.9)]).text == " end."
    assert assemble("The end.", [("\n", 0.9)]).reason == Reason.PARAGRAPH


@pytest.mark.parametrize(
    ("before", "pieces", "after", "reason"),
    [
        ("The", [], "", Reason.NOTHING),
        ("The", [("<|im_end|>", 0.9)], "", Reason.JUNK),
        ("1 1", [(" 1", 0.9)], "", Reason.REPEATED),
        ("I saw", [(" the", 0.9)], " the cat", Reason.SEAM),
        ("Well, you", [(" bitch", 0.9)], "", Reason.LISTED),
        ("The doctor said", [(" she", 0.9)], "", Reason.GENDER),
        ("Use", [(" ghp_16C7e42F292c6912E7710c8", 0.9)], "", Reason.SECRET),
    ],
)
def test_every_silence_has_a_reason(
    before: str, pieces: list[tuple[str | bytes, float]], after: str, reason: Reason
) -> None:
    silent = assemble(before, pieces, BuilderRules(safety=SafetyFilter({"bitch"})), after)
    assert (silent.text, silent.reason) == ("", reason)


def test_the_words_before_a_withheld_one_stay() -> None:
    answer = [(" called", 0.9), (" her", 0.9), (" back", 0.9)]
    assert assemble("The doctor", answer, BuilderRules(safety=SafetyFilter(()))).text == " called"


def test_safety_can_be_switched_off() -> None:
    assert assemble("The doctor said that", [(" she", 0.9)]).text == " she"


def test_the_revision_travels_along() -> None:
    assert assemble("The", [(" end", 0.9)]).revision == 7


def test_words_of_unknown_probability_are_shown_and_called_unknown() -> None:
    builder = SuggestionBuilder(Context("The"), 7, BuilderRules(ConfidenceGate(0.8)))
    for piece in (b" quick", b" bro", b"wn", b" fox", b" jumps", b" over"):
        builder.add(piece, None)
    suggestion = builder.end()
    assert suggestion.text == " quick brown fox"
    assert suggestion.confidence == 0.0
    assert [(one.text, one.probability, one.reason) for one in builder.decisions] == [
        (" quick", None, None),
        (" brown", None, None),
        (" fox", None, None),
        (" jumps", None, Reason.UNSURE),
    ]


def test_a_word_is_known_again_after_an_unknown_one() -> None:
    builder = SuggestionBuilder(Context("The"), 7)
    for piece, logprob in ((b" qui", -0.5), (b"ck", None), (b" brown", math.log(0.5)), (b" fox", -9.0)):
        builder.add(piece, logprob)
    builder.end()
    assert [one.probability for one in builder.decisions[:2]] == [None, pytest.approx(0.5)]


def test_a_chinese_word_of_several_tokens_is_as_likely_as_all_of_them() -> None:
    builder = SuggestionBuilder(Context("今天"), 1, BuilderRules(ConfidenceGate(0.5)))
    shown = [
        builder.add(piece.encode(), math.log(share), ends_word=True).text
        for piece, share in (("我", 0.7), ("们", 0.9), ("去", 0.8))
    ]
    assert shown == ["", "", "我们"]
    assert builder.decisions[0].text == "我们"
    assert builder.decisions[0].probability == pytest.approx(0.63)
    assert builder.end().text == "我们去"


def test_a_first_word_that_saves_no_keys_is_judged_with_the_next() -> None:
    rules = BuilderRules(ConfidenceGate(0.5, reading=0.5))
    assert assemble("你", [("好", 0.8), ("吗", 0.9), ("？", 0.9)], rules).text == "好吗？"
    assert assemble("beautifu", [("l", 0.9), (" day", 0.6)], rules).text == "l day"
    assert assemble("beautifu", [("l", 0.9), (" day", 0.5)], rules).text == ""
    assert assemble("beautifu", [("l", 0.9)], rules).reason == Reason.SHORT
