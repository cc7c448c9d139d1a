"""What every model offers, whatever runs it: one forward pass over new tokens after a kept past."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, runtime_checkable

from writer.engine.weights.safetensors_reader import Floats


class Decoder(Protocol):
    """A causal language model with its keys and values in buffers that the caller keeps.

    `capacity` is the number of tokens a buffer holds. Used from one thread.
    """

    name: str
    device: str
    capacity: int
    vocabulary: int

    def new_kv_cache(self) -> Any:
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


@runtime_checkable
class SupportsPrefill(Protocol):
    """A decoder that takes in many tokens faster where nobody asks for logits."""

    def read(self, ids: Sequence[int], past: int, buffer: Any) -> None:
        """Run `ids` after the first `past` tokens of `buffer`, for their keys and values alone."""
        ...


@runtime_checkable
class SupportsBranches(Protocol):
    """A decoder that can run several continuations of one text side by side."""

    def forward_branches(self, branches: Sequence[Sequence[int]], past: int, buffer: Any) -> list[Floats]:
        """Run each of `branches` after the first `past` tokens of `buffer`; what lay behind them is lost.

        `past` and all branches together fit into the buffer. Returns the logits of every token of every
        branch, each float32 [length, vocabulary].
        """
        ...


@runtime_checkable
class SupportsAttention(Protocol):
    """A decoder that tells where it looks."""

    def attention(self, ids: Sequence[int], buffer: Any, cancelled: Callable[[], bool]) -> Floats:
        """How much the last of `ids`, which `buffer` holds, looks at each: float32 [layers, tokens]."""
        ...


def branch_logits(
    decoder: Decoder, branches: Sequence[Sequence[int]], past: int, buffer: Any
) -> list[Floats]:
    """See `SupportsBranches.forward_branches`; one after the other where the decoder knows no better."""
    if isinstance(decoder, SupportsBranches):
        return decoder.forward_branches(branches, past, buffer)
    return [decoder.forward(branch, past, len(branch), buffer).copy() for branch in branches]
