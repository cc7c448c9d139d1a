"""The positions of the setting say what was measured of the models that write, and the gate believes it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.fakes import small_models
from writer.app.models.measured_suggestions import measured_suggestions
from writer.app.suggestions.suggestion_rules import SuggestionRules
from writer.base import paths
from writer.models import calibrations
from writer.models.calibrations import MeasuredSuggestions
from writer.settings.schema import MODEL_CHINESE, MODEL_LANGUAGE, MODEL_NAME, SCHEMA, SUGGESTIONS_LEVEL
from writer.settings.store import FILE_NAME, SettingsStore
from writer.settings.value_types import ChoiceType
from writer.suggestions.calibration import Calibration, Curve, Place
from writer.suggestions.context import Context
from writer.ui.settings.controls import ChoiceControl
from writer.ui.settings.level_labels import level_labels, share_in_words

RIGHT = {"sure": 0.88, "careful": 0.77, "balanced": 0.66, "often": 0.41, "always": 0.22}
MEASURED = MeasuredSuggestions(Calibration({Place.SPACE: Curve(((0.5, 0.27),))}), RIGHT)


@pytest.fixture
def settings() -> SettingsStore:
    return SettingsStore(paths.config_dir() / FILE_NAME, SCHEMA)


@pytest.fixture
def model(settings: SettingsStore) -> Path:
    folder = small_models.make_gpt2(paths.models_dir() / "measured", steps=0)
    settings.set(MODEL_NAME, "measured")
    settings.set(MODEL_CHINESE, "measured")
    return folder


def test_without_a_measurement_the_usual_shares_are_told(settings: SettingsStore) -> None:
    labels = dict(level_labels(settings))
    assert labels["balanced"] == "Balanced: about two of three begin right"
    assert labels["sure"] == "Only when sure: about nine of ten begin right"


def test_what_was_measured_is_told_for_each_language(settings: SettingsStore, model: Path) -> None:
    calibrations.write(model, {"en": MEASURED})
    assert dict(level_labels(settings))["balanced"] == "Balanced: about two of three begin right"
    assert dict(level_labels(settings))["careful"] == "When fairly sure: about three of four begin right"
    calibrations.write(
        model, {"en": MEASURED, "zh": MeasuredSuggestions(Calibration(), RIGHT | {"always": 0.1})}
    )
    labels = dict(level_labels(settings))
    assert labels["always"] == "Always: about one of five in English, one of ten in Chinese"
    assert labels["often"] == "Often: about two of five begin right"
    settings.set(MODEL_LANGUAGE, "zh")
    assert dict(level_labels(settings))["always"] == "Always: about one of ten begin right"


def test_the_gate_believes_a_model_as_far_as_it_was_right(settings: SettingsStore, model: Path) -> None:
    calibrations.write(model, {"en": MEASURED})
    rules = SuggestionRules(settings, lambda: measured_suggestions(settings, "en").calibration).rules()
    assert rules.floor(Context("so ")) > rules.gate.least + 0.1
    assert rules.floor(Context("so")) == pytest.approx(rules.gate.least, abs=1e-5)


def test_the_list_shows_these_labels(qtbot: QtBot, settings: SettingsStore) -> None:
    assert isinstance(SUGGESTIONS_LEVEL.value_type, ChoiceType)
    control = ChoiceControl(SUGGESTIONS_LEVEL.value_type)
    qtbot.addWidget(control.focus)
    control.set_choices(lambda: level_labels(settings))
    control.retranslate()
    control.show_value("balanced")
    assert control.wide
    assert control._combo.currentText() == "Balanced: about two of three begin right"


@pytest.mark.parametrize(
    ("share", "words"), [(0.92, "nine of ten"), (0.66, "two of three"), (0.0, "one of ten")]
)
def test_a_share_has_the_nearest_words(share: float, words: str) -> None:
    assert share_in_words(share) == words
