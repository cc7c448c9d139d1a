"""The comparison of two variants of suggestions on the same passages, with a report of it.

Each figure is given for both, and their difference with an interval over the same texts, drawn for both at a
time. Where the models differ, so are the bits that they need for a character and the costs of their answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field

from writer.base.printable import printable
from writer.evaluation.answer_costs import answer_cost_differences, answer_costs
from writer.evaluation.metrics import Estimate, ReplayedPassages, blocks, ratio_metric
from writer.evaluation.paired import Sums, block_sums, difference, value
from writer.evaluation.perplexity import Surprisals, bits_by_block
from writer.evaluation.ratios import RATIOS, Ratio
from writer.evaluation.report import PER_1000, about_intervals, cell, difference_cell, figure_name, opening

_WIDTH = 26


@dataclass(frozen=True, slots=True)
class ReplayedVariant:
    """A variant after its replay. `surprisals` are empty where they are not compared.

    `timed`: its answers were not cached, so that their costs can be compared.
    """

    name: str
    run: ReplayedPassages
    surprisals: Surprisals = field(default_factory=dict)
    timed: bool = False


@dataclass(frozen=True, slots=True)
class PairedFigure:
    """A figure of two variants, and how much higher it is for the first one."""

    one: Estimate
    other: Estimate
    difference: Estimate


@dataclass(frozen=True, slots=True)
class PairedReport:
    """The figures of the variants `one` and `other`, by the names of metrics.

    `seconds` is the duration, `pace` the sentence on the pace of the replay.
    """

    one: str
    other: str
    device: str
    seed: int
    texts: int
    characters: int
    seconds: float
    figures: Mapping[str, PairedFigure]
    pace: str = ""

    def as_object(self) -> dict[str, object]:
        """The object that `--json` prints."""
        return asdict(self)


def paired_figures(one: ReplayedVariant, other: ReplayedVariant, seed: int = 0) -> dict[str, PairedFigure]:
    """All figures of two variants that replayed the same passages."""
    found = {name: _ratio_figure(one.run, other.run, ratio, seed) for name, ratio in RATIOS.items()}
    if one.surprisals and other.surprisals:
        bits = bits_by_block(one.surprisals), bits_by_block(other.surprisals)
        found["bits_per_character"] = PairedFigure(
            value(bits[0], seed), value(bits[1], seed), difference(*bits, seed)
        )
    if one.timed and other.timed:
        costs = answer_costs(one.run, seed), answer_costs(other.run, seed)
        more = answer_cost_differences(one.run, other.run, seed)
        found |= {name: PairedFigure(costs[0][name], costs[1][name], more[name]) for name in more}
    return found


def _ratio_figure(one: ReplayedPassages, other: ReplayedPassages, ratio: Ratio, seed: int) -> PairedFigure:
    first, second = (ratio_metric(blocks(run), ratio, seed) for run in (one, other))
    if first.value is None or second.value is None:
        return PairedFigure(first, second, Estimate(None, None, None))
    sums = block_sums(one, ratio), block_sums(other, ratio)
    names = {*sums[0], *sums[1]}
    return PairedFigure(first, second, difference(_filled(sums[0], names), _filled(sums[1], names), seed))


def _filled(sums: Sums, names: set[str]) -> Sums:
    """The sums with nothing for the blocks that lie within one acceptance."""
    return {name: sums.get(name, (0.0, 0.0)) for name in names}


def comparison_table(report: PairedReport) -> str:
    """The comparison as plain text."""
    return "\n".join(_lines(report))


def _lines(report: PairedReport) -> Iterator[str]:
    start = opening(report.texts, report.characters, report.seed)
    yield f"{start}; on {report.device}, {report.seconds:.0f} s."
    yield f"A: {printable(report.one)}"
    yield f"B: {printable(report.other)}"
    yield about_intervals(report.texts)
    if report.pace:
        yield report.pace
    yield ""
    yield f"  {'':44} " + " ".join(f"{head:{_WIDTH}}" for head in ("A", "B", "A less B"))
    for name, figure in report.figures.items():
        cells = (cell(name, figure.one), cell(name, figure.other), difference_cell(name, figure.difference))
        yield f"  {figure_name(name):44} " + " ".join(f"{one:{_WIDTH}}" for one in cells)
    yield from ("", PER_1000)
