"""`writer evaluate A PATH... --against B`: two models or positions of the setting on the same texts.

A and B are each a position of the setting ("careful"), a model (an installed one by its name, or a folder),
or both ("smollm2-135m-instruct:careful"). Without A it is the model of `--model` at the usual position. What
A leaves open is as in that, and what B leaves open is as in A.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from writer.base.errors import UserError
from writer.base.word_lists import withheld_words
from writer.commands.evaluate import LIMIT, ProgressLine, calibration_of
from writer.engine import loading
from writer.engine.local_engine import LocalEngine
from writer.engine.protocol import Parameters
from writer.evaluation.cached_suggester import MAX_TOKENS, CachedSuggester
from writer.evaluation.comparison import PairedReport, ReplayedVariant, comparison_table, paired_figures
from writer.evaluation.documents import Passage, draw_passages, read_documents
from writer.evaluation.perplexity import surprisals
from writer.evaluation.recorded_pace import RecordedPace, pace_text, read_pace
from writer.evaluation.variants import Variant, replay_variants
from writer.models import store
from writer.models.adapters.whole_model import whole_for_use
from writer.models.manifest import ModelError
from writer.models.model_folder import ModelFolder
from writer.models.store import ModelStore
from writer.suggestions.builder import BuilderRules
from writer.suggestions.gate import DEFAULT_LEVEL, LEVELS, GateLevel, level_named
from writer.suggestions.safety import SafetyFilter

_POSITIONS = frozenset(level.name for level in LEVELS)


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison: a model at a position of the setting."""

    model: ModelFolder
    level: GateLevel

    @property
    def name(self) -> str:
        """Model and position, as a side may be named."""
        return f"{self.model.id}:{self.level.name}"


def run(
    paths: Sequence[Path],
    against: str,
    *,
    model: str | None = None,
    device: str = "auto",
    limit: int | None = None,
    seed: int = 0,
    pace: Path | None = None,
    as_json: bool = False,
) -> int:
    """Compare and print the report; returns the exit status. Raises UserError for invalid input."""
    recorded = read_pace(pace) if pace is not None else None
    models = store.installed_store()
    one, texts = first_side(models, paths, model or store.DEFAULT_MODEL)
    other = named_side(models, against, one)
    if (one.model.path, one.level) == (other.model.path, other.level):
        raise UserError("Both sides are {name}; name another model or position.", name=one.name)
    passages = draw_passages(read_documents(texts), limit or LIMIT, seed)
    with _engines(models, (one, other), device) as engines:
        report = compare(engines, (one, other), passages, seed, recorded)
    print(comparison_table(report))
    if as_json:
        print(json.dumps(report.as_object(), ensure_ascii=False))
    return 0


def first_side(models: ModelStore, paths: Sequence[Path], model: str) -> tuple[Side, Sequence[Path]]:
    """The side A and the texts: the first path is A where it is a position or a model, and no text.

    Raises UserError where it is none of these, or no text is left.
    """
    usual = level_named(DEFAULT_LEVEL)
    first, rest = paths[0], paths[1:]
    if first.exists() and not (first / "config.json").is_file():
        return Side(models.find(model), usual), paths
    side = _side(models, str(first), model, usual)
    if not rest:
        raise UserError("Name texts behind {name}: files, or folders of them.", name=first)
    return side, rest


def named_side(models: ModelStore, name: str, other: Side) -> Side:
    """The side of this name; what it leaves open is as in `other`. Raises UserError."""
    return _side(models, name, other.model, other.level)


def _side(models: ModelStore, name: str, model: str | ModelFolder, level: GateLevel) -> Side:
    named, _, position = name.rpartition(":")
    if position in _POSITIONS:
        level = level_named(position)
        name = named
    if not name:
        return Side(model if isinstance(model, ModelFolder) else models.find(model), level)
    try:
        return Side(models.find(Path(name) if Path(name).is_dir() else name), level)
    except ModelError as error:
        raise UserError(
            "{name} is neither a position of the setting ({positions}) nor a model: {reason}",
            name=name,
            positions=", ".join(one.name for one in LEVELS),
            reason=error.sentence,
        ) from error


@contextmanager
def _engines(
    models: ModelStore, sides: tuple[Side, Side], device: str
) -> Iterator[tuple[LocalEngine, LocalEngine]]:
    """An engine for each side, the same one where the models are the same."""
    one, other = (side.model for side in sides)
    with whole_for_use(models, one) as first, closing(loading.load(first.path, device)) as engine:
        if one.path == other.path:
            yield engine, engine
            return
        with whole_for_use(models, other) as second, closing(loading.load(second.path, device)) as rival:
            yield engine, rival


def compare(
    engines: tuple[LocalEngine, LocalEngine],
    sides: tuple[Side, Side],
    passages: Sequence[Passage],
    seed: int,
    pace: RecordedPace | None = None,
) -> PairedReport:
    """Replay `passages` with both sides; Ctrl+C ends it with the passages done so far."""
    started = time.monotonic()
    differ = engines[0] is not engines[1]
    suggesters = [CachedSuggester(one, Parameters(max_tokens=MAX_TOKENS, by_words=True)) for one in engines]
    suggesters = suggesters if differ else [suggesters[0]] * 2
    safety = SafetyFilter(withheld_words())
    variants = [
        Variant(
            name,
            suggester,
            BuilderRules(side.level.gate, safety, calibration=calibration_of(side.model, passages)),
        )
        for name, side, suggester in zip("AB", sides, suggesters, strict=True)
    ]
    progress = ProgressLine(passages, len(variants), sys.stderr)
    runs, done = replay_variants(passages, variants, progress.advance, pace, alternate=True)
    one, other = (
        ReplayedVariant(side.name, runs[name], surprisals(engine, done) if differ else {}, differ)
        for name, side, engine in zip("AB", sides, engines, strict=True)
    )
    return PairedReport(
        one=one.name,
        other=other.name,
        device=engines[0].device,
        seed=seed,
        texts=len({passage.name for passage in done}),
        characters=sum(passage.end - passage.start for passage in done),
        seconds=round(time.monotonic() - started, 1),
        figures=paired_figures(one, other, seed),
        pace=pace_text(pace),
    )
