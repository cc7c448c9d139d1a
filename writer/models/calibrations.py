"""What was measured of a model's suggestions, by language: a JSON file among its derived files.

It holds the calibration of its probabilities, and for each position of the setting how many ghosts begin
right.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import msgspec

from writer.base import atomic_file, paths
from writer.base.typed_data import DamagedError, read_json_file
from writer.models.derived_files import derived_folder
from writer.suggestions.calibration import Calibration, Line, Place
from writer.text.language import LANGUAGES, Language

FILE = "calibration.json"

_Offset = Annotated[float, msgspec.Meta(ge=-10, le=10)]
_Slope = Annotated[float, msgspec.Meta(ge=0.1, le=10)]
_Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


@dataclass(frozen=True, slots=True)
class MeasuredSuggestions:
    """A model's calibration in a language, and the share of ghosts that begin right, by level."""

    calibration: Calibration = field(default_factory=Calibration)
    right: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _StoredMeasurement:
    """The same as it stands in the file: offset and slope of each line."""

    lines: dict[Place, tuple[_Offset, _Slope]]
    right: dict[str, _Share]


def read(model: Path) -> dict[Language, MeasuredSuggestions]:
    """What was measured of the model in this folder; nothing where nothing was, or the file is damaged."""
    try:
        stored = read_json_file(derived_folder(model) / FILE, dict[str, _StoredMeasurement])
    except (OSError, DamagedError):
        return {}
    return {language: _measured(stored[language]) for language in LANGUAGES if language in stored}


def write(model: Path, measured: Mapping[Language, MeasuredSuggestions]) -> None:
    """Write what was measured of the model in this folder. Raises OSError."""
    folder = derived_folder(model)
    paths.make_folder(folder)
    stored: dict[str, Any] = {
        language: {
            "lines": {place: [line.offset, line.slope] for place, line in one.calibration.lines.items()},
            "right": dict(one.right),
        }
        for language, one in measured.items()
    }
    atomic_file.replace(folder / FILE, json.dumps(stored, indent=1).encode())


def _measured(stored: _StoredMeasurement) -> MeasuredSuggestions:
    lines = {place: Line(offset, slope) for place, (offset, slope) in stored.lines.items()}
    return MeasuredSuggestions(Calibration(lines), stored.right)
