"""Full fine-tuning on a processor: ours beside transformers' `Trainer`, in turns within one run.

    python -m tests.benchmarks.training_speed [--rounds 3] [--steps 6]

GPT-2 of six layers with random weights, four sequences of 256 random tokens in a step, the same for both, in
float32 and, where the processor multiplies in it, in bfloat16; each turn is a process of its own. Prints the
median tokens a second and the peak memory of each way, and the ratios.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
import transformers

from writer.training import precision
from writer.training.control import TrainingControl
from writer.training.data_module import TokenDataModule
from writer.training.events import Event, StepFinished, TrainingRequest
from writer.training.lora import prepare_model
from writer.training.plan import Plan, Precision
from writer.training.run_folder import TrainingRuns
from writer.training.trainer import FitJob, fit

WINDOW, SEQUENCES, ROWS = 256, 4, 128
OURS, THEIRS = "writer", "transformers Trainer"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; 0 where ours is at least as fast, else 1."""
    parser = argparse.ArgumentParser(prog="training_speed", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="turns of each way (3)")
    parser.add_argument("--steps", type=int, default=6, help="steps of each turn, the first not timed (6)")
    parser.add_argument("--turn", nargs=2, metavar=("WAY", "PRECISION"), help="one turn, as JSON")
    options = parser.parse_args(arguments)
    if options.turn:
        way, kind = options.turn
        print(json.dumps(_turn(way, kind, options.steps)))
        return 0
    kinds: list[Precision] = ["32-true"]
    if precision.best_precision("cpu") != "32-true":
        kinds.append("bf16-mixed")
    ratios = [_compare(kind, options.rounds, options.steps) for kind in kinds]
    return 0 if min(ratios) >= 1 else 1


def _compare(kind: Precision, rounds: int, steps: int) -> float:
    """Print both ways' rows; how many times faster ours is."""
    speeds: dict[str, list[float]] = {OURS: [], THEIRS: []}
    peaks = dict.fromkeys(speeds, 0.0)
    for turn in range(rounds):
        for way in sorted(speeds, reverse=bool(turn % 2)):
            found = _in_a_process(way, kind, steps)
            speeds[way] += [SEQUENCES * WINDOW / (b - a) for a, b in pairwise(found["times"])]
            peaks[way] = max(peaks[way], found["peak_mb"])
    medians = {way: statistics.median(values) for way, values in speeds.items()}
    for way, speed in medians.items():
        spread = f"{min(speeds[way]):,.0f} to {max(speeds[way]):,.0f}"
        print(f"{kind:12}{way:24}{speed:8,.0f} tokens/s ({spread}){peaks[way]:8,.0f} MB", flush=True)
    ratio = medians[OURS] / medians[THEIRS]
    print(f"{kind:12}{'ratio':24}{ratio:8.3f}", flush=True)
    return ratio


def _in_a_process(way: str, kind: Precision, steps: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.benchmarks.training_speed", "--turn", way, kind]
    done = subprocess.run([*command, "--steps", str(steps)], check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _turn(way: str, kind: Precision, steps: int) -> dict[str, Any]:
    times = (_ours if way == OURS else _theirs)(kind, steps)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"times": times, "peak_mb": peak / 1e6}


def _ours(kind: Precision, steps: int) -> list[float]:
    plan = Plan("full", WINDOW, SEQUENCES, SEQUENCES, steps + 1, 5e-5, steps + 2, precision=kind)
    times: list[float] = []

    def note(event: Event) -> None:
        if isinstance(event, StepFinished):
            times.append(time.perf_counter())

    rows = [{"input_ids": row.tolist()} for row in _tokens()]
    with tempfile.TemporaryDirectory() as folder:
        run = TrainingRuns(Path(folder)).new(TrainingRequest("benchmark"))
        texts = TokenDataModule(rows, rows[:1], plan)
        job = FitJob(run, plan, prepare_model(_model(), plan), texts, "cpu")
        fit(job, TrainingControl(), note, lambda _model: ())
    return times[:-1]  # the last step looks at held-out text and saves


def _theirs(kind: Precision, steps: int) -> list[float]:
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
            bf16=kind == "bf16-mixed",
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
