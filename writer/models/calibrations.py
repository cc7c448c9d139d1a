"""What was measured of a model's suggestions, by language: a JSON file among its derived files.

It holds the calibration of its probabilities, and for each position of the setting how many ghosts begin
right. Of some models this comes with the program, measured on more text than a machine would take the time
for. A personal model begins with what its base has.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import msgspec

from writer.base import atomic_file, paths
from writer.base.typed_data import DamagedError, read_json_file, read_toml
from writer.models.derived_files import derived_folder
from writer.models.manifest import ModelError
from writer.models.model_folder import ModelFolder
from writer.models.store import ModelStore
from writer.suggestions.calibration import Calibration, Curve, Place
from writer.text.language import LANGUAGES, Language

FILE = "calibration.json"

SHIPPED = "calibrations.toml"
"""The file among the resources with what was measured of models before they came to a machine."""

_Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
_Inside = Annotated[float, msgspec.Meta(gt=0, lt=1)]

_MOST_BASES = 8
"""Models of which each is the base of the one before; more of them are a circle."""


@dataclass(frozen=True, slots=True)
class MeasuredSuggestions:
    """A model's calibration in a language, and the share of ghosts that begin right, by level."""

    calibration: Calibration = field(default_factory=Calibration)
    right: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _StoredMeasurement:
    """The same as it stands in the file: the points of each curve."""

    curves: dict[Place, tuple[tuple[_Inside, _Inside], ...]]
    right: dict[str, _Share]

    def __post_init__(self) -> None:
        """Raise ValueError where a curve falls."""
        if not all(Curve(points).rises for points in self.curves.values()):
            raise ValueError("a curve falls")


def read(model: Path) -> dict[Language, MeasuredSuggestions]:
    """What was measured of the model in this folder; nothing where nothing was, or the file is damaged."""
    try:
        stored = read_json_file(derived_folder(model) / FILE, dict[str, _StoredMeasurement])
    except (OSError, DamagedError):
        return {}
    return _by_language(stored)


def write(model: Path, measured: Mapping[Language, MeasuredSuggestions]) -> None:
    """Write what was measured of the model in this folder. Raises OSError."""
    folder = derived_folder(model)
    paths.make_folder(folder)
    stored: dict[str, Any] = {
        language: {
            "curves": {place: curve.points for place, curve in one.calibration.curves.items()},
            "right": dict(one.right),
        }
        for language, one in measured.items()
    }
    atomic_file.replace(folder / FILE, json.dumps(stored, indent=1).encode())


def known(store: ModelStore, model: ModelFolder) -> dict[Language, MeasuredSuggestions]:
    """What was measured of a model, or else what is known without that."""
    return read(model.path) | shipped(model) or known_before(store, model)


def shipped(model: ModelFolder) -> dict[Language, MeasuredSuggestions]:
    """What comes with the program of a model, which need not be measured then."""
    return all_shipped().get(model.id, {})


def known_before(store: ModelStore, model: ModelFolder) -> dict[Language, MeasuredSuggestions]:
    """What is known of a model without measuring it: what comes with the program, or what its base has."""
    found = shipped(model)
    for _ in range(_MOST_BASES):
        if found or not model.manifest.base:
            break
        try:
            model = store.find(model.manifest.base)
        except ModelError:
            break
        found = read(model.path) | shipped(model)
    return found


@cache
def all_shipped() -> dict[str, dict[Language, MeasuredSuggestions]]:
    """What comes with the program, by the id of the model. Raises ModelError where it is damaged."""
    path = paths.resources_dir() / SHIPPED
    try:
        stored = read_toml(path.read_bytes(), dict[str, dict[str, _StoredMeasurement]])
    except (OSError, DamagedError) as error:
        raise ModelError(
            "The list of measurements {path} cannot be read ({reason}); install Writer again.",
            path=path,
            reason=error,
        ) from error
    return {model: _by_language(found) for model, found in stored.items()}


def _by_language(stored: Mapping[str, _StoredMeasurement]) -> dict[Language, MeasuredSuggestions]:
    return {language: _measured(stored[language]) for language in LANGUAGES if language in stored}


def _measured(stored: _StoredMeasurement) -> MeasuredSuggestions:
    curves = {place: Curve(points) for place, points in stored.curves.items()}
    return MeasuredSuggestions(Calibration(curves), stored.right)
