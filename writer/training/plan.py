"""The plan of a training: its hyperparameters, decided before the first step and saved for a resumed run."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Literal

import msgspec

from writer.base.errors import UserError
from writer.base.typed_data import Count
from writer.training.events import Amount, Method, Seed, TrainingRequest

Positive = Annotated[int, msgspec.Meta(ge=1, le=1 << 30)]
"""A number of tokens, sequences or steps."""

Precision = Literal["32-true", "bf16-mixed"]
"""Lightning's names: float32 throughout, or bfloat16 multiplications with float32 trainable weights."""

Attention = Literal["sdpa", "eager"]
"""The names of transformers: torch's fused attention, or its single operations."""

EPOCHS = 3
"""Epochs of a training, at most, where nobody chose another number."""

RANK = 16
"""The rank of LoRA where nobody chose another."""

MOST_RANK, MOST_EPOCHS, MOST_RATE, LEAST_WINDOW = 256, 100, 1.0, 16
"""What a person may choose: more would take more memory or time than any training is worth."""

MOST_STEP_TOKENS = 1 << 20

LEAST_STEPS = 8

VALIDATION_TOKENS = {"cpu": 4_096, "mps": 16_384, "cuda": 131_072}
"""Tokens of held-out text that each validation reads, by device."""

VALIDATIONS = 6
"""Validations of a training, about."""

FORWARD = 1 / 3
"""The time of a forward pass relative to forward and backward."""

_PER_TOKEN = {"cpu": 1_024, "mps": 4_096, "cuda": 8_192}
"""Tokens in a step by device: few where a step is slow, so that many steps fit into the time."""

_WINDOW = {"cpu": 256, "mps": 512, "cuda": 1_024}
_RATE: dict[Method, float] = {"lora": 1e-3, "full": 5e-5, "qlora": 1e-3}
_FULL_BYTES = 16
"""Bytes of a weight in full training: value, gradient and AdamW's two moments, float32 each."""

_LORA_BYTES = 4.5
"""Bytes of a weight under LoRA: its value in float32, and its share of adapters, moments and activations.

An adapter has 1 to 4 % of the weights, 16 bytes each. What one sequence takes is small beside a base whose
weights fill a card, and measured afterwards.
"""

_ROOMY, _USABLE = 0.5, 0.8
"""The shares of the free memory that full training and LoRA may take."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The hyperparameters of a training. `sequences` sequences of `window` tokens make a step.

    `batch` of them are in memory at a time. `rate` is the highest learning rate, reached after `warm_up`
    steps; `rank` is that of LoRA; `clip` the highest norm of the gradients. The held-out loss is taken every
    `validate_every` steps, and training ends when it was no better `patience` times in a row. `compiled`:
    torch compiles the step first, which takes half a minute (with LoRA nearly two) and then more than halves
    its time on a GPU. `seconds` is the time for steps and validations, 0 without a limit; while it is kept,
    there may be up to `most_steps`. `replanned` has for each change of `steps` how many were done by then,
    and how many were planned before.
    """

    method: Method
    window: Positive
    sequences: Positive
    batch: Positive
    steps: Positive
    rate: Amount
    validate_every: Positive
    rank: Positive = RANK
    warm_up: Positive = 1
    patience: Positive = 3
    weight_decay: Amount = 0.01
    clip: Amount = 1.0
    checkpointing: bool = False
    precision: Precision = "32-true"
    attention: Attention = "sdpa"
    compiled: bool = False
    seed: Seed = 0
    seconds: Amount = 0.0
    most_steps: Count = 0
    replanned: tuple[tuple[Positive, Positive], ...] = ()

    def rate_factor(self, step: int) -> float:
        """The learning rate in `step` as a share of `rate`: linear warm-up, then a cosine down to 0.05."""
        place = self._place(step)
        if place < self.warm_up:
            return (place + 1) / self.warm_up
        way = (place - self.warm_up) / max(1, self.first_steps - self.warm_up)
        return 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * min(1.0, way)))

    def validates_after(self, step: int) -> bool:
        """Whether the held-out loss is taken after so many steps."""
        return step % self.validate_every == 0 or step >= self.steps

    def with_steps(self, steps: int, done: int) -> Plan:
        """The plan with another number of steps after `done` of them; the schedule goes on from there."""
        return replace(
            self,
            steps=steps,
            validate_every=_validation_interval(steps),
            replanned=(*self.replanned, (done, self.steps)),
        )

    @property
    def first_steps(self) -> int:
        """The number of steps that was planned first, for which schedule and order of the rows were made."""
        return self.replanned[0][1] if self.replanned else self.steps

    def _place(self, step: int) -> float:
        """The place of `step` in the schedule of the first plan, which later plans pass faster or slower."""
        place, start = 0.0, 0
        for end, steps in (*self.replanned, (max(step, self.steps), self.steps)):
            here = min(step, end)
            place += (self.first_steps - place) * (here - start) / max(1, steps - start)
            start = end
            if here == step:
                break
        return place

    def dump(self) -> str:
        """The plan as JSON."""
        return json.dumps(asdict(self), indent=2)


