"""The ideal user, key by key, with an engine that says what the test wrote down."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from writer.engine.protocol import EngineStats, Parameters, Token
from writer.evaluation.cached_suggester import CachedSuggester
from writer.evaluation.documents import Passage
from writer.evaluation.keystrokes import keystrokes_for
from writer.evaluation.simulated_typist import ReplayStep, matching_words, replay
from writer.suggestions.builder import BuilderRules
from writer.suggestions.context import Context
from writer.suggestions.gate import ConfidenceGate
from writer.suggestions.reasons import Reason
from writer.text.words import words


class Scripted:
    """Says `script[text before the cursor]`, a word a token, each with the probability `sure`."""

    name, device, why = "scripted", "cpu", "scripted"

    def __init__(self, script: Mapping[str, str], sure: float = 0.9) -> None:
        self._script = script
        self._sure = sure
        self.stats = EngineStats()
        self.asked: list[str] = []

    def continue_text(
        self, context: Context, parameters: Parameters, cancelled: Callable[[], bool]
    ) -> Iterator[Token]:
        from math import log

        self.asked.append(context.before)
        for word in words(self._script.get(context.before, "")):
            if not cancelled():
                yield Token(0, word.encode(), log(self._sure), ends_word=True)

    def prefetch(self, context: Context, cancelled: Callable[[], bool]) -> None:
        """Nothing to prepare."""

    def close(self) -> None:
        """Nothing to give back."""


def steps(text: str, script: Mapping[str, str], start: int = 0, **changes: object) -> list[ReplayStep]:
    engine = Scripted(script, **changes)  # type: ignore[arg-type]
    passage = Passage("a", "", text, start, len(text))
    return list(replay(passage, CachedSuggester(engine, Parameters()), BuilderRules(ConfidenceGate(0.3))))


def keystrokes(found: list[ReplayStep]) -> int:
    return sum(step.keystrokes for step in found)


def test_without_suggestions_every_character_is_a_key() -> None:
    found = steps("The great day.", {})
    assert keystrokes(found) == sum(s.manual_keystrokes for s in found) == 14
    assert not any(s.shown for s in found)
    assert {s.reason for s in found} == {Reason.UNSURE}


def test_one_key_takes_what_is_all_right() -> None:
    found = steps("The great day.", {"The": " great day."})
    assert keystrokes(found) == 3 + 1
    assert sum(s.manual_keystrokes for s in found) == 14
    assert found[-1].accepted == len(" great day.")


def test_the_right_words_of_a_wrong_suggestion_are_taken_one_by_one() -> None:
    found = steps("The great day.", {"The": " great old song"})
    taken = found[3]
    assert (taken.accepted, taken.correct, taken.fresh, taken.matched) == (6, True, True, 1)
    rest = found[4]
    assert (rest.shown, rest.correct, rest.fresh, rest.keystrokes) == (True, False, False, 1)
    assert keystrokes(found) == 3 + 1 + len(" day.")


def test_a_word_that_goes_on_in_the_text_is_wrong() -> None:
    found = steps("The greatest.", {"The": " great"})
    assert not found[3].correct
    assert keystrokes(found) == 13


def test_a_word_that_ends_in_the_text_but_goes_on_in_the_suggestion_is_wrong() -> None:
    assert matching_words(" greatest", " great day", 0) == []


def test_a_cut_within_a_word_is_healed() -> None:
    found = steps("The great day", {"The gre": "at"})
    assert keystrokes(found) == 7 + 1 + 4
    assert found[7].within_word


def test_what_is_typed_along_stays_until_it_is_typed_past() -> None:
    engine = Scripted({"The": " grand hotel", "The gre": "at"})
    passage = Passage("a", "", "The green", 3, 9)
    found = list(replay(passage, CachedSuggester(engine, Parameters()), BuilderRules()))
    assert [(s.shown, s.fresh) for s in found[:4]] == [
        (True, True),
        (True, False),
        (True, False),
        (True, False),
    ]
    assert engine.asked[:3] == ["The", "The gre", "The gree"]
    assert keystrokes(found) == 6


def test_a_ghost_is_refused_once_where_it_is_typed_past() -> None:
    found = steps("The green", {"The": " grand hotel"})
    assert [s.cursor for s in found if s.refused] == [len("The gr")]


def test_a_ghost_that_is_typed_to_its_end_is_refused() -> None:
    found = steps("The greatest.", {"The": " great"})
    assert [s.cursor for s in found if s.refused] == [len("The grea")]


def test_a_ghost_of_which_a_word_was_taken_is_not_refused() -> None:
    assert not any(s.refused for s in steps("The great day.", {"The": " great old song"}))
    assert not any(s.refused for s in steps("The great day.", {"The": " great day."}))


@pytest.mark.parametrize(
    ("text", "start", "answer", "letters"),
    [
        ("The great day", 7, "at", 3),
        ("The great day", 3, " great", 0),
        ("The great day", 4, "great", 0),
        ("Don't do", 3, "'t", 3),
        ("我们去公园。", 3, "公园", 0),
    ],
)
def test_the_letters_of_the_word_that_a_ghost_completes(
    text: str, start: int, answer: str, letters: int
) -> None:
    [first, *_] = steps(text, {text[:start]: answer}, start=start)
    assert first.shown
    assert first.typed_letters == letters


def test_an_unlikely_word_is_not_shown() -> None:
    found = steps("The great day.", {"The": " great"}, sure=0.2)
    assert not any(s.shown for s in found)


def test_typing_starts_where_the_passage_does() -> None:
    found = steps("One two three", {"One two": " three"}, start=7)
    assert [s.cursor for s in found] == [7]
    assert keystrokes(found) == 1


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("The day", 7),
        ("我们", len("women") + 1),
        ("我们去公园。", len("womenqugongyuan") + 1 + 1),
        ("用 Qt 写", len("yong") + 1 + 4 + len("xie") + 1),
        ("绿", len("lv") + 1),
        ("重庆银行", len("chongqingyinhang") + 1),
    ],
)
def test_keys(text: str, count: int) -> None:
    assert keystrokes_for(text) == count


def test_chinese_is_typed_a_word_at_a_time() -> None:
    found = steps("我们去公园。", {"我们去": "公园。"})
    assert [s.written for s in found] == [2, 1, 3]
    assert keystrokes(found) == len("women") + len("qu") + 1 + 1  # what is composed is chosen first
    assert sum(s.manual_keystrokes for s in found) == keystrokes_for("我们去公园。")


@given(text=st.text(st.sampled_from("我们去公园。 a天气"), min_size=1, max_size=40), data=st.data())
def test_nothing_is_saved_without_suggestions(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    found = steps(text, {}, start=start)
    assert keystrokes(found) == sum(s.manual_keystrokes for s in found) == keystrokes_for(text, start)


ANSWERS = st.dictionaries(
    st.integers(0, 40), st.sampled_from([" a", " the", "he", " on, and", "我们", " xyz", "ab"])
)


@given(
    text=st.lists(
        st.sampled_from([" a", " the", " on", ",", " and", "ab", "我们", "去", "\n"]), min_size=1
    ).map("".join),
    answers=ANSWERS,
)
def test_all_of_the_text_is_written_at_no_more_keys_than_by_hand(text: str, answers: dict[int, str]) -> None:
    text = text[:40]
    script = {text[:place]: answer for place, answer in answers.items()}
    found = steps(text, script)
    assert sum(s.written for s in found) == len(text)
    assert keystrokes(found) <= sum(s.manual_keystrokes for s in found)
    assert [s.cursor for s in found] == [sum(s.written for s in found[:n]) for n in range(len(found))]


def test_known_answers_are_not_computed_again() -> None:
    engine = Scripted({"The": " great"})
    suggester = CachedSuggester(engine, Parameters())
    passage = Passage("a", "", "The great", 0, 9)
    first = list(replay(passage, suggester, BuilderRules(ConfidenceGate(0.3))))
    asked = len(engine.asked)
    second = list(replay(passage, suggester, BuilderRules(ConfidenceGate(0.6))))
    assert len(engine.asked) == asked
    assert keystrokes(first) == keystrokes(second)
    assert first[0].milliseconds is not None
    assert second[0].milliseconds is None
