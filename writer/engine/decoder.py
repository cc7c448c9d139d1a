"""What every model offers, whatever runs it: one forward pass over new tokens after a kept past."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from writer.engine.weights import Floats


class Decoder(Protocol):
    """A causal language model with its keys and values in buffers that the caller keeps.

    `capacity` is the number of tokens a buffer holds. Used from one thread.
    """

    name: str
    device: str
    capacity: int
    vocabulary: int

    def new_buffer(self) -> Any:
        """An empty buffer for the keys and values of one sequence."""
        ...

    def forward(self, ids: Sequence[int], past: int, wanted: int, buffer: Any) -> Floats:
        """Run `ids` after the first `past` tokens of `buffer`, which are kept; what lay behind is lost.

        Returns the logits of the last `wanted` tokens, float32 [wanted, vocabulary].
        """
        ...

    def close(self) -> None:
        """Give back memory."""
        ...
