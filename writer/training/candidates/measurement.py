"""The measurement of a candidate's suggestions, on the texts that were kept aside for its proof."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from writer.engine import loading
from writer.engine.protocol import EngineError
from writer.evaluation.documents import Passage
from writer.evaluation.suggestion_measurement import SuggestionMeasurement
from writer.models.calibrations import MeasuredSuggestions
from writer.suggestions.calibration import Calibration

log = logging.getLogger(__name__)


def measured_suggestions(
    candidate: Path, passages: Sequence[Passage], known: Calibration, device: str
) -> MeasuredSuggestions | None:
    """What the suggestions of the model in this folder are worth; None where it cannot be measured.

    `known` is the calibration of its base. That takes about half a minute of the processor.
    """
    try:
        engine = loading.load(candidate, device)
        try:
            return SuggestionMeasurement(engine, passages, known).measured()
        finally:
            engine.close()
    except EngineError as error:
        log.warning("the suggestions of the model are not measured: %s", type(error).__name__)
        return None
