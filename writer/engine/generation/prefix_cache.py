"""A prefix cache over a decoder's KV caches: only tokens after the cached prefix are computed.

From one keystroke to the next nearly all tokens are the same. The longest common prefix with a KV cache is
reused and the rest computed, in chunks between which a newer request can cancel. Two slots hold two
positions in texts, and the last logits are stored, so that returning to a position needs no pass.

A decoder that keeps states reads again from one of them: its tokens are counted as cached up to there, and
nothing is drafted, because drafts are dropped more often than not.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from writer.base.progress import Cancelled
from writer.engine.decoders.decoder import (
    Decoder,
    KeepsStates,
    SupportsAttention,
    SupportsPrefill,
    branch_logits,
)
from writer.engine.generation.prompt_lookup import PromptLookup
from writer.engine.weights.weights import Floats

CHUNK_TOKENS = 64
"""Tokens computed between two checks for cancelling."""

PREFILL_CHUNK_TOKENS = 128
"""Tokens of a chunk where the decoder supports prefill."""

MIN_PREFILL_TOKENS = 16
"""Prefill is used only for more tokens than this."""

MAX_PASS_TOKENS, MIN_PASS_TOKENS = 128, 16
"""The most tokens of a pass over branches, since logits are computed for all of them; by the vocabulary."""

MAX_STORED_LOGITS, MIN_STORED_LOGITS = 64, 24
"""The most token sequences whose next-token logits are stored, and those that are in any case.

A word is found in at most 20 passes, all of which the next key may ask for again.
"""

STORED_LOGITS_BYTES, PASS_LOGITS_BYTES = 16 << 20, 24 << 20
"""Bytes of stored logits, and of those of a pass, beyond which they are fewer.

