"""What a training shows of its model is written as the engine lets it write."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from writer.evaluation.documents import EvaluationDocument
from writer.training.samples import TextSampler


class EchoModel:
    """A model that goes on with an exclamation mark, and keeps what it was given."""

    def __init__(self) -> None:
        self.training = True
        self.device = torch.device("cpu")
        self.given: list[list[int]] = []

    def train(self, mode: bool = True) -> None:
        self.training = mode

    def eval(self) -> None:
        self.training = False

    def generate(self, input_ids: torch.Tensor, **_more: Any) -> torch.Tensor:
        assert not self.training
        self.given.append(input_ids[0].tolist())
        return torch.cat([input_ids, torch.full((1, 1), ord("!"))], dim=1)


@pytest.mark.parametrize("start", [(7,), (7, 8), ()])
def test_continuations_begin_with_the_start_tokens(start: tuple[int, ...]) -> None:
    vocabulary: Any = SimpleNamespace(
        special=SimpleNamespace(start=start),
        encode=lambda text: list(text.encode()),
        decode=bytes,
    )
    model = EchoModel()
    document = EvaluationDocument("a", "One two three four. " * 20)
    sampler = TextSampler([document], vocabulary, model)
    (sample,) = sampler(model)
    assert (sample.before, sample.after) == ("!", "!")
    for ids in model.given:
        assert tuple(ids[: len(start)]) == start
        assert sample.prompt.endswith(bytes(ids[len(start) :]).decode())
    assert model.training
