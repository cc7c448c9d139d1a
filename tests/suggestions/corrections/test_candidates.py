"""What may have been meant by a suspect."""

from __future__ import annotations

import pytest

from writer.base.word_lists import confusable_words
from writer.documents.dictionaries import shipped_folder
from writer.suggestions.corrections.candidates import (
    MAX_CANDIDATES,
    candidates,
    is_other_spelling,
    needs_suggestions,
    words_to_look_up,
)
from writer.suggestions.corrections.confusable_words import ConfusableWords
from writer.suggestions.corrections.suspects import Kind, Suspect

DICTIONARY = frozenset(("the", "tea", "ten", "then", "learned", "of", "difficult", "Thursday", "color"))


def texts(suspect: Suspect, words: ConfusableWords, suggested: tuple[str, ...] = (), **own: int) -> list[str]:
    known = [word for word in words_to_look_up(suspect.written) if word in DICTIONARY]
    return [found.text for found in candidates(suspect, words, suggested, known, own)]


def typo(written: str, before: str = "It was ") -> Suspect:
    return Suspect(Kind.TYPO, before, written, " ")


def test_the_cheapest_comes_first(words: ConfusableWords) -> None:
    assert texts(typo("teh"), words)[0] == "the"


def test_a_usual_misspelling_is_known(words: ConfusableWords) -> None:
    found = candidates(typo("recieve"), words, ("relieve",))
    assert found[0].text == "receive"
    assert found[0].cost < 0 < found[1].cost
    assert texts(typo("Alot"), words)[0] == "A lot"
    assert texts(typo("noticable"), words, ("noticeable",)) == ["noticeable"]  # as likable is likeable


@pytest.mark.parametrize("language", ["en_US", "en_GB"])
def test_no_usual_misspelling_is_a_word(words: ConfusableWords, language: str) -> None:
    from hunspell import Hunspell

    spell = Hunspell(language, hunspell_data_dir=str(shipped_folder()), system_encoding="utf-8").spell
    listed = dict(line.split(" ", 1) for line in confusable_words()["misspelt"].split("\n") if line)
    assert len(listed) > 150
    assert [word for word in listed if spell(word)] == []
    assert [meant for meant in listed.values() if not all(map(spell, meant.split()))] == []


def test_a_capital_at_the_beginning_is_kept(words: ConfusableWords) -> None:
    assert texts(typo("Teh", before=""), words)[0] == "The"


def test_words_that_ran_together_are_parted(words: ConfusableWords) -> None:
    assert "learned of" in texts(typo("learnedof"), words)


def test_a_name_without_its_capital_gets_it(words: ConfusableWords) -> None:
    assert texts(typo("thursday"), words) == ["Thursday"]


def test_suggestions_of_the_dictionary_are_tried(words: ConfusableWords) -> None:
    assert texts(typo("dificulty"), words, ("difficulty", "dif-faculty")) == ["difficulty"]


def test_the_documents_own_names_are_tried_once_they_stand_there_twice(words: ConfusableWords) -> None:
    assert texts(typo("prestonai"), words, (), prestonia=3) == ["prestonia"]
    assert texts(typo("prestonai"), words, (), prestonia=1) == []


def test_the_spelling_of_another_region_is_no_typo(words: ConfusableWords) -> None:
    assert texts(typo("colour"), words) == []


@pytest.mark.parametrize(
    ("word", "other"),
    [("colour", "color"), ("traveled", "travelled"), ("realise", "realize"), ("centre", "center"),
     ("benefitted", "benefited"), ("encyclopaedia", "encyclopedia")],
)  # fmt: skip
def test_spellings_of_two_regions_are_told(word: str, other: str) -> None:
    assert is_other_spelling(word, other)
    assert is_other_spelling(other, word)


@pytest.mark.parametrize(
    ("word", "other"), [("writting", "writing"), ("untill", "until"), ("kiling", "killing")]
)
def test_typos_are_no_spellings(word: str, other: str) -> None:
    assert not is_other_spelling(word, other)


def test_every_kind_has_its_other_form(words: ConfusableWords) -> None:
    def forms(kind: Kind, written: str, previous: str = "") -> list[str]:
        return [c.text for c in candidates(Suspect(kind, "X ", written, " ", 1, previous), words)]

    assert forms(Kind.ARTICLE, "An") == ["A"]
    assert forms(Kind.DOUBLED, "The the") == ["The"]
    assert forms(Kind.CAPITAL, "YOu") == ["You"]
    assert forms(Kind.FIRST_PERSON, "i") == ["I"]
    assert forms(Kind.FIRST_PERSON, "i'm") == ["I'm"]
    assert forms(Kind.SOUND, "Their") == ["There", "They're"]
    assert forms(Kind.SOUND, "of", "would") == ["have"]
    assert forms(Kind.SOUND, "of", "one") == []
    assert forms(Kind.SLIP, "form") == ["from"]


def test_the_apostrophe_is_the_texts_own(words: ConfusableWords) -> None:
    suspect = Suspect(Kind.SOUND, "It’s here and ", "their", " ")
    assert "they’re" in [found.text for found in candidates(suspect, words)]


def test_there_are_few(words: ConfusableWords) -> None:
    suggested = tuple(f"te{letter}" for letter in "abcdefghijklmn")
    assert len(texts(typo("teq"), words, suggested)) <= MAX_CANDIDATES


def test_hunspell_is_asked_only_where_no_word_is_near() -> None:
    assert needs_suggestions("xqzy", ["the"])
    assert not needs_suggestions("teh", ["the"])
