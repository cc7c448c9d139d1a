"""A decoder for models of transformers whose state cannot drop tokens: recurrent and convolutional ones.

Mamba, RWKV, LFM2 and Qwen 3.5 write each token into states of a fixed size. Copies of some earlier states are
kept; to drop tokens, the decoder goes back to the longest of them, and reads again what follows it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from writer.engine.decoders.transformers_decoder import TransformersDecoder, forward_parameters
from writer.engine.weights.weights import Floats

STATE_ARGUMENTS = ("past_key_values", "cache_params", "state")
"""The arguments by which models take the state that their last pass returned under the same name."""

SPACING = 4
"""The least number of tokens between two kept states: reading so few again takes hardly longer than one."""

NEAR = 16
"""Tokens at the end of a sequence among which it hardly matters how many are read again."""

MAX_STATES, MIN_STATES = 8, 2
MAX_STATE_BYTES = 128 << 20
"""The most bytes of the kept states of a KV cache, beyond MIN_STATES of them."""


@dataclass(frozen=True, slots=True)
class KeptState:
    """A copy of the state after `length` tokens, and its size in bytes."""

    length: int
    state: Any
    bytes: int


@dataclass(slots=True)
class RecurrentKvCache:
    """The tokens of one sequence, the state after all of them, and kept states after some, shortest first."""

    ids: list[int] = field(default_factory=list)
    state: Any = None
    kept: list[KeptState] = field(default_factory=list)


class RecurrentDecoder(TransformersDecoder):
    """Runs a `model` of transformers that keeps states. Implements `decoder.KeepsStates`.

    A model without any state, such as the first GPT, or that does not return it, as RecurrentGemma, reads all
    tokens at each pass.
    """

    def __init__(self, name: str, model: Any, capacity: int) -> None:
        super().__init__(name, model, capacity)
        taken = forward_parameters(model)
        self._argument = next((name for name in STATE_ARGUMENTS if name in taken), "")
        self.one_by_one = False
        """Whether a pass after others takes one token: some models read several without their state."""

    def new_kv_cache(self) -> RecurrentKvCache:
        """An empty KV cache; the model makes its state in the first pass."""
        return RecurrentKvCache()

    def kept_length(self, past: int, kv_cache: RecurrentKvCache) -> int:
        """See `KeepsStates.kept_length`."""
        if past >= len(kv_cache.ids) and kv_cache.state is not None:
            return len(kv_cache.ids)
        return max((kept.length for kept in kv_cache.kept if kept.length <= past), default=0)

    def forward(
        self, ids: Sequence[int], past: int, logits_to_keep: int, kv_cache: RecurrentKvCache
    ) -> Floats:
        """See `Decoder.forward`; tokens after the state that it goes back to are read again."""
        state, start = self._go_back(past, kv_cache)
        again = kv_cache.ids[start:past]
        # A pass that fails leaves the state half written, so the KV cache is empty meanwhile.
        read, kept = kv_cache.ids[:past], [one for one in kv_cache.kept if one.length <= start]
        kv_cache.ids, kv_cache.state, kv_cache.kept = [], None, []
        logits, state = self._read([*again, *ids], logits_to_keep, state)
        kv_cache.ids, kv_cache.state, kv_cache.kept = [*read, *ids], state, kept
        self._keep_state(kv_cache)
        return logits

    def _read(self, ids: list[int], logits_to_keep: int, state: Any) -> tuple[Floats, Any]:
        """The logits of the last of `ids` after `state`, which is None for nothing, and the state then."""
        single = self.one_by_one and state is not None
        rows = []
        for part in [[token] for token in ids] if single else [ids]:
            given = {self._argument: state} if state is not None else {}
            logits, result = self._run(part, min(logits_to_keep, len(part)), **given)
            state = getattr(result, self._argument, None) if self._argument else None
            rows.append(logits)
        return np.concatenate(rows[-logits_to_keep:]), state

    def _go_back(self, past: int, kv_cache: RecurrentKvCache) -> tuple[Any, int]:
        """The state after at most `past` tokens, which the next pass may change, and how many they are."""
        length = self.kept_length(past, kv_cache)
        if length == len(kv_cache.ids):
            return kv_cache.state, length
        found = next((kept.state for kept in kv_cache.kept if kept.length == length), None)
        return _copied(found), length

    def _keep_state(self, kv_cache: RecurrentKvCache) -> None:
        """Keep a copy of the present state, unless one of nearly the same tokens is kept."""
        kept, length = kv_cache.kept, len(kv_cache.ids)
        if kv_cache.state is None or length - (kept[-1].length if kept else 0) < SPACING:
            return
        state = _copied(kv_cache.state)
        kept.append(KeptState(length, state, sum(tensor.nbytes for tensor in _tensors(state))))
        while len(kept) > MAX_STATES or (
            len(kept) > MIN_STATES and sum(one.bytes for one in kept) > MAX_STATE_BYTES
        ):
            del kept[_most_dispensable([one.length for one in kept])]


def _most_dispensable(lengths: list[int]) -> int:
    """The index of the kept state without which least is read again, relative to its distance from the end.

    `lengths` increase; the last is never the answer.
    """
    end = lengths[-1] + NEAR
    before = [0, *lengths[:-2]]
    gaps = [(after - earlier) / (end - earlier) for earlier, after in zip(before, lengths[1:], strict=True)]
    return gaps.index(min(gaps))


@torch.inference_mode()
def _copied(state: Any) -> Any:
    """A copy of a model's state that shares no tensor with it."""
    return copy.deepcopy(state)


def _tensors(value: Any) -> Iterator[torch.Tensor]:
    """The tensors in a model's state: in lists, dictionaries, and attributes of objects."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _tensors(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _tensors(inner)
    elif hasattr(value, "__dict__") and not isinstance(value, type):
        yield from _tensors(vars(value))
