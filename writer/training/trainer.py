"""The fitting stage: Lightning's `Trainer` with the callbacks and options of this program."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from pytorch_lightning import Callback, Trainer
from pytorch_lightning.plugins.environments import (  # type: ignore[attr-defined]
    LightningEnvironment,
)
from pytorch_lightning.utilities.exceptions import (  # type: ignore[attr-defined]
    MisconfigurationException,
)

from writer.base.freed_memory import retain_freed_memory
from writer.training.callbacks import CheckpointCallback, ProgressCallback, SampleFunction, ValidationCallback
from writer.training.checkpoints import AtomicCheckpointIO
from writer.training.control import TrainingControl
from writer.training.data_module import TokenDataModule
from writer.training.distributed.ranks import is_below_srun
from writer.training.events import BatchReduced, OnEvent, TrainingRequest
from writer.training.lightning_module import FineTuningModule
from writer.training.plan import Plan
from writer.training.run_folder import TrainingError, TrainingRun
from writer.training.timing.pace import Pace


@dataclass(frozen=True, slots=True)
class FitJob:
    """The inputs of a fit: `model`, prepared for the method of `plan`, and the token rows of `texts`.

    `device` is the name of Lightning's accelerator. The checkpoints lie in the folder of `run`. `later` gives
    the seconds of the stages after the fit, from those of training on one sequence.
    """

    run: TrainingRun
    plan: Plan
    model: Any
    texts: TokenDataModule
    device: str
    later: Callable[[float], float] = lambda _sequence: 0.0


def fit(
    job: FitJob,
    control: TrainingControl,
    on_event: OnEvent,
    sample: SampleFunction,
    clock: Callable[[], float] = time.monotonic,
) -> float:
    """Train the model by the plan, from the run's checkpoint on where there is one; `clock` gives seconds.

    Returns the seconds of training on one sequence, 0 where they are not known.
    Raises StoppedEarly, TrainingError, OutOfMemoryError.
    """
    if job.device == "cuda":
        torch.set_float32_matmul_precision("high")
    run, request = job.run, job.run.request()
    module = FineTuningModule(
        job.model, job.plan, lambda batch: on_event(BatchReduced(module.global_step, batch))
    )
    pace = Pace(job.texts.validation_rows(job.device), clock)
    progress = ProgressCallback(run, on_event, pace, job.later)
    validation = ValidationCallback(run, job.texts, on_event, sample)
    checkpoints = CheckpointCallback(run, control, on_event, request.save_every, pace.skip_pause)
    for name in ("pytorch_lightning", "lightning_fabric", "lightning.pytorch"):
        logging.getLogger(name).setLevel(logging.ERROR)  # INFO since they were imported
    trainer = _trainer(job, request, [progress, validation, checkpoints])
    start = str(run.checkpoint) if run.checkpoint.exists() else None
    with retain_freed_memory():
        trainer.fit(module, datamodule=job.texts, ckpt_path=start, weights_only=True)
    if trainer.is_global_zero:
        run.mark_fitted()
    return pace.step_seconds / job.plan.sequences


def _environment() -> list[LightningEnvironment]:
    """Lightning's own environment where it would take a shell in an allocation of SLURM for srun."""
    return [LightningEnvironment()] if "SLURM_NTASKS" in os.environ and not is_below_srun() else []


def _trainer(job: FitJob, request: TrainingRequest, callbacks: list[Callback]) -> Trainer:
    """Lightning's trainer. Raises TrainingError where this machine cannot train as the request says."""
    try:
        return Trainer(
            accelerator=job.device,
            devices=request.devices,
            num_nodes=request.num_nodes,
            strategy=request.strategy,
            precision=job.plan.precision,
            max_steps=job.plan.steps,
            max_epochs=-1,
            callbacks=callbacks,
            plugins=[AtomicCheckpointIO(), *_environment()],
            limit_val_batches=0,
            use_distributed_sampler=False,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            default_root_dir=job.run.path,
        )
    except (ValueError, MisconfigurationException) as error:
        raise TrainingError(
            "The strategy {strategy} cannot train on {count} devices of the kind {device}; "
            "choose another, or leave it out.",
            strategy=request.strategy,
            count=request.devices,
            device=job.device,
        ) from error
