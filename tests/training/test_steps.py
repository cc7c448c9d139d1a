"""Steps are the same however they are divided: among processes, and into parts where memory runs out."""

from __future__ import annotations

import platform
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.fakes import small_models
from tests.training.sample_folders import events, train
from writer.training import events as job
from writer.training import precision
from writer.training.control import TrainingControl
from writer.training.data_module import TokenDataModule
from writer.training.events import BatchReduced, StepFinished, TrainingRequest
from writer.training.lora import load_base, prepare_model
from writer.training.loss import OutOfMemoryError
from writer.training.plan import Plan
from writer.training.run_folder import TrainingError, TrainingRuns
from writer.training.trainer import FitJob, fit

pytestmark = pytest.mark.filterwarnings("ignore")  # as `silence` does where the program trains

PLAN = Plan("full", window=32, sequences=8, batch=8, steps=4, rate=1e-2, validate_every=9)


def _fit(
    llama: Path, folder: Path, fits: int, request: TrainingRequest, plan: Plan = PLAN
) -> list[job.Event]:
    """Four steps, on a device into whose memory `fits` sequences go."""
    told: list[job.Event] = []
    model = prepare_model(load_base(llama), plan)

    def forward(_model: Any, _given: Any, named: dict[str, Any]) -> None:
        if len(named["input_ids"]) > fits:
            raise torch.OutOfMemoryError("out of memory")

    model.register_forward_pre_hook(forward, with_kwargs=True)
    generator = torch.Generator().manual_seed(0)
    rows = [{"input_ids": row.tolist()} for row in torch.randint(1, 200, (32, 32), generator=generator)]
    run = TrainingRuns(folder).new(request)
    with small_models.one_thread():
        texts = TokenDataModule(rows, rows[:1], plan)
        job = FitJob(run, plan, model, texts, "cpu")
        fit(job, TrainingControl(), told.append, lambda _model: ())
    return told


def _losses(told: list[job.Event]) -> list[float]:
    return [event.loss for event in told if isinstance(event, StepFinished)]


def test_a_step_that_does_not_fit_is_read_in_smaller_parts(llama: Path, tmp_path: Path) -> None:
    whole = _fit(llama, tmp_path / "whole", 8, TrainingRequest("letters"))
    parts = _fit(llama, tmp_path / "parts", 3, TrainingRequest("letters"))
    assert [(e.step, e.batch) for e in parts if isinstance(e, BatchReduced)] == [(0, 4), (0, 2)]
    assert not [e for e in whole if isinstance(e, BatchReduced)]
    assert len(_losses(parts)) == PLAN.steps
    assert _losses(parts) == pytest.approx(_losses(whole), rel=1e-4)


def test_where_not_one_sequence_fits_a_sentence_says_what_to_do(llama: Path, tmp_path: Path) -> None:
    with pytest.raises(OutOfMemoryError, match="close other programs"):
        _fit(llama, tmp_path, 0, TrainingRequest("letters"))


def test_a_strategy_that_this_machine_cannot_follow_is_one_sentence(llama: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="strategy fsdp cannot train on 2 devices"):
        _fit(llama, tmp_path, 8, TrainingRequest("letters", devices="2", strategy="fsdp"))


def test_steps_in_bfloat16_learn_as_those_in_float32(llama: Path, tmp_path: Path) -> None:
    exact = _fit(llama, tmp_path / "exact", 8, TrainingRequest("letters"))
    mixed = _fit(
        llama, tmp_path / "mixed", 8, TrainingRequest("letters"), replace(PLAN, precision="bf16-mixed")
    )
    assert _losses(mixed) != _losses(exact)
    assert _losses(mixed) == pytest.approx(_losses(exact), rel=1e-2)


@pytest.mark.parametrize(("faster", "expected"), [(4.0, "bf16-mixed"), (1.1, "32-true"), (0.1, "32-true")])
def test_a_processor_that_only_imitates_bfloat16_computes_in_float32(faster: float, expected: str) -> None:
    measured = {torch.float32: 1.0, torch.bfloat16: 1 / faster}
    assert precision.best_precision("cpu", lambda: measured) == expected


def test_both_types_are_measured_in_turn() -> None:
    assert all(0 < seconds < 60 for seconds in precision.matmul_seconds().values())


FAULTS = """
import resource
import torch
from writer.base.freed_memory import retain_freed_memory

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(4):
        torch.ones(1 << 23)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

usual = max(faults() for _ in range(3))
with retain_freed_memory():
    faults()
    kept = min(faults() for _ in range(3))
print(usual, kept, max(faults() for _ in range(3)))
"""
"""The page faults of four tensors of 32 MB: as usual, kept, and as usual again."""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_freed_memory_is_kept_for_the_next_tensor_and_given_back_at_the_end() -> None:
    done = subprocess.run([sys.executable, "-c", FAULTS], capture_output=True, text=True, check=True)
    usual, kept, after = map(int, done.stdout.split())
    assert kept < usual / 4 < after


@pytest.mark.slow
def test_two_processes_learn_as_one_does(
    texts: Path, few_steps: tuple[object, ...], losses_alone: list[float]
) -> None:
    done = train(texts, *few_steps, "--devices", "2", "--strategy", "ddp")
    assert done.returncode == 0, done.stderr
    assert _losses(events(done.stdout)) == pytest.approx(losses_alone, rel=1e-3)
