"""The speed of a model on this machine, measured with its engine and saved in its manifest.

With it is measured how good its suggestions are in each of its languages, on the general texts, where that
does not come with the program.
"""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Mapping
from dataclasses import replace

from writer.base.paths import resources_dir
from writer.engine import loading
from writer.engine.local_engine import LocalEngine
from writer.engine.protocol import Engine, InfillModel, Parameters
from writer.evaluation.suggestion_measurement import SuggestionMeasurement, stretches
from writer.models import calibrations, compatibility
from writer.models import manifest as manifests
from writer.models.adapters.whole_model import whole_for_use
from writer.models.calibrations import MeasuredSuggestions
from writer.models.inventory import languages_of
from writer.models.model_folder import ModelFolder
from writer.models.store import ModelStore
from writer.suggestions.context import Context
from writer.suggestions.gap import TIME_BUDGET, Gap
from writer.text.language import LANGUAGES, Language

TEXTS: dict[Language, str] = {
    "en": "The morning was cold and clear, and the road ran straight through the fields to the town. "
    "She had left before the others were awake, with nothing but a letter and the wish to be gone. ",
    "zh": "清晨的空气又冷又清新，道路笔直地穿过田野，通向远处的小镇。她在别人醒来之前就出发了，"
    "身上只带着一封信，心里想着早点离开。",
}
REPEATS = 5
TOKENS = 12
GROWTH = 7
"""Characters by which the text grows from one request to the next."""


def check(model: ModelFolder, device: str = "auto") -> None:
    """Load the model once, which makes its derived files, and check that it does not contradict itself.

    Raises EngineError, and StepMismatchError where a model that writes does.
    """
    if _is_masked(model):
        loading.load_infill_model(model.path, device).close()
    else:
        loading.load(model.path, device, thorough=True).close()


def measure(store: ModelStore, model: ModelFolder, device: str = "auto") -> ModelFolder:
    """Load and time the model; returns it with `measured` in its manifest, which is written if possible.

    In milliseconds: `first_ms` to the first token after a keystroke, `token_ms` for a pass through the model,
    `load_ms` for loading, `words_ms` for a masked model to find words for a gap. The model is loaded twice,
    as the first time makes its derived files. Raises EngineError, and StepMismatchError where a model that
    writes contradicts itself.
    """
    check(model, device)
    load = loading.load_infill_model if _is_masked(model) else loading.load
    started = time.perf_counter()
    loaded = load(model.path, device)
    load_ms = (time.perf_counter() - started) * 1e3
    language: Language = "zh" if model.manifest.languages == ("zh",) else "en"
    if isinstance(loaded, LocalEngine):
        first, each = _causal_ms(loaded, TEXTS[language], language)
        _measure_suggestions(loaded, model, calibrations.known_before(store, model))
        figures = {"first_ms": round(first, 1), "token_ms": round(each, 1), "load_ms": round(load_ms)}
    else:
        figures = {"words_ms": round(_infill_ms(loaded, TEXTS[language]), 1), "load_ms": round(load_ms)}
    loaded.close()
    measured = replace(model, manifest=replace(model.manifest, measured=figures))
    _save(measured)
    return measured


def measure_installed(store: ModelStore, name: str) -> ModelFolder:
    """As `measure`, for the model with this id or folder, also where it is an adapter without its weights."""
    model = store.find(name)
    with whole_for_use(store, model) as whole:
        figures = measure(store, whole).manifest.measured
    measured = replace(model, manifest=replace(model.manifest, measured=figures))
    if whole.path != model.path:
        _save(measured)
        with contextlib.suppress(OSError):
            calibrations.write(model.path, calibrations.read(whole.path))
    return measured


def figures_text(figures: dict[str, float]) -> str:
    """The figures as text, "" where there are none."""
    if "words_ms" in figures:
        return f"words for a gap after {figures['words_ms']:.0f} ms"
    if "first_ms" not in figures:
        return ""
    return f"first word after {figures['first_ms']:.0f} ms, then {figures['token_ms']:.0f} ms a token"


def general_texts(language: Language) -> list[str]:
    """The general texts in a language."""
    folder = resources_dir() / "general"
    files = [folder / f"{language}.txt", folder / "choosing" / f"{language}.txt"]
    return [file.read_text("utf-8") for file in files]


def _is_masked(model: ModelFolder) -> bool:
    return compatibility.kind_of(model.path) == "masked"


def _measure_suggestions(
    engine: LocalEngine, model: ModelFolder, known: Mapping[Language, MeasuredSuggestions]
) -> None:
    """Measure the suggestions in the languages that the model writes, all where they are unknown.

    What comes with the program was measured on more text, and stands.
    """
    written = languages_of(model) or LANGUAGES
    measured = {
        language: SuggestionMeasurement(
            engine, stretches(general_texts(language)), known.get(language, MeasuredSuggestions()).calibration
        ).measured()
        for language in LANGUAGES
        if language in written and language not in calibrations.shipped(model)
    }
    with contextlib.suppress(OSError):
        calibrations.write(model.path, measured)


def _save(model: ModelFolder) -> None:
    """Write the manifest, if its folder can be written."""
    with contextlib.suppress(OSError):
        manifests.write(model.path, model.manifest)


def _infill_ms(infill_model: InfillModel, text: str) -> float:
    """The median time to find words for a gap in the middle of the text, in milliseconds."""
    times = []
    for turn in range(REPEATS):
        started = time.perf_counter()
        middle = len(text) // 2 + turn * GROWTH
        infill_model.alternatives(Gap(text[:middle], text[middle:]), TIME_BUDGET, lambda: False)
        times.append((time.perf_counter() - started) * 1e3)
    return statistics.median(times)


def _causal_ms(engine: Engine, text: str, language: Language) -> tuple[float, float]:
    """The median times to the first token and of one pass, in milliseconds, while the text grows."""
    first, each = [], []
    for turn in range(REPEATS + 1):
        context = Context(text[: len(text) - GROWTH * (REPEATS - turn)], language=language)
        tokens = list(engine.continue_text(context, Parameters(max_tokens=TOKENS), lambda: False))
        stats = engine.stats
        if turn and tokens:
            first.append(stats.first_ms)
            each.append(stats.total_ms / max(1, stats.passes))
    return statistics.median(first or [0.0]), statistics.median(each or [0.0])
