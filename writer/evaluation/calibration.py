"""The calibration of suggestions: how often they are right, against the probability that they claim.

What is counted is the first word of each suggestion that appears, once for each place of a text, whatever the
levels of the setting at which it appears there. Where a suggestion appears depends on the text before it
alone, so the choice of the places favours neither right nor wrong ones.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from writer.evaluation.documents import Passage
from writer.evaluation.metrics import Estimate, ReplayedPassages, blocks, ratio_estimate
from writer.evaluation.simulated_typist import ReplayStep

CLAIMS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
"""The bounds of the bins of claimed probabilities."""

MOST_LETTERS = 4
"""Words of which this many letters or more are typed share a bin."""


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """A bin: `letters` of the word typed (or more, at MOST_LETTERS), a claim of at least `low`, below `high`.

    `claimed` is the mean of the claimed probabilities of `count` first words, and `right` the share of these
    words that were right. The last bin holds claims of 1, too.
    """

    letters: int
    low: float
    high: float
    count: int
    claimed: float
    right: Estimate

    def as_object(self) -> dict[str, object]:
        """The object that `--json` prints."""
        return asdict(self)


def calibration(runs: Sequence[ReplayedPassages], seed: int = 0) -> list[CalibrationBin]:
    """The bins that are not empty, of replays of the same passages at several levels, strictest first.

    Suggestions whose probability is unknown are left out.
    """
    binned: dict[tuple[int, int], dict[int, list[ReplayStep]]] = defaultdict(lambda: defaultdict(list))
    for number, text in enumerate(blocks(_places(runs)).values()):
        for step in text:
            binned[_letters(step), _claim(step)][number].append(step)
    return [
        _bin(letters, claim, list(texts.values()), seed) for (letters, claim), texts in sorted(binned.items())
    ]


def _places(runs: Sequence[ReplayedPassages]) -> ReplayedPassages:
    """The steps at which a suggestion appeared, one for each place."""
    found: dict[Passage, dict[int, ReplayStep]] = defaultdict(dict)
    for run in runs:
        for passage, steps in run.items():
            for step in steps:
                if step.fresh and step.shown and step.confidence > 0:
                    found[passage].setdefault(step.cursor, step)
    return {passage: list(steps.values()) for passage, steps in found.items()}


def _letters(step: ReplayStep) -> int:
    return min(step.typed_letters, MOST_LETTERS)


def _claim(step: ReplayStep) -> int:
    """The number of the bin of the claimed probability."""
    return min(bisect_right(CLAIMS, step.confidence), len(CLAIMS) - 1) - 1


def _bin(letters: int, claim: int, texts: Sequence[Sequence[ReplayStep]], seed: int) -> CalibrationBin:
    counts = [len(text) for text in texts]
    return CalibrationBin(
        letters,
        CLAIMS[claim],
        CLAIMS[claim + 1],
        sum(counts),
        sum(step.confidence for text in texts for step in text) / sum(counts),
        ratio_estimate(
            [sum(step.correct for step in text) for text in texts], counts, seed, bounds=(0.0, 1.0)
        ),
    )
