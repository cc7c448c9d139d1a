"""Which languages of a folder are learned, each by which model, and what is said of the others."""

from __future__ import annotations

import random
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from writer.base.errors import UserError
from writer.base.progress import never
from writer.corpus.build import MIN_WORDS, FolderTexts
from writer.corpus.document import SourceDocument, make_document
from writer.corpus.scan import scan
from writer.models import manifest as manifests
from writer.models.inventory import languages_of
from writer.models.manifest import Manifest
from writer.models.selection import DEFAULT_MODEL
from writer.models.store import ModelStore
from writer.settings.model_settings import SETTINGS
from writer.settings.store import SettingsStore
from writer.training.events import LanguageChoice, TrainingRequest
from writer.training.languages.plan import LanguagePlanner, TrainingPlan

MODELS = {DEFAULT_MODEL: ("en",), "chinese": ("zh",), "german": ("de",), "two": ("en", "zh"), "unknown": ()}
MUCH, LITTLE = 2 * MIN_WORDS, MIN_WORDS // 3


@pytest.fixture
def settings(tmp_path: Path) -> SettingsStore:
    return SettingsStore(tmp_path / "settings.toml")


def texts(folder: Path, **words: int) -> FolderTexts:
    """Twelve documents of each language, with so many words of it in all."""
    folder.mkdir(exist_ok=True)
    return FolderTexts(scan(folder), tuple(documents(words)), (), 0, {}, {}, None)


