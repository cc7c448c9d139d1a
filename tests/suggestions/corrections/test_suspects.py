"""Which of the words just typed are suspect, and which are spared."""

from __future__ import annotations

import pytest

from writer.suggestions.corrections.confusable_words import ConfusableWords
from writer.suggestions.corrections.suspects import Kind, Suspect, find_suspects

_KNOWN = """
the a an cat sat on mat and it was quiet there their house she he said saw went to see of is in i you
know we were left here hour unique egg use user told honest mother's pass passed of form from that had
"""
KNOWN = frozenset(_KNOWN.split())


def suspects(text: str, words: ConfusableWords) -> list[Suspect]:
    return find_suspects(text, words, lambda word: word.lower() not in KNOWN, most=10)


def found(text: str, words: ConfusableWords, kind: Kind) -> list[str]:
    return [suspect.written for suspect in suspects(text, words) if suspect.kind == kind]


@pytest.mark.parametrize(
    ("text", "kind", "written"),
    [
        ("The cat sat on teh ", Kind.TYPO, "teh"),
        ("Teh cat ", Kind.TYPO, "Teh"),
        ("The cat sat o the mat ", Kind.TYPO, "o"),  # the dictionary has it
        ("The cat sat on the the ", Kind.DOUBLED, "the the"),
        ("The cat sat. it was ", Kind.CAPITAL, "it"),
        ("She said i ", Kind.FIRST_PERSON, "i"),
        ("YOu know ", Kind.CAPITAL, "YOu"),
        ("tHE cat ", Kind.CAPITAL, "tHE"),
        ("It was an unique ", Kind.ARTICLE, "an"),
        ("He told a honest ", Kind.ARTICLE, "a"),
        ("She saw there house ", Kind.SOUND, "there"),
        ("It was form ", Kind.SLIP, "form"),
    ],
)
def test_what_may_be_wrong_is_suspect(text: str, kind: Kind, written: str, words: ConfusableWords) -> None:
    assert found(text, words, kind) == [written]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("The cat sat on teh", Kind.TYPO),  # not finished
        ("She said Jonn ", Kind.TYPO),  # a name
        ("The zorp sat. It was the zorp ", Kind.TYPO),  # written twice
        ("See `teh` and https://example.com/teh and /usr/teh ", Kind.TYPO),
        ("See `teh ", Kind.TYPO),  # code that is being typed
        ("See teh/", Kind.TYPO),  # a path that is
        ("See teh- ", Kind.TYPO),
        ("She said je ne sais quoi ", Kind.DOUBLED),
        ("It was very very ", Kind.DOUBLED),
        ("See the cat, e.g. it ", Kind.CAPITAL),
        ("See etc. it ", Kind.CAPITAL),
        ("It was at example.com. ", Kind.CAPITAL),
        ("It was i.e. ", Kind.CAPITAL),
        ("It was an hour ", Kind.ARTICLE),
        ("It was a user ", Kind.ARTICLE),
        ("It was an unlucky ", Kind.ARTICLE),
        ("The TVs ", Kind.CAPITAL),
        ("the-there ", Kind.SOUND),
    ],
)
def test_what_is_spared(text: str, kind: Kind, words: ConfusableWords) -> None:
    assert found(text, words, kind) == []


def test_what_was_written_twice_is_on_purpose(words: ConfusableWords) -> None:
    assert found("It was seperate ", words, Kind.TYPO) == ["seperate"]
    for word in ("seperate", "zorp"):
        assert found(f"It was {word} and {word} ", words, Kind.TYPO) == []


def test_a_foreign_passage_is_spared(words: ConfusableWords) -> None:
    assert found("She said je ne sais quoi encore ", words, Kind.TYPO)[:-2] == []
    assert "encore" not in found("She said je ne sais quoi encore ", words, Kind.TYPO)


def test_a_suspect_knows_the_words_on_both_sides(words: ConfusableWords) -> None:
    (suspect,) = [s for s in suspects("He left. She saw there house an", words) if s.kind == Kind.SOUND]
    assert (suspect.before, suspect.written, suspect.after) == ("He left. She saw ", "there", " house ")
    assert (suspect.words, suspect.previous, suspect.begins_sentence) == (1, "saw", False)


def test_only_the_last_words_are_looked_at(words: ConfusableWords) -> None:
    text = "teh cat sat on the mat "
    assert find_suspects(text, words, lambda word: word not in KNOWN, most=5) == []


def test_the_paragraph_of_the_cursor_alone_is_looked_at(words: ConfusableWords) -> None:
    assert suspects("It was teh \n", words) == []


@pytest.mark.parametrize("text", ["", "\n", " ", "😀 teh ", "naïve teh ", "``` ", "\x00teh "])
def test_odd_texts_do_no_harm(text: str, words: ConfusableWords) -> None:
    assert all(s.before + s.written == text[: len(s.before + s.written)] for s in suspects(text, words))
