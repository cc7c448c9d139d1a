"""The choice of a correction: what a model finds likelier than what was written, by a margin.

The margins of typos and capitals were chosen on 60 recorded sessions of one half of their writers, that of
articles on errors put into texts: its suspects are nearly sure, so the model need not be. A small "i" is
nearly always one, too, once two words stand behind it; before, many begin another word. The others are
guesses. `tests/benchmarks/corrections.py` measures them on the other half and on other texts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from writer.suggestions.corrections.candidates import MeantWord
from writer.suggestions.corrections.suspects import Kind, Suspect

MAX_AFTER = 40
"""The most characters behind a suspect by which it is weighed."""

SHORT = 5
"""The most letters of a short word."""


@dataclass(frozen=True, slots=True)
class Margin:
    """How sure a correction must be, in nats, and how many words must have been typed behind it.

    `better`: how much likelier the text is with it than as written, less the cost of the slip; `short` is
    added for words of up to `SHORT` letters, which have more neighbours. `lead`: the same against the next
    candidate.
    """

    better: float
    lead: float
    words: int = 0
    short: float = 0.0


MARGINS = {
    Kind.TYPO: Margin(better=6.0, lead=3.0, short=3.0),
    Kind.DOUBLED: Margin(better=2.0, lead=0.0, words=1),
    Kind.CAPITAL: Margin(better=5.0, lead=0.0),
    Kind.FIRST_PERSON: Margin(better=-1.0, lead=0.0, words=2),
    Kind.ARTICLE: Margin(better=-2.0, lead=0.0),
    Kind.SOUND: Margin(better=2.0, lead=1.0, words=1),
    Kind.SLIP: Margin(better=4.0, lead=1.0, words=1),
}


BEHIND = {kind: 8.0 if kind in (Kind.SOUND, Kind.SLIP) else math.inf for kind in Kind}
"""How much less likely the first token of a candidate may be than that of what was written, in nats."""


@dataclass(frozen=True, slots=True)
class ChosenCorrection:
    """What may be offered in place of what is written; `better` and `lead` as in `Margin`."""

    suspect: Suspect
    text: str
    better: float
    lead: float = math.inf


def texts_to_compare(suspect: Suspect, candidates: Sequence[MeantWord]) -> list[str]:
    """What is scored behind `suspect.before`: what was written, then each candidate, with what follows."""
    after = suspect.after
    if len(after) > MAX_AFTER:
        after = after[: after.rfind(" ", 0, MAX_AFTER) + 1]
    return [suspect.written + after, *(candidate.text + after for candidate in candidates)]


def is_due(suspect: Suspect) -> bool:
    """Whether a suspect is asked about now: enough words stand behind it, or its sentence has ended."""
    return suspect.words >= MARGINS[suspect.kind].words or any(mark in suspect.after for mark in ".!?")


def changed_part(written: str, text: str) -> tuple[int, int]:
    """The number of the same characters at the beginning and at the end of two texts."""
    first = _same(written, text)
    return first, _same(written[first:][::-1], text[first:][::-1])


def _same(one: str, other: str) -> int:
    """The number of the same characters at the beginning."""
    differing = (index for index, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return next(differing, min(len(one), len(other)))


def best_correction(
    suspect: Suspect, candidates: Sequence[MeantWord], scores: Sequence[float]
) -> ChosenCorrection | None:
    """The best candidate, however sure; None where there is none.

    `scores` are the log-probabilities of `texts_to_compare`, in their order; empty where that was cancelled.
    """
    if len(scores) != len(candidates) + 1 or not candidates:
        return None
    found = [score - candidate.cost for candidate, score in zip(candidates, scores[1:], strict=True)]
    best = max(range(len(found)), key=found.__getitem__)
    if not math.isfinite(found[best]):
        return None
    second = max((score for index, score in enumerate(found) if index != best), default=-math.inf)
    return ChosenCorrection(suspect, candidates[best].text, found[best] - scores[0], found[best] - second)


def is_sure(correction: ChosenCorrection, margins: Mapping[Kind, Margin] = MARGINS) -> bool:
    """Whether a correction is sure enough to be offered."""
    margin = margins[correction.suspect.kind]
    short = margin.short if len(correction.suspect.written) <= SHORT else 0.0
    return correction.better >= margin.better + short and correction.lead >= margin.lead
