"""The memory probe of a training: runs a few sequences to find how many fit into memory at a time."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil
import torch

from writer.base.freed_memory import release_freed_memory, retain_freed_memory
from writer.base.progress import CancelCheck, Cancelled, never
from writer.models import memory_estimate
from writer.training import precision
from writer.training.lora import trainable_weights
from writer.training.loss import OutOfMemoryError, summed_loss
from writer.training.plan import Plan
from writer.training.quantised.base_loader import BaseLoader

_USABLE = 0.8
"""The share of the free memory that a training may take."""

_MOMENTS = 8
"""Bytes of AdamW's two moments for each trainable weight."""

_SAMPLE_SECONDS = 0.003

_CPU_TOKENS = 1024
"""The most tokens of a pass on a CPU, whose caches more of them overflow.

With the starter, LoRA and bfloat16 on one core, 1, 2 and 4 sequences of 512 tokens are learned at 180, 178
and 150 tokens a second, and of 256 at 194, 197 and 195.
"""


@dataclass(frozen=True, slots=True)
class MemoryNeed:
    """The measured need: `batch` sequences fit at a time and take `bytes`; one sequence takes `seconds`."""

    batch: int
    bytes: int
    seconds: float


def free_bytes(device: str) -> int:
    """The free memory of `device` ("cpu", "cuda", "mps"), in bytes."""
    if device == "cuda":
        return int(torch.cuda.mem_get_info()[0])
    if device == "mps":
        return int(torch.mps.recommended_max_memory()) - int(torch.mps.driver_allocated_memory())
    return memory_estimate.system_memory().free


def resident_bytes(device: str) -> int:
    """The memory of `device` that this process holds now, in bytes."""
    if device == "cuda":
        return int(torch.cuda.memory_allocated())
    if device == "mps":
        return int(torch.mps.driver_allocated_memory())
    return int(psutil.Process().memory_info().rss)


