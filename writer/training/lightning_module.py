"""The step of learning, as a `LightningModule`: any causal language model that transformers loads.

One batch of the data is one step of the optimiser. How much of it is in memory at a time is the module's own
business: where memory runs out, it reads half as much at a time, and the step is the same.
"""

from __future__ import annotations

import contextlib
import importlib.util
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import torch
from pytorch_lightning import LightningModule
from pytorch_lightning.strategies import ParallelStrategy
from torch.nn import functional

from writer.base.errors import UserError
from writer.training.lora import trainable_weights
from writer.training.plan import Plan

IGNORED = -100
"""The label of a place that is not learned from."""

_BETAS = (0.9, 0.99)


class OutOfMemoryError(UserError):
    """Not even one sequence fits into the memory."""


class FineTuningModule(LightningModule):
    """Learns by `plan`; `on_batch_reduced` is told the new batch when memory ran out.

    `model` takes ids of shape [sequences, tokens] and gives logits [sequences, tokens, vocabulary].
    """

    def __init__(
        self, model: Any, plan: Plan, on_batch_reduced: Callable[[int], None] = lambda _batch: None
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.strict_loading = False
        self.model = model
        self.plan = plan
        self.batch = plan.batch
        self._on_batch_reduced = on_batch_reduced
        self._loss = torch.compile(summed_loss) if plan.compiled else summed_loss

    def training_step(self, batch: dict[str, torch.Tensor], _index: int) -> torch.Tensor:
        """One step on `input_ids` and `labels` [sequences, tokens]; the mean loss in nats per token."""
        optimiser: Any = self.optimizers()
        schedule: Any = self.lr_schedulers()
        loss = self._compute_gradients(batch)
        self._clip()
        optimiser.step()
        optimiser.zero_grad()
        schedule.step()
        return loss

    def held_out_loss(self, batches: Iterator[dict[str, torch.Tensor]]) -> float:
        """The mean loss on batches that are not learned from, in nats per token."""
        total, count = 0.0, 0
        self.model.eval()
        with torch.inference_mode(), self.trainer.precision_plugin.forward_context():
            for batch in batches:
                ids, labels = (batch[name].to(self.device) for name in ("input_ids", "labels"))
                total += float(summed_loss(self.model, ids, labels))
                count += int((labels[:, 1:] != IGNORED).sum())
        self.model.train()
        return total / max(1, count)

    def configure_optimizers(self) -> Any:
        """AdamW; biases, norms and embeddings do not decay."""
        weights = trainable_weights(self.model)
        groups = [
            {
                "params": [w for name, w in weights.items() if _decays(name, w)],
                "weight_decay": self.plan.weight_decay,
            },
            {"params": [w for name, w in weights.items() if not _decays(name, w)], "weight_decay": 0.0},
        ]
        optimiser = torch.optim.AdamW(
            [group for group in groups if group["params"]],
            lr=self.plan.rate,
            betas=_BETAS,
            fused=self.device.type in ("cpu", "cuda"),
        )
        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, self.plan.rate_factor)
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep what learns alone; the base lies on the disk already."""
        trainable = {f"model.{name}" for name in trainable_weights(self.model)}
        state = checkpoint["state_dict"]
        checkpoint["state_dict"] = {name: state[name] for name in state if name in trainable}
        checkpoint["batch"] = self.batch

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Go on with what fitted into the memory before."""
        self.batch = checkpoint["batch"]

    def _compute_gradients(self, batch: dict[str, torch.Tensor]) -> torch.Tensor:
        """Fill the gradients of the step; in smaller parts from the first where memory runs out."""
        while True:
            try:
                return self._accumulate(batch["input_ids"], batch["labels"])
            except torch.OutOfMemoryError as error:
                if self.batch == 1 or self.trainer.world_size > 1:
                    raise OutOfMemoryError(
                        "The memory is too small for this training; close other programs, "
                        "or choose a smaller model or the method lora."
                    ) from error
            self.zero_grad(set_to_none=True)
            if self.device.type == "cuda":
                torch.cuda.empty_cache()
            self.batch = self.batch // 2
            self._on_batch_reduced(self.batch)

    def _accumulate(self, ids: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        # A seed for each step: a resumed run draws what one without a break would.
        torch.manual_seed(hash((self.plan.seed, self.global_step, self.global_rank)) % 2**63)
        count = (labels[:, 1:] != IGNORED).sum().float()
        mean = self.trainer.strategy.reduce(count, reduce_op="mean")
        parts = list(zip(ids.split(self.batch), labels.split(self.batch), strict=True))  # type: ignore[no-untyped-call]
        total = torch.zeros((), device=self.device)
        for place, (some, wanted) in enumerate(parts):
            with self._without_gradient_sync(place < len(parts) - 1):
                loss = self._loss(self.model, some, wanted) / mean
                self.manual_backward(loss)
            total += loss.detach()
        return total

    @contextlib.contextmanager
    def _without_gradient_sync(self, alone: bool) -> Iterator[None]:
        """Keep the gradients of a part to this process; those of the last part are shared."""
        strategy = self.trainer.strategy
        if alone and isinstance(strategy, ParallelStrategy):
            with strategy.block_backward_sync():
                yield
        else:
            yield

    def _clip(self) -> None:
        sharded: Any = self.trainer.model
        if hasattr(sharded, "clip_grad_norm_"):  # FSDP, where each process sees a part of the gradients
            sharded.clip_grad_norm_(self.plan.clip)
        else:
            torch.nn.utils.clip_grad_norm_(trainable_weights(self.model).values(), self.plan.clip)


def summed_loss(model: Any, ids: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The loss on ids and labels [sequences, tokens], in nats, summed over all places that count.

    The labels move instead of the logits, which would be copied.
    """
    logits = model(input_ids=ids, use_cache=False).logits
    wanted = functional.pad(labels[:, 1:], (0, 1), value=IGNORED)
    return functional.cross_entropy(
        logits.flatten(0, 1).float(), wanted.flatten(), ignore_index=IGNORED, reduction="sum"
    )


def can_compile() -> bool:
    """Whether this machine has what compiling for a graphics card takes: Triton, and a C compiler."""
    compilers = ("cc", "gcc", "clang")
    return importlib.util.find_spec("triton") is not None and any(map(shutil.which, compilers))


def _decays(name: str, weight: torch.Tensor) -> bool:
    return weight.ndim >= 2 and not any(part in name for part in ("embed", "wte", "wpe", "norm"))
