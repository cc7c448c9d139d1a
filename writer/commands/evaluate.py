"""`writer evaluate`: replays texts keystroke by keystroke with suggestions, and reports their metrics."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

from writer.base.paths import state_dir
from writer.base.printable import printable
from writer.base.word_lists import withheld_words
from writer.engine import loading
from writer.engine.protocol import Engine, Parameters
from writer.evaluation import metrics, precision_coverage_plot
from writer.evaluation.answer_costs import answer_costs
from writer.evaluation.cached_suggester import MAX_TOKENS, CachedSuggester
from writer.evaluation.calibration import calibration
from writer.evaluation.documents import Passage, draw_passages, read_documents
from writer.evaluation.perplexity import perplexity
from writer.evaluation.recorded_pace import RecordedPace, pace_text, read_pace
from writer.evaluation.report import EvaluationReport, table
from writer.evaluation.variants import Variant, replay_variants
from writer.models import calibrations, store
from writer.models.adapters.whole_model import whole_for_use
from writer.models.calibrations import MeasuredSuggestions
from writer.models.model_folder import ModelFolder
from writer.suggestions.builder import BuilderRules
from writer.suggestions.calibration import Calibration
from writer.suggestions.gate import DEFAULT_LEVEL, LEVELS
from writer.suggestions.safety import SafetyFilter
from writer.text.language import language_of

log = logging.getLogger(__name__)

LIMIT = 2_000
"""The default number of characters to replay, which takes some minutes on two cores."""


def run(
    paths: Sequence[Path],
    *,
    model: str | None = None,
    device: str = "auto",
    limit: int | None = None,
    seed: int = 0,
    pace: Path | None = None,
    as_json: bool = False,
) -> int:
    """Evaluate and print the report; returns the exit status. Raises UserError for invalid input."""
    recorded = read_pace(pace) if pace is not None else None
    passages = draw_passages(read_documents(paths), limit or LIMIT, seed)
    models = store.installed_store()
    with whole_for_use(models, models.find(model or store.DEFAULT_MODEL)) as found:
        engine = loading.load(found.path, device)
        try:
            progress = ProgressLine(passages, len(LEVELS), sys.stderr)
            learned = calibration_of(found, passages)
            report = evaluate(engine, found.id, passages, seed, progress, recorded, learned)
        finally:
            engine.close()
    print(table(report))
    if as_json:
        print(json.dumps(report.as_object(), ensure_ascii=False))
    return 0


class ProgressLine:
    """Progress and remaining time, on one line of a terminal or in whole lines elsewhere."""

    def __init__(self, passages: Sequence[Passage], variants: int, stream: TextIO) -> None:
        self._total = sum(s.end - s.start for s in passages) * variants
        self._stream = stream
        self._started = time.monotonic()
        self._done = 0
        self._last_shown = 0.0

    def advance(self, characters: int) -> None:
        """Count `characters` more as replayed, and print the progress where that is due."""
        self._done = min(self._total, self._done + characters)  # the last suggestion may go beyond the end
        now = time.monotonic()
        if now - self._last_shown < (0.5 if self._stream.isatty() else 10):
            return
        self._last_shown = now
        left = (now - self._started) * (self._total - self._done) / max(1, self._done)
        end = "\r" if self._stream.isatty() else "\n"
        print(
            f"{self._done / self._total:4.0%} done, about {_duration(left)} left   ",
            end=end,
            file=self._stream,
        )
        self._stream.flush()


def evaluate(
    engine: Engine,
    name: str,
    passages: Sequence[Passage],
    seed: int,
    progress: ProgressLine | None = None,
    pace: RecordedPace | None = None,
    learned: Calibration | None = None,
) -> EvaluationReport:
    """Replay `passages` at every level of the setting; Ctrl+C ends it with the passages done so far.

    `learned` is the calibration that was measured of the model.
    """
    started = time.monotonic()
    suggester = CachedSuggester(engine, Parameters(max_tokens=MAX_TOKENS, by_words=True))
    on_progress = progress.advance if progress else None
    found, done = replay_variants(passages, _levels(suggester, learned or Calibration()), on_progress, pace)
    runs = {level.name: found[level.name] for level in LEVELS}
    levels = {level: metrics.ratio_metrics(steps, seed) for level, steps in runs.items()}
    main = runs[DEFAULT_LEVEL]
    return EvaluationReport(
        model=name,
        device=engine.device,
        seed=seed,
        texts=len({s.name for s in done}),
        characters=sum(s.end - s.start for s in done),
        seconds=round(time.monotonic() - started, 1),
        level=DEFAULT_LEVEL,
        metrics=levels[DEFAULT_LEVEL] | perplexity(engine, done, seed) | answer_costs(main, seed),
        levels=levels,
        reasons=metrics.reason_counts(main),
        picture=_write_plot(runs, levels, name),
        calibration=calibration(list(runs.values()), seed),
        pace=pace_text(pace),
    )


def calibration_of(model: ModelFolder, passages: Sequence[Passage]) -> Calibration:
    """The calibration that is known of a model in the language of most passages, as the window has it."""
    languages = Counter(language_of(passage.text[: passage.end]) for passage in passages)
    language = languages.most_common(1)[0][0]
    return calibrations.known(store.installed_store(), model).get(language, MeasuredSuggestions()).calibration


def _levels(suggester: CachedSuggester, learned: Calibration) -> list[Variant]:
    """The levels of the setting; the default one is the first, so that its suggestions are timed uncached."""
    safety = SafetyFilter(withheld_words())
    order = sorted(LEVELS, key=lambda level: (level.name != DEFAULT_LEVEL, level.gate.least))
    return [
        Variant(level.name, suggester, BuilderRules(level.gate, safety, calibration=learned))
        for level in order
    ]


def _write_plot(
    runs: Mapping[str, metrics.ReplayedPassages],
    levels: Mapping[str, Mapping[str, metrics.Estimate]],
    name: str,
) -> str:
    """Write the plot of precision against coverage as SVG; returns its path, "" where that fails."""
    every = [step for steps in runs[LEVELS[-1].name].values() for step in steps]
    marks = [
        precision_coverage_plot.CurvePoint(
            level, found["coverage"].value or 0.0, found["precision"].value or 0.0
        )
        for level, found in levels.items()
    ]
    path = state_dir() / f"evaluation-{name}.svg"
    curve, title = precision_coverage_plot.precision_coverage_curve(every), printable(name)
    svg = precision_coverage_plot.draw_curve(curve, marks, f"Suggestions of {title}")
    try:
        path.write_text(svg, encoding="utf-8")
    except OSError as error:  # the figures took minutes, and are printed without it
        log.warning("the plot is not written: %s", error.strerror)
        return ""
    return str(path)


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
