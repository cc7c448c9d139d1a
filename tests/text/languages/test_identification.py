"""The language of a text is told by its own words."""

from __future__ import annotations

import time
import tomllib
import unicodedata

import pytest

from writer.base.paths import resources_dir
from writer.text.languages.identification import LanguageIdentifier
from writer.text.languages.scripts import letters_of
from writer.text.spell_words import checkable_words

TABLE = tomllib.loads((resources_dir() / "wordlists" / "function_words.toml").read_text("utf-8"))

TEXTS = {
    "en": "It was raining when she came home, and the door that her brother had left open was banging.",
    "de": "Es regnete, als sie nach Hause kam, und die Tür, die ihr Bruder offen gelassen hatte, schlug.",
    "fr": "Il pleuvait quand elle est rentrée, et la porte que son frère avait laissée ouverte battait.",
    "es": "Llovía cuando ella llegó a casa, y la puerta que su hermano había dejado abierta golpeaba.",
    "it": "Pioveva quando lei tornò a casa, e la porta che suo fratello aveva lasciato aperta sbatteva.",
    "pt": "Chovia quando ela chegou a casa, e a porta que o seu irmão tinha deixado aberta batia.",
    "ca": "Plovia quan ella va arribar a casa, i la porta que el seu germà havia deixat oberta picava.",
    "nl": "Het regende toen ze thuis kwam, en de deur die haar broer open had gelaten sloeg dicht.",
    "sv": "Det regnade när hon kom hem, och dörren som hennes bror hade lämnat öppen slog mot väggen.",
    "da": "Det regnede, da hun kom hjem, og døren, som hendes bror havde ladet stå åben, blev slået i.",
    "nb": "Det regnet da hun kom hjem, og døren som hennes bror hadde latt stå åpen, ble slått igjen.",
    "fi": "Satoi, kun hän tuli kotiin, ja ovi, jonka hänen veljensä oli "
    "jättänyt auki, paukkui niin että se kuului.",
    "pl": "Padało, kiedy wróciła do domu, a drzwi, które jej brat zostawił "
    "otwarte, trzaskały na wietrze już od rana.",
    "cs": "Pršelo, když přišla domů, a dveře, které její bratr nechal otevřené, "
    "bouchaly tak, že to bylo slyšet.",
    "hu": "Esett az eső, amikor hazaért, és az ajtó, amelyet a bátyja nyitva "
    "hagyott, csapkodott, de nem volt baj.",
    "ro": "Ploua când ea a ajuns acasă, și ușa pe care fratele ei o lăsase deschisă se trântea de perete.",
    "tr": "Eve geldiğinde yağmur yağıyordu ve kardeşinin açık bıraktığı kapı "
    "çok sert bir şekilde çarpıyordu ama o gibi.",
    "ru": "Шёл дождь, когда она пришла домой, и дверь, которую её брат оставил открытой, хлопала на ветру.",
    "uk": "Йшов дощ, коли вона прийшла додому, і двері, які її брат залишив "
    "відчиненими, хлопали, бо був вітер.",
    "bg": "Валеше, когато тя се прибра, и вратата, която брат ѝ беше оставил "
    "отворена, се блъскаше от вятъра.",
    "el": "Έβρεχε όταν γύρισε στο σπίτι, και η πόρτα που ο αδελφός της είχε "
    "αφήσει ανοιχτή χτυπούσε από τον αέρα.",
}
BASQUE = (
    "Euria ari zuen etxera heldu zenean eta anaiak zabalik utzitako atea kolpeka zebilen haizearekin batera "
    "goizetik gauera arte"
)
MADE_UP = "Brundle fargo snib xyl qwo mbali wetu kijiji nyumba kubwa mti maji chakula samaki ndege jua " * 2


@pytest.fixture(scope="module")
def identifier() -> LanguageIdentifier:
    return LanguageIdentifier(TABLE)


@pytest.mark.parametrize("language", TEXTS)
def test_a_sentence_tells_its_language(identifier: LanguageIdentifier, language: str) -> None:
    assert identifier.identify(TEXTS[language] + "\n" + TEXTS[language]) == language
    assert identifier.identify(TEXTS[language].upper() * 2) in (
        language,
        "en" if language == "tr" else language,
    )


def test_accents_of_their_own_tell_as_much(identifier: LanguageIdentifier) -> None:
    assert identifier.identify(unicodedata.normalize("NFD", TEXTS["fr"])) == "fr"


@pytest.mark.parametrize(
    "text", ["", "teh", "Guten Morgen", "Il recieve rain in teh night", "12 34", "下雨了，他走了"]
)
def test_short_texts_tell_none(identifier: LanguageIdentifier, text: str) -> None:
    assert identifier.identify(text) is None


def test_a_few_words_may_tell(identifier: LanguageIdentifier) -> None:
    assert identifier.identify("это был дом") == "ru"
    assert identifier.identify("Das ist nicht mein Hund") == "de"


def test_other_languages_are_known_not_to_be_known(identifier: LanguageIdentifier) -> None:
    assert identifier.identify(MADE_UP) == ""
    without = LanguageIdentifier({code: words for code, words in TABLE.items() if code != "eu"})
    assert without.identify(BASQUE) != "en"


def test_chinese_between_does_not_hide_the_language(identifier: LanguageIdentifier) -> None:
    assert identifier.identify("下了一整夜的雨。" * 50 + TEXTS["en"] * 2) == "en"


def test_most_of_the_text_tells(identifier: LanguageIdentifier) -> None:
    assert identifier.identify(TEXTS["de"] + TEXTS["en"] * 3) == "en"
    assert identifier.identify(TEXTS["de"] * 3 + TEXTS["en"]) == "de"


@pytest.mark.parametrize("language", TEXTS)
def test_a_paragraph_in_another_language_is_seen(identifier: LanguageIdentifier, language: str) -> None:
    document = "de" if language == "en" else "en"
    assert identifier.differs(TEXTS[language], document)
    assert not identifier.differs(TEXTS[language], language)


def test_names_and_quotes_make_no_other_language(identifier: LanguageIdentifier) -> None:
    assert not identifier.differs("Die Zeit, he said, was on the table of the house.", "en")
    assert not identifier.differs("La Rochelle", "en")


def test_a_huge_text_takes_no_time(identifier: LanguageIdentifier) -> None:
    begin = time.monotonic()
    assert identifier.identify(TEXTS["en"] * 100_000) == "en"
    assert time.monotonic() - begin < 10


@pytest.mark.parametrize(
    ("dictionary", "words"),
    [
        ("de_DE", ["Straße", "naïve", "teh"]),
        ("ru_RU", ["Привет", "мир"]),
        ("sr_RS", ["Привет", "мир"]),
        ("sr_Latn_RS", ["Straße", "naïve", "teh"]),
        ("el_GR", ["Γειά", "κόσμε"]),
        ("he_IL", ["שלום"]),
        ("vi_VN", ["Straße", "naïve", "teh", "tiếng"]),
        ("th_TH", []),
        ("zh_CN", []),
    ],
)
def test_a_dictionary_judges_words_in_its_letters(dictionary: str, words: list[str]) -> None:
    text = "Straße Привет мир naïve Γειά κόσμε שלום 中文 สวัสดี teh tiếng"
    assert [word.text for word in checkable_words(text, letters_of(dictionary))] == words
