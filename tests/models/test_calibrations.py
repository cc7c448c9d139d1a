"""What was measured of a model's suggestions lies beside it; without that what is known of it or its base."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes import small_models
from writer.base import paths
from writer.models import calibrations
from writer.models import manifest as manifests
from writer.models.calibrations import MeasuredSuggestions
from writer.models.derived_files import derived_folder
from writer.models.store import ModelStore
from writer.suggestions.calibration import Calibration, Curve, Place
from writer.suggestions.gate import LEVELS
from writer.text.language import Language

STARTER = "smollm2-135m-instruct"
CURVE = Curve(((0.25, 0.375), (0.75, 0.625)))
MEASURED: dict[Language, MeasuredSuggestions] = {
    "en": MeasuredSuggestions(Calibration({Place.SPACE: CURVE}), {"sure": 0.875}),
    "zh": MeasuredSuggestions(),
}


@pytest.fixture
def store() -> ModelStore:
    for name, base in (("own-2", "own-1"), ("own-1", STARTER), (STARTER, ""), ("other", "")):
        folder = small_models.make_gpt2(paths.models_dir() / name, steps=0)
        made = manifests.read(folder) or manifests.Manifest(id=name, name=name)
        manifests.write(folder, replace(made, id=name, base=base))
    return ModelStore(paths.models_dir())


def test_what_is_written_is_read(tmp_path: Path) -> None:
    assert calibrations.read(tmp_path) == {}
    calibrations.write(tmp_path, MEASURED)
    assert calibrations.read(tmp_path) == MEASURED


@pytest.mark.parametrize(
    "changed",
    [
        {"curves": {"space": [[0.5, 0.5], [0.6, 0.4]]}, "right": {}},
        {"curves": {"space": [[0.0, 0.5]]}, "right": {}},
        {"curves": {"space": [[0.5]]}, "right": {}},
        {"curves": {"nowhere": []}, "right": {}},
        {"curves": {}, "right": {"sure": 1.5}},
        {"curves": {}},
        [],
    ],
)
def test_a_damaged_file_is_none(tmp_path: Path, changed: object) -> None:
    calibrations.write(tmp_path, MEASURED)
    (derived_folder(tmp_path) / calibrations.FILE).write_text(json.dumps({"en": changed}))
    assert calibrations.read(tmp_path) == {}


def test_the_starter_is_known_before_it_is_measured(store: ModelStore) -> None:
    known = calibrations.known(store, store.find(STARTER))["en"]
    assert set(known.calibration.curves) == set(Place)
    assert all(curve.rises for curve in known.calibration.curves.values())
    assert set(known.right) == {level.name for level in LEVELS}
    assert calibrations.known(store, store.find("other")) == {}


def test_what_comes_with_the_program_stands(store: ModelStore) -> None:
    starter = store.find(STARTER)
    shipped = calibrations.shipped(starter)
    calibrations.write(starter.path, MEASURED)  # by a version that had none
    assert calibrations.known(store, starter) == MEASURED | shipped
    assert shipped["en"] != MEASURED["en"]


def test_a_personal_model_has_what_its_base_has_until_it_is_measured(store: ModelStore) -> None:
    own = store.find("own-2")
    assert calibrations.known(store, own) == calibrations.known(store, store.find(STARTER)) != {}
    calibrations.write(store.find("own-1").path, MEASURED)
    assert calibrations.known(store, own) == MEASURED
    measured = {"en": MeasuredSuggestions()}
    calibrations.write(own.path, measured)  # type: ignore[arg-type]
    assert calibrations.known(store, own) == measured
    assert calibrations.known_before(store, own) == MEASURED


def test_models_that_are_bases_of_one_another_are_known_by_none(store: ModelStore) -> None:
    folder = store.find("other").path
    manifests.write(folder, replace(store.find("other").manifest, base="other"))
    assert calibrations.known(store, store.find("other")) == {}
