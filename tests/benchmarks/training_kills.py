"""Ends trainings at random moments, by SIGKILL and by SIGTERM, and looks at what becomes of them.

    python -m tests.benchmarks.training_kills [--kills 50] [--terms 50] [--seed 1]

Half of the signals of each kind come inside the writing of a checkpoint. Each training goes on until its
turn is over; then it must end with the weights of one that nothing interrupted, bit for bit. After each
signal: the next process goes on where the last one saved (after SIGTERM without a step lost), the base is as
it was, and every model that the program sees is a whole one. A small GPT-2 is trained, in real processes.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.fakes import small_models
from tests.training.kill_helpers import Child, Home, hashes, kill_within_writing, server, weights, writes
from tests.training.sample_folders import make_texts
from writer.training import events

WORDS = (
    "--method",
    "full",
    "--max-steps",
    "24",
    "--rate",
    "1e-2",
    "--characters",
    "300",
    "--save-every",
    "0",
)
SIGNALS_A_TRAINING = 10
SECONDS = 2.5
"""The longest time from the start of a process to its end by a signal at any moment."""

SOON = 0.5
"""The longest time from the start of a process to the wait for the next checkpoint."""


@dataclass
class Tally:
    """What became of the signals of one kind; `wrong` says what must not be."""

    kind: signal.Signals
    wanted: int
    sent: int = 0
    inside: int = 0
    trainings: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def wants_inside(self) -> bool:
        """Whether the next signal is to come inside the writing of a checkpoint."""
        return self.inside * 2 < self.wanted

    def row(self) -> str:
        """A line of the table."""
        return f"{self.kind.name:10}{self.sent:8}{self.inside:8}{self.trainings:11}{len(self.wrong):7}"


class Trial:
    """Trainings that all are to end with the weights of `model`, from the base in `base`."""

    def __init__(self, base: Path, model: Path, chance: random.Random) -> None:
        self._base, self._untouched = base, hashes(base)
        self._weights = weights(model)
        self._chance = chance

    def run(self, home: Home, tally: Tally) -> None:
        """One training that is ended again and again, and then goes to its end."""
        saved = 0
        for _ in range(min(SIGNALS_A_TRAINING, tally.wanted - tally.sent)):
            child = home.start()
            status = self._end(home, child, tally)
            if status == 0:
                if home.run() is not None:
                    tally.wrong.append("ended as if the training were over")
                break
            tally.sent += 1
            saved = self._look(home, child, status, saved, tally)
        if not home.models():
            child = home.start()
            if child.wait() != 0:
                tally.wrong.append(f"the training did not end: {child.told()[-1:]}")
        found = [weights(model) for model in home.models()]
        if found != [self._weights]:
            tally.wrong.append(f"{len(found)} models, or not with the weights of an undisturbed training")
        if home.run() is not None:
            tally.wrong.append("something is left of the training")
        tally.trainings += 1

    def _end(self, home: Home, child: Child, tally: Tally) -> int:
        """Send the signal at a moment of chance; the exit status, 0 where the training was faster."""
        if not tally.wants_inside:
            time.sleep(self._chance.uniform(0, SECONDS))
            return child.end(tally.kind)
        if tally.kind is signal.SIGKILL:
            inside = kill_within_writing(home, child, self._chance, SOON)
            tally.inside += inside
            return -signal.SIGKILL if inside or not home.models() else 0
        time.sleep(self._chance.uniform(0, SOON))
        tally.inside += child.until(writes(home))
        return child.end(tally.kind)

    def _look(self, home: Home, child: Child, status: int, saved: int, tally: Tally) -> int:
        """What must be so after a signal; the last step that was said to be on the disk."""
        told = child.told()
        steps = [event.step for event in told if isinstance(event, events.StepFinished)]
        if steps and not child.begins_behind(saved):
            tally.wrong.append(f"began with step {steps[0]} where {saved} steps were saved")
        saved = child.saved(saved)
        if tally.kind is signal.SIGTERM and steps and (status != 1 or saved < steps[-1]):
            tally.wrong.append(f"status {status} and {saved} steps saved of {steps[-1]}")
        if hashes(self._base) != self._untouched:
            tally.wrong.append("the base was touched")
        if any(weights(model) != self._weights for model in home.models()):
            tally.wrong.append("a model that is not whole is seen")
        return saved


def run(kills: int, terms: int, folder: Path, chance: random.Random) -> list[Tally]:
    """End trainings in `folder` by so many signals of both kinds."""
    base = small_models.make_gpt2(folder / "small-gpt2", steps=10)
    texts = make_texts(folder / "letters", 6, 8)
    context, words = server(), (str(texts), "--base", str(base), *WORDS)
    undisturbed = Home(folder / "undisturbed", words, context)
    undisturbed.path.mkdir()
    assert undisturbed.start().wait() == 0
    (model,) = undisturbed.models()
    trial, tallies = Trial(base, model, chance), []
    for kind, wanted in ((signal.SIGKILL, kills), (signal.SIGTERM, terms)):
        tally = Tally(kind, wanted)
        while tally.sent < wanted:
            home = Home(folder / f"{kind.name}-{tally.trainings}", words, context)
            home.path.mkdir()
            trial.run(home, tally)
            print(tally.row(), flush=True)
        tallies.append(tally)
    return tallies


def main(arguments: Sequence[str] | None = None) -> int:
    """End trainings; the exit status is 1 where something was not as it must be."""
    parser = argparse.ArgumentParser(prog="training_kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=50, help="SIGKILLs (50)")
    parser.add_argument("--terms", type=int, default=50, help="SIGTERMs (50)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    print(f"{'signal':10}{'sent':>8}{'inside':>8}{'trainings':>11}{'wrong':>7}", flush=True)
    with tempfile.TemporaryDirectory(prefix="writer-training-kills-") as name:
        tallies = run(options.kills, options.terms, Path(name), random.Random(options.seed))
    wrong = [sentence for tally in tallies for sentence in tally.wrong]
    print("\n".join(wrong) or "all ended with the weights of an undisturbed training")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
