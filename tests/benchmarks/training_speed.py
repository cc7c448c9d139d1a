"""Full fine-tuning on a processor: ours beside transformers' `Trainer`, in turns within one run.

    python -m tests.benchmarks.training_speed [--rounds 3] [--steps 6]

GPT-2 of six layers with random weights, float32, four sequences of 256 random tokens in a step, the same
for both. Prints the median tokens a second of each way, and the ratio.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
import transformers

from writer.training.control import Control
from writer.training.data import Batches
from writer.training.fit import fit, silence
from writer.training.folder import Runs
from writer.training.job import Event, Stepped, Wish
from writer.training.lora import prepare
from writer.training.plan import Plan

WINDOW, SEQUENCES, ROWS = 256, 4, 128


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; 0 where ours is at least as fast, else 1."""
    parser = argparse.ArgumentParser(prog="training_speed", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="turns of each way (3)")
    parser.add_argument("--steps", type=int, default=6, help="steps of each turn, the first not timed (6)")
    options = parser.parse_args(arguments)
    silence()
    ways = {"writer": _ours, "transformers Trainer": _theirs}
    speeds: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(options.rounds):
        for name in sorted(ways, reverse=bool(turn % 2)):
            times = ways[name](options.steps)
            tokens = SEQUENCES * WINDOW
            speeds[name] += [tokens / (b - a) for a, b in pairwise(times)]
    medians = {name: statistics.median(values) for name, values in speeds.items()}
    for name, speed in medians.items():
        print(f"{name:24}{speed:10,.0f} tokens/s")
    ratio = medians["writer"] / medians["transformers Trainer"]
    print(f"{'ratio':24}{ratio:10.3f}")
    return 0 if ratio >= 1 else 1


def _ours(steps: int) -> list[float]:
    plan = Plan("full", WINDOW, SEQUENCES, SEQUENCES, steps + 1, 5e-5, steps + 2)
    times: list[float] = []

    def note(event: Event) -> None:
        if isinstance(event, Stepped):
            times.append(time.perf_counter())

    rows = [{"input_ids": row.tolist()} for row in _tokens()]
    with tempfile.TemporaryDirectory() as folder:
        run = Runs(Path(folder)).new(Wish("benchmark"))
        texts = Batches(rows, rows[:1], plan)
        fit(
            run,
            run.wish(),
            plan,
            prepare(_model(), plan),
            texts,
            "cpu",
            Control(),
            note,
            lambda _model: (),
        )
    return times[:-1]  # the last step looks at held-out text and saves


def _theirs(steps: int) -> list[float]:
    times: list[float] = []

    class Clock(transformers.TrainerCallback):  # type: ignore[misc]
        def on_step_end(self, *_arguments: Any, **_more: Any) -> None:
            times.append(time.perf_counter())

    data = [{"input_ids": row, "labels": row} for row in _tokens()]
    with tempfile.TemporaryDirectory() as folder:
        given = transformers.TrainingArguments(
            folder,
            per_device_train_batch_size=SEQUENCES,
            max_steps=steps,
            use_cpu=True,
            report_to=[],
            save_strategy="no",
            logging_strategy="no",
            disable_tqdm=True,
        )
        transformers.Trainer(_model(), given, train_dataset=data, callbacks=[Clock()]).train()
    return times


def _model() -> Any:
    torch.manual_seed(0)
    return transformers.GPT2LMHeadModel(transformers.GPT2Config(n_layer=6))


def _tokens() -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return list(torch.randint(0, 50_257, (ROWS, WINDOW), generator=generator))


if __name__ == "__main__":
    sys.exit(main())
