"""The interfaces of decoders: a forward pass over new tokens after those of a KV cache, and extensions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, runtime_checkable

from writer.engine.weights.weights import Floats


class Decoder(Protocol):
    """A causal language model whose KV caches belong to the caller. Used from one thread.

    `capacity` is the most tokens in a KV cache, `vocabulary` the number of token ids.
    """

    name: str
    device: str
    capacity: int
    vocabulary: int

    def new_kv_cache(self) -> Any:
        """An empty KV cache for one sequence."""
        ...

    def forward(self, ids: Sequence[int], past: int, logits_to_keep: int, kv_cache: Any) -> Floats:
        """Run `ids` after the first `past` tokens of `kv_cache`; the tokens that followed those are dropped.

        Returns the logits of the last `logits_to_keep` tokens, float32 [logits_to_keep, vocabulary].
        """
        ...

    def close(self) -> None:
        """Free the memory."""
        ...


@runtime_checkable
class SupportsPrefill(Protocol):
    """A decoder with a faster forward pass for many tokens without logits."""

    def prefill(self, ids: Sequence[int], past: int, kv_cache: Any) -> None:
        """Add the keys and values of `ids` after the first `past` tokens of `kv_cache`."""
        ...


@runtime_checkable
class AdaptsToLoad(Protocol):
    """A decoder that computes with fewer threads while other programs are busy."""

    def adapt(self) -> None:
        """Change the threads where others have been busy, or idle, for a while; called between answers."""
        ...


@runtime_checkable
class KeepsStates(Protocol):
    """A decoder whose KV caches cannot drop single tokens, such as one with recurrent states.

    It keeps some earlier states. `forward` goes back to one of them and reads what follows it again, so
    that its result is the same, but later.
    """

    def kept_length(self, past: int, kv_cache: Any) -> int:
        """The number of tokens, at most `past`, after which `forward` reads nothing again."""
        ...


@runtime_checkable
class SupportsBranches(Protocol):
    """A decoder that runs several continuations of one prefix in one pass."""

    def forward_branches(self, branches: Sequence[Sequence[int]], past: int, kv_cache: Any) -> list[Floats]:
        """Run each of `branches` after the first `past` tokens of `kv_cache`; later tokens are dropped.

        `past` and the lengths of all branches together must not exceed the capacity. Returns the logits of
        every token, for each branch float32 [length, vocabulary].
        """
        ...


@runtime_checkable
class SupportsAttention(Protocol):
    """A decoder that computes attention weights."""

    def attention(self, ids: Sequence[int], kv_cache: Any, cancelled: Callable[[], bool]) -> Floats:
        """The attention weights of the last of `ids`, which `kv_cache` holds: float32 [layers, tokens].

        Raises Cancelled once `cancelled()`.
        """
        ...


def branch_logits(
    decoder: Decoder, branches: Sequence[Sequence[int]], past: int, kv_cache: Any
) -> list[Floats]:
    """See `SupportsBranches.forward_branches`; runs one branch after another where that is not supported."""
    if isinstance(decoder, SupportsBranches):
        return decoder.forward_branches(branches, past, kv_cache)
    return [decoder.forward(branch, past, len(branch), kv_cache).copy() for branch in branches]
