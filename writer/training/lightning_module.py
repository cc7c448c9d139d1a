"""The training step, as a `LightningModule` around any causal language model of transformers.

One batch of the data module is one step of the optimiser, with gradient accumulation: `batch` sequences are
in memory at a time. Where memory runs out, that number is halved; the gradients of a step stay the same.
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

from writer.training.lora import trainable_weights
from writer.training.loss import IGNORED, OutOfMemoryError, summed_loss
from writer.training.plan import Plan

_BETAS = (0.9, 0.99)


class FineTuningModule(LightningModule):
    """Trains `model` by `plan`, which may change between steps.

    `on_batch_reduced` is called with the new `batch` after memory ran out.
    `model` takes `input_ids`, int64 [sequences, tokens], and gives `logits`, float [sequences, tokens,
    vocabulary].
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
        """One step of the optimiser on `input_ids` and `labels`, int64 [sequences, tokens].

        Returns the mean loss in nats per token, float32 []. Raises OutOfMemoryError.
        """
        optimiser: Any = self.optimizers()
        schedule: Any = self.lr_schedulers()
        loss = self._compute_gradients(batch)
        self._clip()
        optimiser.step()
        optimiser.zero_grad()
        schedule.step()
        return loss

    def held_out_loss(self, batches: Iterator[dict[str, torch.Tensor]]) -> float:
        """The mean loss on held-out batches, in nats per token."""
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
        """AdamW with the plan's schedule; weight decay leaves out biases, norms and embeddings."""
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
        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, self._rate_factor)
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def _rate_factor(self, step: int) -> float:
        return self.plan.rate_factor(step)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Reduce the state to the trainable weights; the others are in the base model's files."""
        trainable = {f"model.{name}" for name in trainable_weights(self.model)}
        state = checkpoint["state_dict"]
        checkpoint["state_dict"] = {name: state[name] for name in state if name in trainable}
        checkpoint["batch"] = self.batch

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Restore `batch`, which may have been halved."""
        self.batch = checkpoint["batch"]

    def _compute_gradients(self, batch: dict[str, torch.Tensor]) -> torch.Tensor:
        """Compute the gradients of a step; from the start with half the `batch` where memory runs out."""
        while True:
            try:
                return self._accumulate(batch["input_ids"], batch["labels"])
            except torch.OutOfMemoryError as error:
                if self.batch == 1 or self.trainer.world_size > 1:
                    raise OutOfMemoryError(
                        "The memory is too small for this training; close other programs, choose a smaller "
                        "model, or let only a small part of it learn (lora)."
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
        """A context in which, where `alone`, gradients are not reduced between processes."""
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


def can_compile() -> bool:
    """Whether torch can compile for a GPU here: Triton and a C compiler are installed."""
    compilers = ("cc", "gcc", "clang")
    return importlib.util.find_spec("triton") is not None and any(map(shutil.which, compilers))


def _decays(name: str, weight: torch.Tensor) -> bool:
    return weight.ndim >= 2 and not any(part in name for part in ("embed", "wte", "wpe", "norm"))
