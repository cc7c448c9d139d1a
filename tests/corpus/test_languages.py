"""The languages of the documents of a folder are told by their texts, not by their letters."""

from __future__ import annotations

import pytest

from tests.text.languages.test_identification import MADE_UP, TEXTS
from writer.base.progress import Cancelled
from writer.corpus.document import SourceDocument, make_document
from writer.corpus.languages import main_language, tell_languages

CHINESE = "小溪从山上流下来，绕过村子，流进了湖里。"
JAPANESE = "小川は山から流れ下り、村をめぐって、湖に注いでいます。カタカナもあります。"
KOREAN = "시냇물은 산에서 흘러내려 마을을 돌아 호수로 들어간다."
ARABIC = "ينحدر الجدول من الجبل ويدور حول القرية ثم يصب في البحيرة"


def documents(*texts: str) -> list[SourceDocument]:
    return [make_document(f"{n}.txt", "txt", text, None, str(n)) for n, text in enumerate(texts)]


def told(*texts: str) -> list[str]:
    return [document.language for document in tell_languages(documents(*texts))]


def test_languages_of_one_script_are_told_apart() -> None:
    assert told(*(text * 5 for text in TEXTS.values())) == list(TEXTS)


def test_languages_of_east_asia_are_told_apart() -> None:
    assert told(CHINESE * 5, JAPANESE * 5, KOREAN * 5) == ["zh", "ja", "ko"]


def test_a_language_that_is_not_known_is_none_of_those_known() -> None:
    assert told(TEXTS["en"] * 5, MADE_UP * 3, ARABIC * 5) == ["en", "", ""]


def test_what_nothing_tells_is_in_the_usual_language_of_its_script() -> None:
    notes = ("Milk, bread, eggs.", "1. 2. 3.", "молоко")
    assert told(TEXTS["de"] * 5, TEXTS["en"], CHINESE * 90, TEXTS["ru"] * 2, *notes)[-3:] == [
        "de",
        "de",
        "ru",
    ]
    assert told(CHINESE, *notes)[-3:] == ["en", "en", ""]


def test_between_close_languages_the_usual_one_decides() -> None:
    norwegian = "Hun kom hjem og det var for sent. "
    assert told(norwegian * 3, TEXTS["da"] * 9)[0] == "da"
    assert told(norwegian * 3, TEXTS["nb"] * 9)[0] == "nb"


@pytest.mark.parametrize(("between", "language"), [("foo_bar(baz) qux.quux ", "zh"), (TEXTS["en"], "en")])
def test_chinese_about_code_is_chinese_and_english_about_chinese_is_not(between: str, language: str) -> None:
    assert told(CHINESE + between * 6) == [language]


def test_the_middle_and_the_end_of_a_long_text_count() -> None:
    assert told(TEXTS["en"] * 8 + TEXTS["de"] * 60) == ["de"]


def test_most_words_make_the_main_language() -> None:
    assert main_language(tell_languages(documents(TEXTS["en"] * 2, CHINESE, TEXTS["en"] * 2))) == "en"
    assert main_language([]) is None


def test_telling_languages_can_be_cancelled() -> None:
    with pytest.raises(Cancelled):
        tell_languages(documents(CHINESE), lambda: True)
