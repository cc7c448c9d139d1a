"""For which models the texts of a personal one are to be learned again, and what is asked for then."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from tests.training.retraining.store_of_models import add_model, add_personal
from writer.models.library.export_model import export
from writer.models.selection import ModelPreferences
from writer.models.store import ModelStore
from writer.training.events import LanguageChoice, TrainingRequest
from writer.training.retraining import kept_request
from writer.training.retraining.retraining import Retraining, claim, end, find_retraining, request_for
from writer.training.run_folder import BusyError, TrainingRuns


class Place:
    """A store with a personal model of `first`, and `second`, which may learn its texts."""

    def __init__(self, folder: Path) -> None:
        self.texts = folder / "texts"
        self.texts.mkdir()
        self.store = ModelStore(folder / "models")
        self.runs = TrainingRuns(folder / "training")
        self.request = TrainingRequest(
            str(self.texts),
            languages=("en",),
            excluded=("drafts",),
            own_addresses=("me@example.org",),
            method="full",
            rank=8,
            epochs=2,
            window=64,
            rate=0.1,
            devices="4",
            num_nodes=2,
            strategy="ddp",
            seed=3,
        )
        add_model(self.store, "first", "en")
        add_model(self.store, "second", "en")
        self.personal = add_personal(self.store, "personal-1", "first", self.request)

    def find(self, english: str, chinese: str = "") -> Retraining | None:
        return find_retraining(self.store, self.runs, ModelPreferences(english, chinese))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_another_base_learns_the_same_texts_by_its_own_plan(place: Place) -> None:
    found = place.find("second")
    assert found is not None
    assert (found.personal, found.base, found.name) == ("personal-1", "second", "Second")
    assert (found.run, found.obstacle) == ("", "")
    assert found.request == TrainingRequest(
        str(place.texts),
        base="second",
        languages=("en",),
        excluded=("drafts",),
        own_addresses=("me@example.org",),
        epochs=2,
        seed=3,
    )


def test_models_that_do_not_ask_for_it(place: Place, tmp_path: Path) -> None:
    add_model(place.store, "chinese", "zh")
    add_model(place.store, "gaps", "en", masked=True)
    outside = add_model(ModelStore(tmp_path / "outside"), "third", "en")
    for name in ("first", "personal-1", "chinese", "gaps", "gone", str(outside)):
        assert place.find(name) is None, name
    assert place.find("first", "second") is None


def test_the_newest_texts_are_learned_and_only_once_by_each_base(place: Place) -> None:
    add_model(place.store, "third", "en")
    add_personal(place.store, "personal-2", "second", place.request)
    assert place.find("second") is None
    assert place.find("first") is None
    found = place.find("third")
    assert found is not None
    assert found.personal == "personal-2"


def test_each_language_has_its_own(place: Place) -> None:
    add_model(place.store, "chinese", "zh")
    add_model(place.store, "both", "en", "zh")
    chinese = TrainingRequest(str(place.texts), languages=("zh",), personal="personal")
    add_personal(place.store, "personal-2", "chinese", chinese, "zh")
    assert place.find("first", "chinese") is None
    found = place.find("first", "both")
    assert found is not None
    assert (found.personal, found.request.languages) == ("personal-2", ("zh",))


def test_languages_that_are_not_known(place: Place) -> None:
    add_model(place.store, "unknown")
    found = place.find("unknown")
    assert found is not None
    assert found.request.languages == ("en",)
    everything = TrainingRequest("/texts")
    assert request_for(everything, "second", ("en",)).languages == ("en",)
    assert request_for(everything, "unknown", ()).languages == ()


def test_texts_that_are_gone_are_an_obstacle_only_before_they_are_read(place: Place) -> None:
    found = place.find("second")
    assert found is not None
    run = claim(place.store, place.runs, found)
    assert run is not None
    place.texts.rmdir()
    found = place.find("second")
    assert found is not None
    assert (found.run, found.obstacle) == (run.id, "")
    end(place.store, found)
    assert place.find("second") is None
    add_model(place.store, "third", "en")
    found = place.find("third")
    assert found is not None
    assert str(found.obstacle).startswith("The folder of your texts is not there, so Third")
    assert str(place.texts) not in str(found.obstacle)


def test_a_run_is_made_once_and_continued(place: Place) -> None:
    found = place.find("second")
    assert found is not None
    run = claim(place.store, place.runs, found)
    assert run is not None
    assert run.request() == found.request
    assert claim(place.store, place.runs, found) == run  # another window looked at the same time
    assert [one.id for one in place.runs.unfinished()] == [run.id]
    with run.lock(), pytest.raises(BusyError):
        claim(place.store, place.runs, found)
    assert place.find("first") is None  # chosen back
    again = place.find("second")
    assert again is not None
    assert again.run == run.id
    run.discard()
    assert place.find("second") is None
    assert claim(place.store, place.runs, found) is None


def test_nothing_begins_while_anything_is_trained_or_for_a_removed_model(place: Place) -> None:
    found = place.find("second")
    assert found is not None
    other = place.runs.new(TrainingRequest("/elsewhere"))
    with other.lock(), pytest.raises(BusyError):
        claim(place.store, place.runs, found)
    place.store.remove("personal-1")
    assert claim(place.store, place.runs, found) is None
    end(place.store, found)
    assert not place.personal.exists()


def test_what_is_kept_is_the_owner_s_alone_and_leaves_with_no_export(place: Place, tmp_path: Path) -> None:
    file = place.personal / kept_request.FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    model = place.store.find("personal-1")
    exported = export(model, tmp_path / "exported")
    assert not (exported / kept_request.FILE).exists()
    for written in exported.iterdir():
        content = written.read_bytes()
        assert str(place.texts).encode() not in content
        assert b"me@example.org" not in content


def test_later_trainings_of_other_languages_are_not_kept(place: Place) -> None:
    later = TrainingRequest("/texts", later=(LanguageChoice("chinese", ("zh",)),))
    kept_request.keep_request(place.personal, later)
    kept = kept_request.read(place.personal)
    assert kept is not None
    assert kept.request == TrainingRequest("/texts")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"request": {"folder": ""}, "made": ""}', "\0"])
def test_a_damaged_request_offers_nothing_and_logs_no_path(
    place: Place, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    (place.personal / kept_request.FILE).write_text(content)
    assert place.find("second") is None
    assert str(place.texts) not in caplog.text


def test_a_folder_whose_name_is_no_text_is_kept(place: Place) -> None:
    kept_request.keep_request(place.personal, TrainingRequest("/t\udcff"))
    json.loads((place.personal / kept_request.FILE).read_bytes())
    kept = kept_request.read(place.personal)
    assert kept is not None
    assert kept.request.folder == "/t\udcff"
