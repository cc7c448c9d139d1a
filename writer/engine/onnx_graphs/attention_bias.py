"""The bias that is added to attention scores, and hides tokens from each other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from writer.engine.weights.weights import Floats

MASKED = np.float32(-1e9)
"""The bias that hides a token."""


def windowed(bias: Floats, positions: NDArray[np.int64], past: int, window: int) -> Floats:
    """The bias of layers with sliding-window attention, of the shape of `bias` [..., new, past + new].

    `positions`, int64 [new], are those of the new tokens; the `past` tokens before them have 0, 1, ...
    """
    places = np.concatenate([np.arange(past, dtype=np.int64), positions])
    hidden = positions[:, None] - places >= window
    local: Floats = np.where(hidden, MASKED, bias)
    return local