def measure(
    model: Any, plan: Plan, device: str, free: int, cancelled: CancelCheck = never
) -> MemoryNeed | None:
    """Measure one and two sequences of the plan; None where not even one fits into `free` bytes.

    `model` is prepared and on `device`; its gradients are dropped afterwards. The batch is a power of two, at
    most `plan.sequences`, and on a CPU no larger than is fast. Raises Cancelled, between two passes.
    """
    fixed = _MOMENTS * sum(weight.numel() for weight in trainable_weights(model).values())
    room = int(free * _USABLE) - fixed
    most = min(plan.sequences, max(1, _CPU_TOKENS // plan.window)) if device == "cpu" else plan.sequences
    passes = _Passes(model, plan, device, cancelled)
    try:
        passes.run(1)  # what is made once: gradients, buffers of the libraries
        one = passes.peak_growth(1)
        two = passes.peak_growth(2) if most > 1 and 2 * one < room else 0
        if one > room:
            return None
        each = max(two - one, one // 4, 1)
        batch = 1
        while 2 * batch <= most and two and one + each * (2 * batch - 1) < room:
            batch *= 2
        batch, seconds = passes.largest_batch(batch)
    except torch.OutOfMemoryError:
        return None
    finally:
        model.zero_grad(set_to_none=True)
        gc.collect()
    return MemoryNeed(batch, fixed + one + each * (batch - 1), seconds)


def probe_memory(
    base: Path,
    draft: Plan,
    device: str,
    loader: BaseLoader,
    four_bits: bool = False,
    cancelled: CancelCheck = never,
) -> tuple[Plan, Any, MemoryNeed]:
    """The plan with the batch that fits, the model prepared for it on the device, and the measured need.

    Where the model in the folder `base` does not fit as `draft` has it, it is tried with gradient
    checkpointing, and then, if `four_bits`, in 4 bits. Raises ModelError, OutOfMemoryError and Cancelled.
    """
    draft = _for_device(draft, device)
    for plan in _tries(draft, four_bits):
        model, need = _try(base, plan, device, loader, cancelled)
        if need is not None:
            return replace(plan, batch=need.batch), model, need
        del model  # before the next one is loaded
        gc.collect()
        if device == "cuda":
            torch.cuda.empty_cache()
    raise out_of_memory_error(free_bytes(device))


def _tries(draft: Plan, four_bits: bool) -> Iterator[Plan]:
    for method in ("lora", "qlora") if four_bits and draft.method == "lora" else (draft.method,):
        for checkpointing in (False, True):
            yield replace(draft, method=method, checkpointing=checkpointing)


def _try(
    base: Path, plan: Plan, device: str, loader: BaseLoader, cancelled: CancelCheck
) -> tuple[Any, MemoryNeed | None]:
    """The model on the device and its need, None where it does not fit."""
    try:
        model = loader.load(base, plan, device).to(device)
    except torch.OutOfMemoryError:
        return None, None
    with retain_freed_memory():
        return model, measure(model, plan, device, free_bytes(device), cancelled)


def _for_device(plan: Plan, device: str) -> Plan:
    """The plan with the device's precision; on a CPU with eager attention, as SDPA is slow in bfloat16."""
    chosen = precision.best_precision(device)
    parts = device == "cpu" and chosen == "bf16-mixed"
    return replace(plan, precision=chosen, attention="eager" if parts else "sdpa")


def out_of_memory_error(free: int) -> OutOfMemoryError:
    """The error for a training that does not fit into `free` bytes."""
    return OutOfMemoryError(
        "This training does not fit into the {free} GB of memory that are free; "
        "close other programs, or choose a smaller model.",
        free=f"{free / 1e9:.1f}",
    )


@dataclass(frozen=True, slots=True)
class _Passes:
    """Forward and backward passes of `model` by `plan`; `cancelled` is asked before each."""

    model: Any
    plan: Plan
    device: str
    cancelled: CancelCheck

    def run(self, sequences: int) -> None:
        """One pass over random ids, int64 [sequences, window]."""
        if self.cancelled():
            raise Cancelled
        generator = torch.Generator().manual_seed(0)
        shape = (sequences, self.plan.window)
        ids = torch.randint(0, self.model.config.vocab_size, shape, generator=generator).to(self.device)
        with torch.autocast(self.device, torch.bfloat16, enabled=self.plan.precision == "bf16-mixed"):
            loss = summed_loss(self.model, ids, ids)
        loss.backward()  # type: ignore[no-untyped-call]
        if self.device == "cuda":
            torch.cuda.synchronize()

    def peak_growth(self, sequences: int) -> int:
        """Peak bytes of a pass, on top of the memory in use before."""
        if self.device == "cuda":
            before = torch.cuda.memory_allocated()
            torch.cuda.reset_peak_memory_stats()
            self.run(sequences)
            return int(torch.cuda.max_memory_allocated()) - before
        release_freed_memory()
        return _peak_rss_growth(lambda: self.run(sequences))

    def largest_batch(self, batch: int) -> tuple[int, float]:
        """The largest batch that really fits, halving from `batch`, and its seconds for each sequence."""
        while True:
            try:
                self.run(batch)  # its memory is fetched here
                started = time.perf_counter()
                self.run(batch)
                return batch, (time.perf_counter() - started) / batch
            except torch.OutOfMemoryError:
                if batch == 1:
                    raise
            batch //= 2


def _peak_rss_growth(work: Callable[[], None]) -> int:
    """Peak growth of this process's resident memory during `work`, in bytes, sampled by a thread."""
    process = psutil.Process()
    before = top = process.memory_info().rss
    done = threading.Event()

    def watch() -> None:
        nonlocal top
        while not done.wait(_SAMPLE_SECONDS):
            top = max(top, process.memory_info().rss)

    watcher = threading.Thread(target=watch, name="memory")
    watcher.start()
    try:
        work()
    finally:
        done.set()
        watcher.join()
    return int(max(0, max(top, process.memory_info().rss) - before))
