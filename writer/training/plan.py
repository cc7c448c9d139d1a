"""How a training goes: decided before its first step and kept, so that a resumed run does the same."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, replace
from typing import Literal

from writer.training.events import Method, TrainingRequest

Precision = Literal["32-true", "bf16-mixed"]
"""Lightning's names: all in float32, or multiplications in bfloat16 and the weights that learn in float32."""

Attention = Literal["sdpa", "eager"]
"""The names of transformers: torch's own attention in one piece, or its parts one after the other."""

EPOCHS = 3
"""How often the texts are read at the most."""

LEAST_STEPS = 8
_PER_TOKEN = {"cpu": 1_024, "mps": 4_096, "cuda": 8_192}
"""Tokens in a step: few where a step is slow, so that many steps fit into the time."""

_WINDOW = {"cpu": 256, "mps": 512, "cuda": 1_024}
_RATE: dict[Method, float] = {"lora": 1e-3, "full": 5e-5}
_FULL_BYTES = 16
"""Bytes a weight takes in full training: itself, its gradient and the two moments of AdamW."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`sequences` sequences of `window` tokens make a step; `batch` of them are in memory at a time.

    `rate` is the highest learning rate, reached after `warm_up` steps; `rank` counts for LoRA alone. The
    held-out loss is taken every `validate_every` steps, and training ends when it was no better `patience`
    times in a row. `compiled` says whether the step is compiled first, which takes half a minute (with LoRA
    nearly two) and then more than halves its time on a card.
    """

    method: Method
    window: int
    sequences: int
    batch: int
    steps: int
    rate: float
    validate_every: int
    rank: int = 16
    warm_up: int = 1
    patience: int = 3
    weight_decay: float = 0.01
    clip: float = 1.0
    checkpointing: bool = False
    precision: Precision = "32-true"
    attention: Attention = "sdpa"
    compiled: bool = False
    seed: int = 0

    def rate_factor(self, step: int) -> float:
        """The part of the highest learning rate that holds in `step`: up in a line, down as a cosine."""
        if step < self.warm_up:
            return (step + 1) / self.warm_up
        way = (step - self.warm_up) / max(1, self.steps - self.warm_up)
        return 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * min(1.0, way)))

    def dump(self) -> str:
        """The plan as JSON."""
        return json.dumps(asdict(self), indent=2)

    @staticmethod
    def load(text: str) -> Plan:
        """The plan of `dump`. Raises ValueError, TypeError."""
        return Plan(**json.loads(text))


def draft_plan(request: TrainingRequest, device: str, parameters: int, free: int, positions: int) -> Plan:
    """A plan without its steps: what a model of `parameters` weights and `positions` positions needs.

    `free` is the memory of the device in bytes. LoRA is the choice where full training would take more than
    half of it, and on a processor, where it is a third faster.
    """
    roomy = device == "cuda" and parameters * _FULL_BYTES < free / 2
    method: Method = request.method or ("full" if roomy else "lora")
    window = min(_WINDOW[device], positions)
    return Plan(
        method=method,
        window=window,
        sequences=max(1, _PER_TOKEN[device] // window),
        batch=1,
        steps=request.max_steps or LEAST_STEPS,
        rate=request.rate or _RATE[method],
        validate_every=1,
        seed=request.seed,
    )


def finish_plan(plan: Plan, request: TrainingRequest, tokens: int, seconds: float) -> Plan:
    """The plan with its steps: as many as the texts of `tokens` tokens give in EPOCHS readings.

    `seconds` is what one step takes, 0 where that must not count; then `request.minutes` bounds nothing.
    """
    steps = math.ceil(EPOCHS * tokens / (plan.sequences * plan.window))
    if seconds:
        steps = min(steps, int(request.minutes * 60 / seconds))
    steps = request.max_steps or max(LEAST_STEPS, steps)
    return replace(
        plan, steps=steps, warm_up=max(1, steps // 10), validate_every=max(1, math.ceil(steps / 6))
    )