def documents(words: dict[str, int]) -> list[SourceDocument]:
    chance, found = random.Random(0), []
    for language, count in words.items():
        for number in range(12):
            text = " ".join("".join(chance.choices("abcdefghij", k=6)) for _ in range(count // 12))
            name = f"{language}{number}.txt"
            found.append(replace(make_document(name, "txt", text, None, name), language=language))
    return found


@pytest.fixture
def store(gpt2: Path, tmp_path: Path) -> ModelStore:
    store = ModelStore(tmp_path / "models")
    for name in (DEFAULT_MODEL, "chinese"):
        install(store, gpt2, name)
    return store


def install(store: ModelStore, source: Path, name: str) -> None:
    shutil.copytree(source, store.directory / name)
    manifests.write(store.directory / name, Manifest(name, name, languages=MODELS[name]))


def planned(store: ModelStore, settings: SettingsStore, folder: FolderTexts, base: str = "") -> TrainingPlan:
    request = TrainingRequest(str(folder.scan.folder), base=base)
    return LanguagePlanner(request, store, settings).plan(folder, never)


def chosen(plan: TrainingPlan) -> list[tuple[str, tuple[str, ...]]]:
    return [(training.base.id, training.choice.languages) for training in plan.trainings]


def said(plan: TrainingPlan) -> set[str]:
    return {str(rejection.sentence) for rejection in plan.rejections}


def test_the_model_that_writes_the_main_language_learns_it(
    store: ModelStore, settings: SettingsStore, tmp_path: Path
) -> None:
    plan = planned(store, settings, texts(tmp_path / "texts", zh=MUCH, en=LITTLE))
    assert chosen(plan) == [("chinese", ("zh",))]
    assert {document.language for document in plan.trainings[0].corpus.documents} == {"zh"}
    assert said(plan) == {
        "It is in English, of which there is too little text here to learn; add more, or leave it."
    }
    assert len(plan.rejections) == 12


def test_each_language_of_which_there_is_enough_is_trained_that_with_most_words_first(
    store: ModelStore, settings: SettingsStore, tmp_path: Path
) -> None:
    plan = planned(store, settings, texts(tmp_path / "texts", en=MUCH, zh=2 * MUCH, de=LITTLE))
    assert chosen(plan) == [("chinese", ("zh",)), (DEFAULT_MODEL, ("en",))]
    assert said(plan) == {f"It is in German, which {DEFAULT_MODEL} does not write; it is not learned."}
    plan.require_one()


def test_a_model_of_another_language_learns_where_that_is_written_most(
    store: ModelStore, settings: SettingsStore, gpt2: Path, tmp_path: Path
) -> None:
    install(store, gpt2, "german")
    assert chosen(planned(store, settings, texts(tmp_path / "texts", de=2 * MUCH, en=MUCH))) == [
        ("german", ("de",))
    ]
    assert chosen(planned(store, settings, texts(tmp_path / "texts", de=MUCH, en=2 * MUCH))) == [
        (DEFAULT_MODEL, ("en",))
    ]


def test_the_models_of_the_settings_learn_and_their_bases_rather_than_they(
    store: ModelStore, settings: SettingsStore, gpt2: Path, tmp_path: Path
) -> None:
    for name in ("two", "unknown"):
        install(store, gpt2, name)
    shutil.copytree(store.directory / "two", store.directory / "personal-1")
    mine = Manifest("personal-1", "personal-1", base="two", languages=("en",))
    manifests.write(store.directory / "personal-1", mine)
    settings.set(SETTINGS["en"], "personal-1")
    folder = texts(tmp_path / "texts", en=2 * MUCH, zh=MUCH)
    assert chosen(planned(store, settings, folder)) == [("two", ("en",)), ("chinese", ("zh",))]
    for language in ("en", "zh"):
        settings.set(SETTINGS[language], "unknown")
    assert chosen(planned(store, settings, folder)) == [("unknown", ())]


def test_a_chosen_base_learns_its_languages_and_others_where_there_are_no_texts_in_its_own(
    store: ModelStore, settings: SettingsStore, gpt2: Path, tmp_path: Path
) -> None:
    for name in ("two", "unknown"):
        install(store, gpt2, name)
    folder = texts(tmp_path / "texts", en=MUCH, de=MUCH + 12)
    assert chosen(planned(store, settings, folder, DEFAULT_MODEL)) == [(DEFAULT_MODEL, ("en",))]
    assert chosen(planned(store, settings, folder, "chinese")) == [("chinese", ())]
    assert chosen(planned(store, settings, folder, "unknown")) == [("unknown", ())]
    folder = texts(tmp_path / "texts", en=MUCH, zh=MUCH + 12)
    assert chosen(planned(store, settings, folder, "two")) == [("two", ("zh",)), ("two", ("en",))]


def test_a_plan_that_was_made_is_kept(store: ModelStore, settings: SettingsStore, tmp_path: Path) -> None:
    folder = texts(tmp_path / "texts", en=MUCH, zh=MUCH + 12)
    request = TrainingRequest(str(folder.scan.folder), base=DEFAULT_MODEL, languages=("en",))
    [training] = LanguagePlanner(request, store, settings).plan(folder, never).trainings
    assert training.choice == LanguageChoice(DEFAULT_MODEL, ("en",))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"de": MUCH}, "are in German, and no model here writes it"),
        ({"en": LITTLE, "zh": LITTLE + 100}, "There is too little text in"),
        ({"de": LITTLE}, "There is too little text in"),
        ({}, "There is no text to learn from in"),
    ],
)
def test_why_nothing_can_be_learned_is_one_sentence(
    store: ModelStore, settings: SettingsStore, tmp_path: Path, words: dict[str, int], sentence: str
) -> None:
    plan = planned(store, settings, texts(tmp_path / "texts", **words))
    assert plan.trainings == ()
    assert plan.rejections == ()
    with pytest.raises(UserError, match=sentence):
        plan.require_one()


def test_a_model_that_is_missing_is_said(settings: SettingsStore, tmp_path: Path) -> None:
    plan = planned(ModelStore(tmp_path / "none"), settings, texts(tmp_path / "texts", en=MUCH))
    with pytest.raises(UserError, match="The starter model is not here yet"):
        plan.require_one()


@pytest.mark.parametrize(
    ("declared", "languages"),
    [(("en-US", "zh_CN"), ("en", "zh")), (("no",), ("nb",)), (("multilingual",), ()), ((), ())],
)
def test_what_a_model_declares_is_codes_of_languages(
    store: ModelStore, declared: tuple[str, ...], languages: tuple[str, ...]
) -> None:
    manifests.write(store.directory / "chinese", Manifest("chinese", "x", languages=declared))
    assert languages_of(store.find("chinese")) == languages
