"""The report of an evaluation, as a table of plain text and as an object for JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from writer.base.printable import printable
from writer.evaluation.documents import MIN_TEXTS
from writer.evaluation.metrics import Estimate

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
_UNITLESS = {"characters_per_acceptance": "", "perplexity": "", "bits_per_character": ""}
_LEVEL_COLUMNS = ("keystrokes_saved", "precision", "coverage")


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """The result of an evaluation: `metrics` of the default level `level`, and those of each of `levels`.

    `seconds` is the duration, `reasons` how often each reason withheld a suggestion, `picture` the plot's
    path.
    """

    model: str
    device: str
    seed: int
    texts: int
    characters: int
    seconds: float
    level: str
    metrics: Mapping[str, Estimate]
    levels: Mapping[str, Mapping[str, Estimate]]
    reasons: Mapping[str, int]
    picture: str = ""

    def as_object(self) -> dict[str, object]:
        """The object that `--json` prints: each metric by its name, with value, low and high."""
        about = {
            name: getattr(self, name)
            for name in ("model", "device", "seed", "texts", "characters", "seconds", "level", "picture")
        }
        return {
            **{name: asdict(estimate) for name, estimate in self.metrics.items()},
            "levels": {
                level: {name: asdict(estimate) for name, estimate in metrics.items()}
                for level, metrics in self.levels.items()
            },
            "reasons": dict(self.reasons),
            **about,
        }


def table(report: EvaluationReport) -> str:
    """The report as plain text of some twenty lines."""
    lines = [
        f"{report.texts} {'text' if report.texts == 1 else 'texts'}, {report.characters:,} characters, "
        f"seed {report.seed}; {printable(report.model)} on {report.device}, {report.seconds:.0f} s.",
        "Each figure with its 95 % interval" + _reach(report.texts),
        "",
        f'Setting "{report.level}":',
        *(f"  {_LABELS[name]:40} {_cell(name, estimate)}" for name, estimate in report.metrics.items()),
        "",
        f"  {'Setting':10} " + " ".join(f"{_LABELS[name]:28}" for name in _LEVEL_COLUMNS),
        *(f"  {level:10} " + _row(metrics) for level, metrics in report.levels.items()),
    ]
    if report.reasons:
        lines += ["", "Silent because: " + _counted(report.reasons.items())]
    if report.picture:
        lines += ["", f"Precision and coverage as a picture: {printable(report.picture)}"]
    return "\n".join(lines)


def _reach(texts: int) -> str:
    """For which texts the intervals hold."""
    if texts >= MIN_TEXTS:
        return "."
    return f", which holds for these texts alone; name at least {MIN_TEXTS} to know of others."


def _row(metrics: Mapping[str, Estimate]) -> str:
    return " ".join(f"{_cell(name, metrics[name]):28}" for name in _LEVEL_COLUMNS)


def _cell(name: str, estimate: Estimate) -> str:
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return "nothing to measure"
    if name in _UNITLESS:
        return f"{estimate.value:.2f} ({estimate.low:.2f} to {estimate.high:.2f})"
    if name.startswith("latency"):
        return f"{estimate.value:.0f} ms ({estimate.low:.0f} to {estimate.high:.0f})"
    return f"{estimate.value:.1%} ({estimate.low:.1%} to {estimate.high:.1%})"


def _counted(items: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{reason} {count}" for reason, count in items)
