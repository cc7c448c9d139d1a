"""What is timed: one visit to one engine gives a few milliseconds for each workload.

The context is 512 tokens long. "Warm" is a keystroke: 511 tokens are cached, one or three more come, which
differ each time, and 12 follow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.benchmarks.engine_process import EngineProcess

CONTEXT = 512
NEW = 12
LONG = 36
DRAFTS = (1, 2, 4, 8, 13)

Times = dict[str, list[float]]


@dataclass
class Typist:
    """Knows the text and which tokens were typed already: none is typed twice after the same text."""

    ids: Sequence[int]
    vocabulary: int
    visit: int = 0
    _typed: int = field(default=0, init=False)

    @property
    def context(self) -> list[int]:
        """The 512 tokens of a cold start."""
        return list(self.ids[:CONTEXT])

    def keystroke(self, count: int) -> list[int]:
        """511 known tokens and `count` new ones, the first of which was never there before."""
        self._typed += 1
        first = 300 + (self._typed * 37) % (self.vocabulary - 600)
        return [*self.ids[: CONTEXT - 1], first, *self.ids[CONTEXT : CONTEXT + count - 1]]


def cold(engine: EngineProcess, typist: Typist) -> Times:
    """Nothing is cached: 512 tokens of context, 12 new."""
    engine.ask("reset")
    answer = engine.ask("run", ids=typist.context, new=NEW)
    return {"cold": [answer["ms"]], "cold, first token": [answer["first_ms"]]}


def warm(engine: EngineProcess, typist: Typist) -> Times:
    """Four keystrokes of one token, two of three."""
    engine.ask("run", ids=typist.keystroke(1), new=1)
    one = [engine.ask("run", ids=typist.keystroke(1), new=NEW) for _ in range(4)]
    three = [engine.ask("run", ids=typist.keystroke(3), new=NEW) for _ in range(2)]
    return {
        "warm": [answer["ms"] for answer in one],
        "warm, first token": [answer["first_ms"] for answer in one],
        "warm, 3 typed": [answer["ms"] for answer in three],
    }


def decode(engine: EngineProcess, typist: Typist) -> Times:
    """Milliseconds a token, from a long answer less its first token."""
    engine.ask("run", ids=typist.keystroke(1), new=1)
    long = engine.ask("run", ids=typist.keystroke(1), new=LONG + 1)
    return {"decode": [(long["ms"] - long["first_ms"]) / LONG]}


def prefill(engine: EngineProcess, typist: Typist) -> Times:
    """512 tokens of context, one new."""
    engine.ask("reset")
    return {"prefill": [engine.ask("run", ids=typist.context, new=1)["ms"]]}


def verify(engine: EngineProcess, typist: Typist) -> Times:
    """k tokens in one pass after 511 cached ones, with a choice after each of the k."""
    times: Times = {}
    engine.ask("run", ids=typist.keystroke(1), new=1)
    for count in DRAFTS:
        ids = typist.keystroke(count)
        answers = [engine.ask("verify", ids=ids, count=count) for _ in range(3)]
        if answers[0]["choices"] is None:
            return {}
        times[f"verify {count}"] = [answer["ms"] for answer in answers[1:]]
    return times


ALL: dict[str, Callable[[EngineProcess, Typist], Times]] = {
    "cold": cold,
    "warm": warm,
    "decode": decode,
    "prefill": prefill,
    "verify": verify,
}
