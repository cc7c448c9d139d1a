"""The report of an evaluation, as tables of plain text and as an object for JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise

from writer.base.printable import printable
from writer.evaluation.calibration import CLAIMS, MOST_LETTERS, CalibrationBin
from writer.evaluation.documents import MIN_TEXTS
from writer.evaluation.figure_names import NAMES
from writer.evaluation.metrics import Estimate
from writer.evaluation.ratios import (
    NET_SECONDS,
    READING_SECONDS,
    WORDS_PER_MINUTE,
    net_seconds_name,
    net_seconds_of,
)

USUAL_SPEED, USUAL_READING = 60, 0.5
"""Words a minute and seconds to read a ghost, where net seconds are given for one of each."""

USUAL_NET_SECONDS = net_seconds_name(USUAL_SPEED, USUAL_READING)

_PER_1000 = {"refused", "cpu_seconds", *NET_SECONDS}
_COUNTED = {"characters_per_acceptance", "perplexity", "bits_per_character"}
_WIDTH = 26
"""Characters of a column."""

PER_1000 = "Net seconds saved, refused ghosts and CPU seconds are for each 1,000 characters."
_LEVEL_COLUMNS = (
    ("keystrokes_saved", USUAL_NET_SECONDS, "refused"),
    ("precision", "exact_match_1", "coverage"),
)


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """The result of an evaluation: `metrics` of the default level `level`, and those of each of `levels`.

    `seconds` is the duration, `reasons` how often each reason withheld a suggestion, `picture` the plot's
    path, `pace` the sentence on the pace of the replay.
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
    calibration: Sequence[CalibrationBin] = ()
    pace: str = ""

    def as_object(self) -> dict[str, object]:
        """The object that `--json` prints: each metric by its name, with value, low and high."""
        about = {
            name: getattr(self, name)
            for name in (
                *("model", "device", "seed", "texts", "characters"),
                *("seconds", "level", "picture", "pace"),
            )
        }
        return {
            **{name: asdict(estimate) for name, estimate in self.metrics.items()},
            "levels": {
                level: {name: asdict(estimate) for name, estimate in metrics.items()}
                for level, metrics in self.levels.items()
            },
            "calibration": [one.as_object() for one in self.calibration],
            "reasons": dict(self.reasons),
            **about,
        }


def table(report: EvaluationReport) -> str:
    """The report as plain text of some fifty lines."""
    return "\n".join(_lines(report))


def _lines(report: EvaluationReport) -> Iterator[str]:
    start = opening(report.texts, report.characters, report.seed)
    yield f"{start}; {printable(report.model)} on {report.device}, {report.seconds:.0f} s."
    yield about_intervals(report.texts)
    if report.pace:
        yield report.pace
    yield from ("", f'Setting "{report.level}":')
    for name, estimate in report.metrics.items():
        if name not in NET_SECONDS:
            yield f"  {figure_name(name):40} {cell(name, estimate)}"
    yield from ("", f'Net seconds saved per 1,000 characters, setting "{report.level}":')
    yield from _net_seconds_lines(report.metrics)
    for columns in _LEVEL_COLUMNS:
        yield from _level_lines(report.levels, columns)
    yield from ("", PER_1000)
    yield f"By setting they are at {USUAL_SPEED} words a minute and {USUAL_READING} s to read a ghost."
    if report.calibration:
        yield from _calibration_lines(report.calibration)
    if report.reasons:
        yield from ("", "Silent because: " + _counted(report.reasons.items()))
    if report.picture:
        yield from (
            "",
            f"Right among places, and places with a ghost, as a picture: {printable(report.picture)}",
        )


def opening(texts: int, characters: int, seed: int) -> str:
    """What was replayed, at the start of a report."""
    return f"{texts} {'text' if texts == 1 else 'texts'}, {characters:,} characters, seed {seed}"


def about_intervals(texts: int) -> str:
    """The sentence that says for which texts the intervals hold."""
    if texts >= MIN_TEXTS:
        return "Each figure with its 95 % interval, whole texts drawn."
    return (
        "Each figure with its 95 % interval, which holds for these texts alone; "
        f"name at least {MIN_TEXTS} to know of others."
    )


