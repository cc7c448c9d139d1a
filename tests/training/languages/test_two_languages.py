"""A folder in two languages: a model for each is trained, proven and published, one after the other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes import small_models
from tests.training.languages.mixed_folder import install_models, make_mixed_folder
from tests.training.sample_folders import train
from writer.base import paths
from writer.commands.train_output import preview_text
from writer.models import manifest as manifests
from writer.models.selection import DEFAULT_MODEL
from writer.models.store import ModelStore
from writer.settings.model_settings import SETTINGS
from writer.settings.store import FILE_NAME, SettingsStore
from writer.training.compare import Comparison
from writer.training.control import TrainingControl
from writer.training.events import (
    Compared,
    Event,
    LanguageChoice,
    Planned,
    Published,
    TrainingRequest,
    unlearned,
)
from writer.training.pipeline import TrainingPipeline
from writer.training.preview import TrainingPreview
from writer.training.publish import successor
from writer.training.run_folder import TrainingRun, TrainingRuns

pytestmark = pytest.mark.filterwarnings("ignore")  # as `silence_libraries` does where the program trains


@pytest.fixture
def store(llama: Path) -> ModelStore:
    install_models(llama)
    return ModelStore(paths.models_dir())


@pytest.fixture
def request_of_mixed(tmp_path: Path) -> TrainingRequest:
    texts = make_mixed_folder(tmp_path / "texts")
    return TrainingRequest(str(texts), method="lora", max_steps=1, characters=100)


def settings() -> SettingsStore:
    return SettingsStore(paths.config_dir() / FILE_NAME)


def trained(run: TrainingRun | None, store: ModelStore) -> list[Event]:
    """All events of a run and of those that follow it."""
    told: list[Event] = []
    with small_models.one_thread():
        while run is not None:
            run = TrainingPipeline(run, store, settings(), TrainingControl(), told.append).run()
    return told


def test_a_mixed_folder_is_seen_and_learned_one_language_after_the_other(
    store: ModelStore, request_of_mixed: TrainingRequest
) -> None:
    told: list[Event] = []
    seen = TrainingPreview(request_of_mixed, store, settings(), told.append, lambda: False).run()
    assert seen.obstacle == ""
    assert [(one.language, one.base) for one in seen.trainings] == [
        ("en", DEFAULT_MODEL),
        ("zh", "small-chinese"),
    ]
    assert seen.tokens == sum(one.tokens for one in seen.trainings)
    assert seen.steps == len(seen.trainings)
    assert unlearned(seen) == {"de": "foreign"}
    assert seen.languages["de"]["documents"] == 1
    text = preview_text(seen)
    assert f"{DEFAULT_MODEL} learns from 6 documents with " in text
    assert "words in Chinese\n" in text
    assert "Not learned: German (the model does not write it)\n" in text
    assert f"  brief.txt: It is in German, which {DEFAULT_MODEL} does not write; it is not learned.\n" in text

    told = trained(TrainingRuns().new(request_of_mixed), store)
    published = [event for event in told if isinstance(event, Published)]
    assert [(event.model, event.language, event.more) for event in published] == [
        ("personal-1", "en", True),
        ("personal-2", "zh", False),
    ]
    planned = [event for event in told if isinstance(event, Planned)]
    assert [(plan.base, plan.language) for plan in planned] == [
        (DEFAULT_MODEL, "en"),
        ("small-chinese", "zh"),
    ]
    for event, base in zip(published, (DEFAULT_MODEL, "small-chinese"), strict=True):
        manifest = store.find(event.model).manifest
        assert (manifest.base, manifest.languages) == (base, (event.language,))
    assert TrainingRuns().unfinished() == ()


@pytest.mark.slow
def test_the_command_line_trains_each_language(store: ModelStore, request_of_mixed: TrainingRequest) -> None:
    done = train(request_of_mixed.folder, "--method", "lora", "--max-steps", "1", "--characters", "100")
    assert done.returncode == 0, done.stderr
    assert "personal-1 is in " in done.stderr
    assert "The training of the next language follows." in done.stderr
    assert "personal-2 is in " in done.stderr
    assert TrainingRuns().unfinished() == ()


def test_the_training_that_follows_is_made_once(tmp_path: Path) -> None:
    runs = TrainingRuns(tmp_path)
    later = (LanguageChoice("two", ("zh",)), LanguageChoice("three"))
    first = runs.new(TrainingRequest("/texts", base="one", languages=("en",), later=later, seed=7))
    request = first.request()
    following = runs.follow(first)
    assert following is not None
    assert following.request() == TrainingRequest(
        "/texts", base="two", languages=("zh",), later=later[1:], seed=7
    )
    assert runs.follow(first) is None
    first.save_request(request)  # as if the process was killed before it forgot what follows
    assert runs.follow(first) == following
    assert len(runs.unfinished()) == 2
    last = runs.follow(following)
    assert last is not None
    assert (last.request().base, last.request().later) == ("three", ())


def test_each_model_takes_over_the_language_that_it_was_proved_in_and_is_judged_by_the_one_before(
    store: ModelStore, request_of_mixed: TrainingRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = (DEFAULT_MODEL, DEFAULT_MODEL)
    manifest = store.find(DEFAULT_MODEL).manifest
    manifests.write(store.directory / DEFAULT_MODEL, replace(manifest, languages=("en", "zh")))
    for setting, model in zip(SETTINGS.values(), both, strict=True):
        settings().set(setting, model)
    judges: list[str | None] = []

    def run(
        _self: Comparison, _base: Path, _new: Path, _device: str, current: Path | None = None
    ) -> Compared:
        judges.append(current.name if current else None)
        return Compared({}, {}, {}, better=True, why="It is better.")

    monkeypatch.setattr(Comparison, "run", run)
    for first, second in (("personal-1", "personal-2"), ("personal-3", "personal-4")):
        told = trained(TrainingRuns().new(request_of_mixed), store)
        planned = [(e.base, e.language) for e in told if isinstance(e, Planned)]
        assert planned == [(DEFAULT_MODEL, "en"), (DEFAULT_MODEL, "zh")]
        assert [settings().get(setting) for setting in SETTINGS.values()] == [first, second]
    assert judges == [None, None, "personal-1", "personal-2"]
    assert successor(store, "personal-4") == "personal-2"
    assert successor(store, "personal-2") == DEFAULT_MODEL
