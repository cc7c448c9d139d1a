"""What a run's folder says is right or not there; one damaged run hides no other."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from writer.corpus.mixture import SourceWeight
from writer.models import manifest as manifests
from writer.models.manifest import Manifest
from writer.models.model_folder import ModelFolder
from writer.training import dataset, publish
from writer.training.events import TrainingRequest
from writer.training.plan import Plan
from writer.training.run_folder import TrainingError, TrainingRun, TrainingRuns

REQUEST = TrainingRequest("/texts", "starter", "lora", excluded=("drafts.md",), minutes=5.0, seed=3)
PLAN = Plan("lora", 64, 4, 1, 10, 1e-3, 2)
DEEP = b'{"x":' * 100_000


@pytest.fixture
def run(tmp_path: Path) -> TrainingRun:
    return TrainingRuns(tmp_path / "training").new(REQUEST)


def change(file: Path, **values: object) -> None:
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | values), "utf-8")


def damaged(file: Path) -> Iterator[None]:
    """Damage that is the same for every file of JSON."""
    for content in (b"", b"{", b"[]", b"7", DEEP, b"\xff\xfe\x00", b"\x00" * 64):
        file.write_bytes(content)
        yield
    os.truncate(file, 5 << 30)
    yield
    file.unlink()
    file.mkdir()
    yield


def test_request_and_plan_come_back(run: TrainingRun) -> None:
    run.save_plan(PLAN)
    assert (run.request(), run.plan()) == (REQUEST, PLAN)


def test_without_an_id_the_newest_run_is_found(tmp_path: Path, run: TrainingRun) -> None:
    runs = TrainingRuns(tmp_path / "training")
    newer = runs.new(replace(REQUEST, personal="newer", weights=(SourceWeight("letters", 2.5),)))
    os.utime(run.path / "wish.json", (1, 1))
    assert runs.find("") == newer
    assert newer.request().weights == (SourceWeight("letters", 2.5),)
    newer.discard()
    assert runs.find("") == run
    run.discard()
    with pytest.raises(TrainingError, match=r"^There is no training to resume; start a new one\.$"):
        runs.find("")


def test_a_damaged_request_is_a_sentence_and_hides_no_other(tmp_path: Path, run: TrainingRun) -> None:
    other = TrainingRuns(tmp_path / "training").new(replace(REQUEST, personal="other"))
    for _ in damaged(run.path / "wish.json"):
        with pytest.raises(TrainingError, match="cannot be read; start a new one"):
            run.request()
        assert {found.id for found in TrainingRuns(tmp_path / "training").unfinished()} == {run.id, other.id}
        assert other.request().personal == "other"


@pytest.mark.parametrize(
    "values",
    [
        {"folder": 5},
        {"folder": "/a\0b"},
        {"folder": "/a\ud83d"},
        {"excluded": "drafts.md"},
        {"excluded": [5]},
        {"method": "other"},
        {"max_steps": "many"},
        {"max_steps": -1},
        {"minutes": float("nan")},
        {"minutes": 10**400},
        {"seed": 10**30},
        {"characters": True},
    ],
    ids=str,
)
def test_a_request_of_other_types_is_a_sentence(run: TrainingRun, values: dict[str, Any]) -> None:
    change(run.path / "wish.json", **values)
    with pytest.raises(TrainingError, match="cannot be read; start a new one"):
        run.request()


def test_a_request_of_a_later_version_is_read(run: TrainingRun) -> None:
    change(run.path / "wish.json", colour="red")
    assert run.request() == REQUEST


def test_a_link_to_nothing_hides_no_run(tmp_path: Path, run: TrainingRun) -> None:
    (tmp_path / "training" / "gone").mkdir()
    (tmp_path / "training" / "gone" / "wish.json").symlink_to(tmp_path / "nowhere")
    assert run.id in [found.id for found in TrainingRuns(tmp_path / "training").unfinished()]


def test_a_damaged_plan_is_none(run: TrainingRun) -> None:
    for _ in damaged(run.path / "plan.json"):
        assert run.plan() is None


@pytest.mark.parametrize(
    "values",
    [
        {"window": 0},
        {"steps": "many"},
        {"batch": 10**12},
        {"rate": "fast"},
        {"precision": "8"},
        {"method": 1},
    ],
    ids=str,
)
def test_a_plan_of_other_types_is_none(run: TrainingRun, values: dict[str, Any]) -> None:
    run.save_plan(PLAN)
    change(run.path / "plan.json", **values)
    assert run.plan() is None


TEXTS = {
    "proof": [{"name": "a", "text": "b"}],
    "documents": 1,
    "held_out_documents": 1,
    "tokens": 2,
    "sha256": "",
}


@pytest.mark.parametrize(
    "values",
    [{"proof": 7}, {"proof": [{"name": "a"}]}, {"proof": [{"name": 5, "text": "b"}]}, {"tokens": "many"}],
    ids=str,
)
def test_texts_of_other_types_are_gathered_again(
    tmp_path: Path, values: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dataset, "open_rows", lambda path: path)
    (tmp_path / "texts.json").write_text(json.dumps(TEXTS), "utf-8")
    assert dataset.load(tmp_path) is not None
    change(tmp_path / "texts.json", **values)
    assert dataset.load(tmp_path) is None


def test_damaged_texts_are_gathered_again(tmp_path: Path) -> None:
    for _ in damaged(tmp_path / "texts.json"):
        assert dataset.load(tmp_path) is None


def test_a_damaged_record_is_empty(tmp_path: Path) -> None:
    manifests.write(tmp_path, Manifest("a", "A"))
    model = ModelFolder(tmp_path, Manifest("a", "A"), ())
    for _ in damaged(tmp_path / publish.RECORD):
        assert publish._training_record(model) == {}
