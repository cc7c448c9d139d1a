"""The outcome of an evaluation as a table for people and as an object for programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from writer.evaluation.metrics import Figure

_LABELS = {
    "keystrokes_saved": "Keystrokes saved",
    "precision": "First word right when shown",
    "coverage": "Places with a suggestion",
    "characters_per_acceptance": "Characters per acceptance",
    "exact_match_1": "First word right",
    "exact_match_2": "First 2 words right",
    "exact_match_3": "First 3 words right",
    "exact_match_within_words": "First word right, cursor within a word",
    "perplexity": "Perplexity per token",
    "bits_per_character": "Bits per character",
    "latency_p50": "Time to an answer, median",
    "latency_p90": "Time to an answer, 90 %",
    "latency_p95": "Time to an answer, 95 %",
}
_PLAIN = {"characters_per_acceptance": "", "perplexity": "", "bits_per_character": ""}
_LEVEL_COLUMNS = ("keystrokes_saved", "precision", "coverage")


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """Everything an evaluation found. `figures` are those of the level `level`; `levels` those of each."""

    model: str
    device: str
    seed: int
    texts: int
    characters: int
    seconds: float
    level: str
    figures: Mapping[str, Figure]
    levels: Mapping[str, Mapping[str, Figure]]
    reasons: Mapping[str, int]
    picture: str = ""

    def as_object(self) -> dict[str, object]:
        """What `--json` prints: each figure by its name, with value, low and high."""
        about = {
            name: getattr(self, name)
            for name in ("model", "device", "seed", "texts", "characters", "seconds", "level", "picture")
        }
        return {
            **{name: asdict(figure) for name, figure in self.figures.items()},
            "levels": {
                level: {name: asdict(figure) for name, figure in figures.items()}
                for level, figures in self.levels.items()
            },
            "reasons": dict(self.reasons),
            **about,
        }


def table(outcome: EvaluationReport) -> str:
    """The outcome in plain words, some twenty lines."""
    lines = [
        f"{outcome.characters:,} characters of {outcome.texts} texts (seed {outcome.seed}), "
        f"{outcome.model} on {outcome.device}, {outcome.seconds:.0f} s. Each figure with its 95 % interval.",
        "",
        f'Setting "{outcome.level}":',
        *(f"  {_LABELS[name]:40} {_cell(name, figure)}" for name, figure in outcome.figures.items()),
        "",
        f"  {'Setting':10} " + " ".join(f"{_LABELS[name]:28}" for name in _LEVEL_COLUMNS),
        *(f"  {level:10} " + _row(figures) for level, figures in outcome.levels.items()),
    ]
    if outcome.reasons:
        lines += ["", "Silent because: " + _counted(outcome.reasons.items())]
    if outcome.picture:
        lines += ["", f"Precision and coverage as a picture: {outcome.picture}"]
    return "\n".join(lines)


def _row(figures: Mapping[str, Figure]) -> str:
    return " ".join(f"{_cell(name, figures[name]):28}" for name in _LEVEL_COLUMNS)


def _cell(name: str, figure: Figure) -> str:
    if figure.value is None or figure.low is None or figure.high is None:
        return "nothing to measure"
    if name in _PLAIN:
        return f"{figure.value:.2f} ({figure.low:.2f} to {figure.high:.2f})"
    if name.startswith("latency"):
        return f"{figure.value:.0f} ms ({figure.low:.0f} to {figure.high:.0f})"
    return f"{figure.value:.1%} ({figure.low:.1%} to {figure.high:.1%})"


def _counted(items: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{reason} {count}" for reason, count in items)
