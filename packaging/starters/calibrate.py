"""Measures the suggestions of a model, and writes what was found into `resources/calibrations.toml`.

The texts must be none that the program's figures are reported on. The claims stay near what is known of the
model's base.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from writer.base import atomic_file, paths
from writer.base.typed_data import read_toml
from writer.engine import loading
from writer.evaluation.documents import Passage, draw_passages, read_documents
from writer.evaluation.suggestion_measurement import SuggestionMeasurement
from writer.models import calibrations
from writer.models.adapters.whole_model import whole_for_use
from writer.models.calibrations import MeasuredSuggestions
from writer.models.store import ModelStore, installed_store
from writer.text.language import LANGUAGES, Language

LIMIT = 3_000
"""Characters that are replayed."""

LONGEST = 250
"""The most characters of a passage, so that many texts are read."""

Table = dict[str, dict[str, dict[str, Any]]]
"""By model and language what stands in the file: `measured`, `right` and `curves`."""

_HEAD = """\
# What was measured of the suggestions of models before they come to a machine, by model and language, with
# `packaging/starters/calibrate.py`.
#
# `curves`: claimed probabilities of first words, and how often such words were right, by what stands before
# the cursor. `right`: how many ghosts begin right, by the position of the setting.
"""


def main() -> int:
    """Measure, write, and print the shares."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", help="the id of an installed model")
    parser.add_argument("language", choices=LANGUAGES)
    parser.add_argument("paths", nargs="+", type=Path, help="texts, or folders of them")
    parser.add_argument("--limit", type=int, default=LIMIT, help=f"characters ({LIMIT})")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--shares", action="store_true", help="keep the curves, and measure the shares alone")
    parser.add_argument("--file", type=Path, default=paths.resources_dir() / calibrations.SHIPPED)
    options = parser.parse_args()
    passages = draw_passages(read_documents(options.paths), options.limit, options.seed, LONGEST)
    found = measured(installed_store(), options.model, options.language, passages, options.shares)
    table = read_toml(options.file.read_bytes(), Table)
    about = f"{sum(p.end - p.start for p in passages)} characters of {len({p.name for p in passages})} texts"
    table.setdefault(options.model, {})[options.language] = as_table(found, about)
    atomic_file.replace(options.file, text_of(table).encode())
    print(json.dumps({"model": options.model, "texts": about, "right": found.right}))
    return 0


def measured(
    store: ModelStore, name: str, language: Language, passages: list[Passage], shares: bool
) -> MeasuredSuggestions:
    """What is measured of an installed model.

    Its claims stay near those of its base, or near what was known; where only `shares` are measured, they
    stay as they are known.
    """
    model = store.find(name)
    base = store.find(model.manifest.base) if model.manifest.base and not shares else model
    known = calibrations.known_before(store, base).get(language, MeasuredSuggestions())
    with whole_for_use(store, model) as found:
        engine = loading.load(found.path, "cpu")
        try:
            told = _told(passages)
            measurement = SuggestionMeasurement(engine, told, known.calibration, whole=True)
            return measurement.with_known() if shares else measurement.measured(math.inf)
        finally:
            engine.close()


def as_table(found: MeasuredSuggestions, about: str) -> dict[str, Any]:
    """What was found as it stands in the file, to three digits."""
    return {
        "measured": about,
        "right": {level: round(share, 2) for level, share in found.right.items()},
        "curves": {
            place: [[x, round(y, 3)] for x, y in curve.points]
            for place, curve in sorted(found.calibration.curves.items())
        },
    }


def text_of(table: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    """The file with these tables."""
    parts = [_HEAD]
    for model, languages in table.items():
        for language, found in languages.items():
            about = f'measured = "{found["measured"]}"' if "measured" in found else ""
            for part, lines in (
                ("", [about]),
                ("right", _lines(found["right"])),
                ("curves", _lines(found["curves"])),
            ):
                name = ".".join((model, language, part)).rstrip(".")
                parts.append("\n".join((f"\n[{name}]", *filter(None, lines), "")))
    return "".join(parts)


def _lines(values: Mapping[str, Any]) -> list[str]:
    return [
        f"{json.dumps(key) if ' ' in key else key} = {json.dumps(value)}" for key, value in values.items()
    ]


def _told(passages: list[Passage]) -> Iterator[Passage]:
    """The passages, each told on standard error when it is begun."""
    started = time.monotonic()
    for number, passage in enumerate(passages, 1):
        seconds = time.monotonic() - started
        print(f"passage {number} of {len(passages)}, after {seconds:.0f} s", file=sys.stderr, flush=True)
        yield passage


if __name__ == "__main__":
    sys.exit(main())
