"""How true an engine is: the same text scored token by token by it and by the float32 reference."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def compare(logits: NDArray[np.float32], ids: Sequence[int], start: int, reference: Path) -> dict[str, Any]:
    """Sums over the positions from `start` on: negative log-likelihoods, and equal first choices.

    `logits` [len(ids), vocabulary] stand after each of `ids`. `reference` holds the reference's choices;
    where it does not exist yet, these logits are the reference and are written.
    """
    rows = logits[start - 1 : len(ids) - 1].astype(np.float64)
    targets = np.asarray(ids[start:])
    choices = rows.argmax(-1)
    peak = rows.max(-1)
    total = peak + np.log(np.exp(rows - peak[:, None]).sum(-1))
    loss = total - rows[np.arange(len(rows)), targets]
    if not reference.exists():
        reference.parent.mkdir(parents=True, exist_ok=True)
        np.savez(reference, choices=choices, loss=loss)
    known = np.load(reference)
    return {
        "scored": len(rows),
        "loss": float(loss.sum()),
        "reference_loss": float(known["loss"].sum()),
        "equal": int((choices == known["choices"]).sum()),
    }
