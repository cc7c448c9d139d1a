"""The memory probe of a training: it can be stopped between two passes, and knows what is fast."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import pytest

from tests.fakes import small_models
from writer.base.progress import Cancelled
from writer.training import memory_probe
from writer.training.plan import Plan
from writer.training.quantised.base_loader import BaseLoader

pytestmark = pytest.mark.filterwarnings("ignore")  # as `silence_libraries` does where the program trains

PLAN = Plan(method="lora", window=16, sequences=4, batch=1, steps=2, rate=1e-3, validate_every=1, rank=4)


def test_a_stop_is_heard_before_the_next_pass(llama: Path) -> None:
    """Ctrl+C in a preview waited for all passes, which take minutes with a large model."""
    passes = 0

    def loss(model, ids, labels):
        nonlocal passes
        passes += 1
        return summed_loss(model, ids, labels)

    summed_loss = memory_probe.summed_loss
    with (
        small_models.one_thread(),
        patch.object(memory_probe, "summed_loss", loss),
        pytest.raises(Cancelled),
    ):
        memory_probe.probe_memory(llama, PLAN, "cpu", BaseLoader(), cancelled=lambda: passes == 2)
    assert passes == 2


@pytest.mark.parametrize(("tokens", "batch"), [(1024, 4), (40, 2), (8, 1)])
def test_on_a_cpu_a_pass_has_no_more_tokens_than_are_fast(llama: Path, tokens: int, batch: int) -> None:
    with small_models.one_thread(), patch.object(memory_probe, "_CPU_TOKENS", tokens):
        plan, _, need = memory_probe.probe_memory(llama, PLAN, "cpu", BaseLoader())
    assert (plan.batch, need.batch, plan.sequences) == (batch, batch, 4)
