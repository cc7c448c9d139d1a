"""What was measured of a model's suggestions lies beside it, and a damaged file is none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from writer.models import calibrations
from writer.models.calibrations import MeasuredSuggestions
from writer.models.derived_files import derived_folder
from writer.suggestions.calibration import Calibration, Line, Place

MEASURED = {
    "en": MeasuredSuggestions(Calibration({Place.SPACE: Line(-0.5, 0.75)}), {"sure": 0.875}),
    "zh": MeasuredSuggestions(),
}


def test_what_is_written_is_read(tmp_path: Path) -> None:
    assert calibrations.read(tmp_path) == {}
    calibrations.write(tmp_path, MEASURED)  # type: ignore[arg-type]
    assert calibrations.read(tmp_path) == MEASURED


@pytest.mark.parametrize(
    "changed",
    [
        {"lines": {"space": [0, 0]}, "right": {}},
        {"lines": {"space": [1e9, 1]}, "right": {}},
        {"lines": {"nowhere": [0, 1]}, "right": {}},
        {"lines": {}, "right": {"sure": 1.5}},
        {"lines": {}},
        [],
    ],
)
def test_a_damaged_file_is_none(tmp_path: Path, changed: object) -> None:
    calibrations.write(tmp_path, MEASURED)  # type: ignore[arg-type]
    (derived_folder(tmp_path) / calibrations.FILE).write_text(json.dumps({"en": changed}))
    assert calibrations.read(tmp_path) == {}
