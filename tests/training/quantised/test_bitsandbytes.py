"""A base in 4 bits by bitsandbytes itself, on a processor; only where somebody installed it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.training.quantised.test_base_loader import PLAN
from writer.models.weights.lora_adapter import CONFIG, WEIGHTS
from writer.training.lora import count_weights, load_base, prepare_model, save_adapter
from writer.training.loss import summed_loss
from writer.training.quantised.four_bits import quantise

pytest.importorskip("bitsandbytes")
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.parametrize("kind", ["gpt2", "llama"])
def test_the_adapter_is_that_of_the_usual_base(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    base: Path = request.getfixturevalue(kind)
    small = prepare_model(quantise(base, "cpu"), replace(PLAN, method="qlora"))
    usual = prepare_model(load_base(base), PLAN)
    assert count_weights(small) == count_weights(usual)
    assert sum(type(weight).__name__ == "Params4bit" for weight in small.parameters()) >= 8
    ids = torch.arange(1, 33).reshape(2, 16)
    summed_loss(small, ids, ids).backward()  # type: ignore[no-untyped-call]
    learned = [weight for weight in small.parameters() if weight.requires_grad]
    assert all(weight.grad is not None and weight.dtype == torch.float32 for weight in learned)
    for name, model in (("small", small), ("usual", usual)):
        assert save_adapter(model, "base", tmp_path / name)
    configs = [json.loads((tmp_path / name / CONFIG).read_text("utf-8")) for name in ("small", "usual")]
    for config in configs:
        config["target_modules"] = sorted(config["target_modules"])
    assert configs[0] == configs[1]
    matrices = [load_file(tmp_path / name / WEIGHTS) for name in ("small", "usual")]
    assert matrices[0].keys() == matrices[1].keys()
    for name, matrix in matrices[0].items():  # peft begins with numbers rounded to bfloat16
        torch.testing.assert_close(matrix, matrices[1][name], rtol=0.01, atol=0)