With 168,000 tokens 64 stored ones had 43 MB, and a pass over branches of 128 tokens 86 MB.
"""


@dataclass(slots=True)
class CacheSlot:
    """A KV cache, the tokens `ids` whose keys and values it holds, and a counter of its last use."""

    kv_cache: Any
    ids: list[int] = field(default_factory=list)
    last_used: int = 0


@dataclass(slots=True)
class CacheStats:
    """Counts since the last reset: forward passes, and tokens that were found in the cache."""

    passes: int = 0
    cached_tokens: int = 0


class PrefixCache:
    """Runs a decoder over whole token sequences with up to `slots` KV caches. Used from one thread."""

    def __init__(self, decoder: Decoder, slots: int = 2) -> None:
        self._decoder = decoder
        self._max_slots = slots
        self._slots: list[CacheSlot] = []
        self._clock = 0
        self._stored_logits: OrderedDict[tuple[int, ...], Floats] = OrderedDict()
        row = 4 * decoder.vocabulary
        self.max_logits = min(MAX_PASS_TOKENS, max(MIN_PASS_TOKENS, PASS_LOGITS_BYTES // row))
        """The most tokens whose logits are asked of a pass."""
        self._max_stored = min(MAX_STORED_LOGITS, max(MIN_STORED_LOGITS, STORED_LOGITS_BYTES // row))
        self._drafted: set[tuple[int, ...]] = set()
        self._prompt_lookup = PromptLookup()
        self.stats = CacheStats()

    def next_logits(self, ids: Sequence[int], cancelled: Callable[[], bool]) -> Floats:
        """The logits of the token that follows `ids`, float32 [vocabulary].

        They are returned without a pass where they are stored; else a pass computes them together with those
        after the drafted tokens of prompt lookup. Raises Cancelled as `logits` does.
        """
        key = tuple(ids)
        stored = self._stored_logits.get(key)
        if stored is not None:
            self._stored_logits.move_to_end(key)
            if key in self._drafted:
                self._drafted.discard(key)
                self._prompt_lookup.note_accepted()
            return stored
        draft = self._draft(key)
        rows = self.logits([*key, *draft], 1 + len(draft), cancelled)
        for count, row in enumerate(rows):
            # A copy of each, since a view would keep the others in memory.
            self._store((*key, *draft[:count]) if count else key, row.copy(), drafted=count > 0)
        return self._stored_logits[key]

    def cached_logits(self, ids: Sequence[int]) -> Floats | None:
        """The stored result of `next_logits`, None where it needs a pass."""
        return self._stored_logits.get(tuple(ids))

    def _draft(self, key: tuple[int, ...]) -> list[int]:
        """The tokens that may follow `key`, computed in the same pass."""
        if isinstance(self._decoder, KeepsStates):
            return []
        return self._prompt_lookup.propose(key)[: max(0, self._decoder.capacity - len(key))]

    def _store(self, key: tuple[int, ...], row: Floats, drafted: bool) -> None:
        self._stored_logits[key] = row
        if drafted:
            self._drafted.add(key)
        if len(self._stored_logits) > self._max_stored:
            oldest, _ = self._stored_logits.popitem(last=False)
            self._drafted.discard(oldest)

    def logits(self, ids: Sequence[int], logits_to_keep: int, cancelled: Callable[[], bool]) -> Floats:
        """The logits of the last `logits_to_keep` tokens of `ids`, float32 [logits_to_keep, vocabulary].

        The number of `ids` is at least `logits_to_keep` and at most the decoder's capacity. Raises Cancelled
        between two chunks once `cancelled()`; the chunks computed until then stay cached.
        """
        return self._read(list(ids), logits_to_keep, cancelled)[1]

    def branches(
        self, ids: Sequence[int], branches: Sequence[Sequence[int]], cancelled: Callable[[], bool]
    ) -> list[Floats]:
        """The logits of every token of `branches` after `ids`, for each branch float32 [length, vocabulary].

        All branches together have at most `branch_capacity(ids)` tokens. Raises Cancelled as `logits` does.
        """
        slot = self._slot_with(list(ids), cancelled)
        self.stats.passes += 1
        with self._discarded_on_failure(slot):
            return branch_logits(self._decoder, branches, len(ids), slot.kv_cache)

    def logits_behind(
        self, ids: Sequence[int], branch: Sequence[int], cancelled: Callable[[], bool]
    ) -> Floats:
        """The logits of the last token of `branch` after `ids`, float32 [vocabulary].

        It has at most `pass_capacity(ids)` tokens, which are not cached. Raises Cancelled as `logits` does.
        """
        slot = self._slot_with(list(ids), cancelled)
        self.stats.passes += 1
        with self._discarded_on_failure(slot):
            logits: Floats = self._decoder.forward(branch, len(ids), 1, slot.kv_cache)[0]
        return logits

    def attention(self, ids: Sequence[int], cancelled: Callable[[], bool]) -> Floats | None:
        """The attention weights of the last of `ids`, float32 [layers, tokens].

        None where the decoder does not support it. Raises Cancelled as `logits` does.
        """
        if not isinstance(self._decoder, SupportsAttention):
            return None
        ids = list(ids)
        if self.cached_length(ids) < len(ids):
            self.logits(ids, 1, cancelled)
        return self._decoder.attention(ids, self._slot_for(ids)[0].kv_cache, cancelled)

    def branch_capacity(self, ids: Sequence[int]) -> int:
        """The most tokens of branches after `ids` in one pass."""
        return min(self.max_logits, self.pass_capacity(ids))

    def pass_capacity(self, ids: Sequence[int]) -> int:
        """The most tokens after `ids` in one pass with the logits of the last of them alone."""
        return min(MAX_PASS_TOKENS, self._decoder.capacity - len(ids))

    def cached_length(self, ids: Sequence[int]) -> int:
        """The length of the longest prefix of `ids` that a slot holds, in tokens."""
        ids = list(ids)
        return max((self._shared_length(slot, ids) for slot in self._slots), default=0)

    def _slot_with(self, ids: list[int], cancelled: Callable[[], bool]) -> CacheSlot:
        """The slot that holds `ids` and nothing behind them; they are computed where none has them."""
        if self.cached_length(ids) < len(ids):
            return self._read(ids, 1, cancelled)[0]
        slot, _ = self._slot_for(ids)
        del slot.ids[len(ids) :]
        return slot

    def _read(
        self, ids: list[int], logits_to_keep: int, cancelled: Callable[[], bool]
    ) -> tuple[CacheSlot, Floats]:
        """The slot that holds `ids` and nothing behind them, and what `logits` returns."""
        slot, shared = self._slot_for(ids)
        cached = self._kept_length(slot, min(shared, len(ids) - logits_to_keep))
        self.stats.cached_tokens += cached
        del slot.ids[cached:]
        self._prefill(slot, ids[: len(ids) - logits_to_keep], cancelled)
        return slot, self._run(slot, ids[len(slot.ids) :], logits_to_keep)

    def _prefill(self, slot: CacheSlot, ids: list[int], cancelled: Callable[[], bool]) -> None:
        """Compute keys and values of `ids`, in chunks, until one pass is enough for the rest."""
        most, few = (
            (PREFILL_CHUNK_TOKENS, MIN_PREFILL_TOKENS)
            if isinstance(self._decoder, SupportsPrefill)
            else (CHUNK_TOKENS, CHUNK_TOKENS)
        )
        while len(ids) - len(slot.ids) > few:
            chunk = ids[len(slot.ids) :][:most]
            if isinstance(self._decoder, SupportsPrefill):
                with self._discarded_on_failure(slot):
                    self._decoder.prefill(chunk, len(slot.ids), slot.kv_cache)
                slot.ids.extend(chunk)
                self.stats.passes += 1
            else:
                self._run(slot, chunk, 1)
            if cancelled():
                raise Cancelled

    def _run(self, slot: CacheSlot, ids: Sequence[int], logits_to_keep: int) -> Floats:
        with self._discarded_on_failure(slot):
            logits = self._decoder.forward(ids, len(slot.ids), logits_to_keep, slot.kv_cache)
        slot.ids.extend(ids)
        self.stats.passes += 1
        return logits

    @contextmanager
    def _discarded_on_failure(self, slot: CacheSlot) -> Iterator[None]:
        """Drop `slot` where a pass fails: some layers of its KV cache may hold a token more than others."""
        try:
            yield
        except BaseException:
            self._slots.remove(slot)
            raise

    def _shared_length(self, slot: CacheSlot, ids: list[int]) -> int:
        """The number of the first tokens of `ids` that need not be read again in `slot`."""
        return self._kept_length(slot, _common_prefix_length(slot.ids, ids))

    def _kept_length(self, slot: CacheSlot, length: int) -> int:
        """The number of the first `length` tokens of `slot` that need not be read again."""
        decoder = self._decoder
        return decoder.kept_length(length, slot.kv_cache) if isinstance(decoder, KeepsStates) else length

    def _slot_for(self, ids: list[int]) -> tuple[CacheSlot, int]:
        """The slot to use for `ids`, and the length of its common prefix with them.

        It is the slot with the longest common prefix, or another one where that would drop many tokens. A
        long text that is replaced gives its memory back, since the new one may be short.
        """
        self._clock += 1
        shares = [self._shared_length(slot, ids) for slot in self._slots]
        shared = max(shares, default=0)
        best = self._slots[shares.index(shared)] if shares else None
        if best is None or _diverges(best, ids, shared):
            if len(self._slots) < self._max_slots:
                best, shared = self._new_slot(), 0
            else:
                best = min(self._slots, key=lambda slot: slot.last_used)
                shared = shares[self._slots.index(best)]
                if shared < MIN_PREFILL_TOKENS and len(best.ids) > CHUNK_TOKENS:
                    self._slots.remove(best)
                    best = None  # before another is made, so that there are never three
                    best, shared = self._new_slot(), 0
        best.last_used = self._clock
        return best, shared

    def _new_slot(self) -> CacheSlot:
        slot = CacheSlot(self._decoder.new_kv_cache())
        self._slots.append(slot)
        return slot


def _diverges(slot: CacheSlot, ids: list[int], shared: int) -> bool:
    return len(slot.ids) - shared > CHUNK_TOKENS and shared < len(ids) // 2


def _common_prefix_length(first: list[int], second: list[int]) -> int:
    """The length of the longest common prefix, by bisection of slices; both must be lists."""
    low, high = 0, min(len(first), len(second))
    if first[:high] == second[:high]:
        return high
    while low < high:
        middle = (low + high + 1) // 2
        if first[low:middle] == second[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
