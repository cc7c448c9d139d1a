"""The loss of a causal language model, and the error where a step does not fit into memory."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from writer.base.errors import UserError

IGNORED = -100
"""The label of positions that do not count for the loss."""


class OutOfMemoryError(UserError):
    """Not even one sequence fits into memory."""


def summed_loss(model: Any, ids: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The loss on `ids` and `labels`, int64 [sequences, tokens], in nats, summed over all counted positions.

    The labels are shifted instead of the logits, which would have to be copied. Returns float32 [].
    """
    logits = model(input_ids=ids, use_cache=False).logits
    wanted = functional.pad(labels[:, 1:], (0, 1), value=IGNORED)
    return functional.cross_entropy(
        logits.flatten(0, 1).float(), wanted.flatten(), ignore_index=IGNORED, reduction="sum"
    )
