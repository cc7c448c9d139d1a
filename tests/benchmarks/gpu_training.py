"""Full fine-tuning on a graphics card: ours beside transformers' `Trainer`, and the card's own matrix speed.

    python -m tests.benchmarks.gpu_training [--batch 32] [--steps 30]

GPT-2 124M in its default shape with random weights, sequences of 1,024 random tokens, bfloat16, the same
batch for all. The share is 6 times the weights plus 12 times layers, width and window, for each token, over
what an 8,192 x 8,192 product of bfloat16 matrices reached in the same run. Prints a table; writes
`gpu_training.json` into the folder $OUT if set.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
import transformers

from writer.training.control import TrainingControl
from writer.training.data_module import TokenDataModule
from writer.training.events import Event, StepFinished, TrainingRequest
from writer.training.lora import prepare_model
from writer.training.plan import Plan
from writer.training.run_folder import TrainingRuns
from writer.training.trainer import FitJob, fit

WINDOW = 1_024
TARGET = 0.35
_SIDE = 8_192
_ROWS = 512


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; 0 where the best of ours reaches the target share, else 1."""
    parser = argparse.ArgumentParser(prog="gpu_training", description=__doc__)
    parser.add_argument("--batch", type=int, default=32, help="sequences in a step (32)")
    parser.add_argument("--steps", type=int, default=30, help="steps of each way, a third to warm up (30)")
    options = parser.parse_args(arguments)
    if not torch.cuda.is_available():
        print("gpu_training: there is no NVIDIA graphics card that torch can use", file=sys.stderr)
        return 2
    card, peak = torch.cuda.get_device_name(), matrix_speed()
    print(f"{card}, torch {torch.__version__}, {peak / 1e12:.0f} TFLOP/s in bfloat16", flush=True)
    rows = []
    for name, way in _ways(options.batch, options.steps).items():
        torch.cuda.reset_peak_memory_stats()
        speed = way()
        memory = torch.cuda.max_memory_allocated()
        row = {"engine": name, "tokens_per_second": round(speed), "share": speed * _work() / peak}
        rows.append(row | {"peak_mb": round(memory / 1e6)})
        print(f"  {name:30}{speed:12,.0f} tokens/s{row['share']:8.1%}{memory / 1e9:8.1f} GB", flush=True)
        gc.collect()
        torch.cuda.empty_cache()
    if os.environ.get("OUT"):
        result = {"machine": card, "matrix_flops": peak, "batch": options.batch, "rows": rows}
        (Path(os.environ["OUT"]) / "gpu_training.json").write_text(json.dumps(result, indent=1), "utf-8")
    return 0 if max(r["share"] for r in rows if r["engine"].startswith("writer")) >= TARGET else 1


def matrix_speed() -> float:
    """Operations a second of the card in a large product of bfloat16 matrices."""
    a, b = (torch.randn(_SIDE, _SIDE, device="cuda", dtype=torch.bfloat16) for _ in range(2))
    for _ in range(5):
        a @ b
    torch.cuda.synchronize()
    started = time.perf_counter()
    for _ in range(20):
        a @ b
    torch.cuda.synchronize()
    return 20 * 2 * _SIDE**3 / (time.perf_counter() - started)


def _ways(batch: int, steps: int) -> dict[str, Callable[[], float]]:
    return {
        "writer": lambda: _ours(batch, steps, compiled=False),
        "transformers Trainer": lambda: _theirs(batch, steps, compiled=False),
        "writer, compiled": lambda: _ours(batch, steps, compiled=True),
        "transformers Trainer, compiled": lambda: _theirs(batch, steps, compiled=True),
    }


def _ours(batch: int, steps: int, compiled: bool) -> float:
    plan = Plan(
        "full", WINDOW, batch, batch, steps, 5e-5, steps + 1, precision="bf16-mixed", compiled=compiled
    )
    times: list[float] = []

    def note(event: Event) -> None:
        if isinstance(event, StepFinished):
            torch.cuda.synchronize()
            times.append(time.perf_counter())

    rows = [{"input_ids": row} for row in _tokens()]
    with tempfile.TemporaryDirectory() as folder:
        run = TrainingRuns(Path(folder)).new(TrainingRequest("benchmark"))
        texts = TokenDataModule(rows, rows[:1], plan)
        model = prepare_model(_model(), plan)
        fit(FitJob(run, plan, model, texts, "cuda"), TrainingControl(), note, lambda _model: ())
    return _speed(times[:-1], batch)  # the last step saves


def _theirs(batch: int, steps: int, compiled: bool) -> float:
    times: list[float] = []

    class Clock(transformers.TrainerCallback):  # type: ignore[misc]
        def on_step_end(self, *_arguments: Any, **_more: Any) -> None:
            torch.cuda.synchronize()
            times.append(time.perf_counter())

    data = [{"input_ids": row, "labels": row} for row in _tokens()] * (1 + batch * steps // _ROWS)
    with tempfile.TemporaryDirectory() as folder:
        arguments = transformers.TrainingArguments(
            folder,
            per_device_train_batch_size=batch,
            max_steps=steps,
            bf16=True,
            torch_compile=compiled,
            report_to=[],
            save_strategy="no",
            logging_strategy="no",
            disable_tqdm=True,
        )
        transformers.Trainer(_model(), arguments, train_dataset=data, callbacks=[Clock()]).train()
    return _speed(times, batch)


def _model() -> Any:
    torch.manual_seed(0)
    return transformers.GPT2LMHeadModel(transformers.GPT2Config())


def _tokens() -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return list(torch.randint(0, 50_257, (_ROWS, WINDOW), generator=generator))


def _speed(times: list[float], batch: int) -> float:
    first = len(times) // 3
    return batch * WINDOW * (len(times) - 1 - first) / (times[-1] - times[first])


def _work() -> float:
    """Operations that a token takes, forward and backward."""
    config = transformers.GPT2Config()
    with torch.device("meta"):
        weights = sum(weight.numel() for weight in transformers.GPT2LMHeadModel(config).parameters())
    return float(6 * weights + 12 * config.n_layer * config.n_embd * WINDOW)


if __name__ == "__main__":
    sys.exit(main())
