"""How much of a step fits into the memory: found by trying, before the training begins."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil
import torch

from writer.models import memory
from writer.training.lora import load_base, prepare, trained
from writer.training.module import OutOfMemoryError, summed_loss
from writer.training.plan import Plan

_USABLE = 0.8
"""The part of the free memory that a training takes at the most."""

_MOMENTS = 8
"""Bytes that AdamW keeps for each weight that learns."""

_SAMPLE_SECONDS = 0.003


@dataclass(frozen=True, slots=True)
class Need:
    """What trying showed: `batch` sequences fit; bytes that they take; seconds for one sequence."""

    batch: int
    bytes: int
    seconds: float


def free_bytes(device: str) -> int:
    """The memory that is free on the device."""
    if device == "cuda":
        return int(torch.cuda.mem_get_info()[0])
    if device == "mps":
        return int(torch.mps.recommended_max_memory()) - int(torch.mps.driver_allocated_memory())
    return memory.here().free


def resident_bytes(device: str) -> int:
    """The memory of the device that this process holds now."""
    if device == "cuda":
        return int(torch.cuda.memory_allocated())
    if device == "mps":
        return int(torch.mps.driver_allocated_memory())
    return int(psutil.Process().memory_info().rss)


def measure(model: Any, device: str, window: int, most: int, free: int) -> Need | None:
    """Try one and two sequences of `window` tokens; None where not even one fits into `free` bytes.

    `model` is on its device and prepared. Its gradients are dropped again. At the most, `most` sequences are
    taken.
    """
    fixed = _MOMENTS * sum(weight.numel() for weight in trained(model).values())
    room = int(free * _USABLE) - fixed
    try:
        _try(model, device, window, 1)  # what is made once: gradients, buffers of the libraries
        started = time.perf_counter()
        one = _try(model, device, window, 1)
        seconds = time.perf_counter() - started
        two = _try(model, device, window, 2) if most > 1 and 2 * one < room else 0
    except torch.OutOfMemoryError:
        return None
    finally:
        model.zero_grad(set_to_none=True)
        gc.collect()
    if one > room:
        return None
    each = max(two - one, one // 4, 1)
    batch = 1
    while 2 * batch <= most and two and one + each * (2 * batch - 1) < room:
        batch *= 2
    if device != "cpu" and batch > 1:
        batch, seconds = _together(model, device, window, batch, seconds)
    return Need(batch, fixed + one + each * (batch - 1), seconds)


def _together(model: Any, device: str, window: int, batch: int, alone: float) -> tuple[int, float]:
    """How many of `batch` sequences really fit, and the seconds for each; one takes `alone` by itself.

    A graphics card works on many sequences in little more time than on one.
    """
    try:
        while batch > 1:
            try:
                started = time.perf_counter()
                _try(model, device, window, batch)
                return batch, (time.perf_counter() - started) / batch
            except torch.OutOfMemoryError:
                batch //= 2
        return 1, alone
    finally:
        model.zero_grad(set_to_none=True)


def try_out(base: Path, model: Any, drafted: Plan, device: str) -> tuple[Plan, Any, Need]:
    """The plan with the batch that fits, the model prepared for it and on the device, and what it needs.

    `model` is prepared for `drafted`; another from `base`, which saves memory, takes its place where it must.
    Raises OutOfMemoryError.
    """
    model.to(device)
    for checkpointing in (False, True):
        plan = replace(drafted, checkpointing=checkpointing)
        if checkpointing:
            model = prepare(load_base(base), plan).to(device)
        need = measure(model, device, plan.window, plan.sequences, free_bytes(device))
        if need is not None:
            return replace(plan, batch=need.batch), model, need
    raise too_small(free_bytes(device))


def too_small(free: int) -> OutOfMemoryError:
    """The sentence for a training that does not fit."""
    return OutOfMemoryError(
        f"This training does not fit into the {free / 1e9:.1f} GB of memory that are free; "
        "close other programs, or choose a smaller model."
    )


def _try(model: Any, device: str, window: int, sequences: int) -> int:
    """Bytes that forward and backward take on top of what is there already."""
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(0, model.config.vocab_size, (sequences, window), generator=generator).to(device)

    def once() -> None:
        with torch.autocast(device, torch.bfloat16, enabled=device == "cuda" and bf16_works()):
            summed_loss(model, ids, ids).backward()  # type: ignore[no-untyped-call]

    if device == "cuda":
        before = torch.cuda.memory_allocated()
        torch.cuda.reset_peak_memory_stats()
        once()
        torch.cuda.synchronize()
        return int(torch.cuda.max_memory_allocated()) - before
    return _peak(once)


def bf16_works() -> bool:
    """Whether the graphics card computes in bfloat16 itself."""
    return torch.cuda.is_available() and torch.cuda.is_bf16_supported(including_emulation=False)


def _peak(work: Callable[[], None]) -> int:
    """Bytes by which this process grows while it does `work`."""
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