def draft_plan(
    request: TrainingRequest, device: str, parameters: int, free: int, positions: int, four_bits: bool = False
) -> Plan:
    """The plan but for its batch and steps, for a model of `parameters` weights and `positions` positions.

    `free` is the free memory of the device in bytes. The method is LoRA where full training would take more
    than half of it, and on a CPU, where LoRA is a third faster; with a base in 4 bits where its usual weights
    would not fit, and `four_bits` says that it may be. Each process gets a sequence of each step.
    Raises UserError for choices that no plan can have.
    """
    require_valid(request, positions)
    method = request.method or _method(device, parameters, free, four_bits)
    window = request.window or min(_WINDOW[device], positions)
    sequences = max(1, (request.step_tokens or _PER_TOKEN[device]) // window, processes(request))
    return Plan(
        method=method,
        window=window,
        sequences=sequences,
        batch=1,
        steps=request.max_steps or LEAST_STEPS,
        rate=request.rate or _RATE[method],
        validate_every=1,
        rank=request.rank or RANK,
        seed=request.seed,
    )


def require_valid(request: TrainingRequest, positions: int = 1 << 30) -> None:
    """Raise UserError where a number that somebody chose is out of range; 0 leaves the choice to the plan.

    `positions` is how many tokens the base model reads at most.
    """
    if not 0 <= request.rank <= MOST_RANK:
        raise UserError("The rank of LoRA lies between 1 and {most}; choose another.", most=MOST_RANK)
    if not 0 <= request.epochs <= MOST_EPOCHS:
        raise UserError(
            "A training has between 1 and {most} epochs; choose another number.", most=MOST_EPOCHS
        )
    if not 0 <= request.rate <= MOST_RATE:
        raise UserError("The learning rate lies between 0 and {most}; choose another.", most=MOST_RATE)
    if not 0 <= request.step_tokens <= MOST_STEP_TOKENS:
        raise UserError("A step reads at most {most} tokens; choose fewer.", most=f"{MOST_STEP_TOKENS:,}")
    if request.window and request.window < LEAST_WINDOW:
        raise UserError(
            "So short a window teaches nothing; choose {least} tokens or more for it.", least=LEAST_WINDOW
        )
    if request.window > positions:
        raise UserError(
            "This model reads {most} tokens at a time at the most; choose a window of so many or fewer.",
            most=positions,
        )


def _method(device: str, parameters: int, free: int, four_bits: bool) -> Method:
    if device == "cuda" and parameters * _FULL_BYTES < free * _ROOMY:
        return "full"
    return "qlora" if four_bits and parameters * _LORA_BYTES > free * _USABLE else "lora"


def processes(request: TrainingRequest) -> int:
    """The processes of a training, as far as the request says it; devices may be listed by number, too."""
    devices = request.devices
    on_a_node = int(devices) if devices.isdigit() else len(devices.split(","))
    return max(1, on_a_node) * max(1, request.num_nodes)


def finish_plan(
    plan: Plan, request: TrainingRequest, tokens: int, seconds: float, others: float = 0.0
) -> Plan:
    """The plan with its steps: those of all epochs over `tokens` tokens, within `request.minutes`.

    `seconds` is the time of one step on a CPU; 0 where the minutes do not count. The other stages take
    `others` seconds of the minutes; the steps have at least half of them.
    """
    most = max(LEAST_STEPS, math.ceil((request.epochs or EPOCHS) * tokens / (plan.sequences * plan.window)))
    steps, limit = request.max_steps or most, 0.0
    if seconds and not request.max_steps:
        limit = max(request.minutes * 60 - others, request.minutes * 30)
        left = limit - VALIDATIONS * validation_seconds(plan, "cpu", seconds / plan.sequences)
        steps = min(most, max(LEAST_STEPS, int(left / seconds)))
    return replace(
        plan,
        steps=steps,
        warm_up=max(1, steps // 10),
        validate_every=_validation_interval(steps),
        seconds=limit,
        most_steps=most if limit else 0,
    )


def validation_seconds(plan: Plan, device: str, sequence: float) -> float:
    """The seconds of one validation, where training on one sequence takes `sequence` seconds."""
    return VALIDATION_TOKENS[device] / plan.window * sequence * FORWARD


def _validation_interval(steps: int) -> int:
    return max(1, math.ceil(steps / VALIDATIONS))