def _net_seconds_lines(metrics: Mapping[str, Estimate]) -> Iterator[str]:
    yield f"  {'':20} " + " ".join(
        f"{f'{reading} s to read a ghost':{_WIDTH}}" for reading in READING_SECONDS
    )
    for speed in WORDS_PER_MINUTE:
        names = (net_seconds_name(speed, reading) for reading in READING_SECONDS)
        yield f"  {f'{speed} words a minute':20} " + _row(metrics, names, _WIDTH)


def _level_lines(levels: Mapping[str, Mapping[str, Estimate]], columns: Sequence[str]) -> Iterator[str]:
    yield ""
    yield f"  {'Setting':10} " + " ".join(f"{_heading(name):{_WIDTH}}" for name in columns)
    for level, metrics in levels.items():
        yield f"  {level:10} " + _row(metrics, columns, _WIDTH)


def _calibration_lines(calibration: Sequence[CalibrationBin]) -> Iterator[str]:
    bins = {(one.letters, one.low): one for one in calibration}
    yield from ("", "Claimed against right among ghosts of all settings (their number), by letters typed:")
    heads = (f"{f'claimed {low:.0%} to {high:.0%}':22}" for low, high in pairwise(CLAIMS))
    yield f"  {'Letters':10} " + " ".join(heads)
    for letters in range(MOST_LETTERS + 1):
        cells = (_calibration_cell(bins.get((letters, low))) for low in CLAIMS[:-1])
        name = f"{letters} or more" if letters == MOST_LETTERS else f"{letters}"
        yield f"  {name:10} " + " ".join(f"{one:22}" for one in cells)


def _calibration_cell(one: CalibrationBin | None) -> str:
    return "-" if one is None else f"{one.claimed:.1%} / {one.right.value or 0.0:.1%} ({one.count:,})"


def _row(metrics: Mapping[str, Estimate], names: Iterable[str], width: int) -> str:
    return " ".join(f"{cell(name, metrics[name]):{width}}" for name in names)


def figure_name(name: str) -> str:
    """The name of a metric, of net seconds with the speeds of typing and reading."""
    if name not in NET_SECONDS:
        return NAMES[name]
    speed, reading = net_seconds_of(name)
    return f"{NAMES['net_seconds']} ({speed} words/min, {reading} s)"


def _heading(name: str) -> str:
    """The name of a metric at the head of a column, where speeds are told elsewhere."""
    return NAMES["net_seconds"] if name in NET_SECONDS else NAMES[name]


def cell(name: str, estimate: Estimate) -> str:
    """A metric with its interval, in the unit of its name; there is none where only one block was drawn."""
    form, unit = _form(name)
    if estimate.value is not None and estimate.low == estimate.high:
        return f"{estimate.value:{form}}{unit} (no interval)"
    return _interval(estimate, "{:" + form + "}", unit)


def difference_cell(name: str, estimate: Estimate) -> str:
    """The difference of a metric with its interval, with signs; shares in points."""
    form, unit = _form(name)
    if form == ".1%":
        scaled = (
            None if part is None else 100 * part for part in (estimate.value, estimate.low, estimate.high)
        )
        return _interval(Estimate(*scaled), "{:+.1f}", "")
    return _interval(estimate, "{:+" + form + "}", unit)


def _form(name: str) -> tuple[str, str]:
    """How a metric is written, and its unit."""
    if name in _PER_1000:
        return ".1f", ""
    if name in _COUNTED:
        return (".3f" if name == "bits_per_character" else ".2f"), ""
    return (".0f", " ms") if name.startswith("latency") else (".1%", "")


def _interval(estimate: Estimate, form: str, unit: str) -> str:
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return "nothing to measure"
    value, low, high = (form.format(part) for part in (estimate.value, estimate.low, estimate.high))
    return f"{value}{unit} ({low} to {high})"


def _counted(items: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{reason} {count}" for reason, count in items)
