"""What has been computed is kept: the keys and values of the last few places in texts.

From one keystroke to the next nearly all tokens are the same. The longest common prefix with what a
buffer holds stays, only the rest is computed, in slices between which a newer request can cut in.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from writer.base.progress import Cancelled
from writer.engine.decoders.decoder import Decoder, SupportsAttention, SupportsPrefill, branch_logits
from writer.engine.generation.prompt_lookup import PromptLookup
from writer.engine.weights.safetensors_reader import Floats

SLICE = 64
"""Tokens computed between two looks at the cancel event."""

STRIDE = 128
"""Tokens that are read at once where the decoder has a way of its own for that."""

FEW = 16
"""Tokens that are not worth that way."""

PASS = 128
"""Tokens that one pass takes at the most, so that their logits do not fill the memory."""

ROWS = 64
"""Rows of logits that are kept, so that going back to a place just left costs no pass."""


@dataclass(slots=True)
class CacheSlot:
    """A buffer and the tokens whose keys and values it holds."""

    kv_cache: Any
    ids: list[int] = field(default_factory=list)
    used: int = 0


@dataclass(slots=True)
class PrefillCost:
    """Counted since the last reset: passes, and tokens found in the cache."""

    passes: int = 0
    reused: int = 0


class PrefixCache:
    """Runs a decoder over whole sequences, computing only what no place holds yet."""

    def __init__(self, decoder: Decoder, places: int = 2) -> None:
        self._decoder = decoder
        self._limit = places
        self._places: list[CacheSlot] = []
        self._clock = 0
        self._rows: OrderedDict[tuple[int, ...], Floats] = OrderedDict()
        self._guessed: set[tuple[int, ...]] = set()
        self._prompt_lookup = PromptLookup()
        self.cost = PrefillCost()

    def row(self, ids: Sequence[int], cancelled: Callable[[], bool]) -> Floats:
        """Logits after the last of `ids`, float32 [vocabulary]; from memory where they are known."""
        key = tuple(ids)
        known = self._rows.get(key)
        if known is not None:
            self._rows.move_to_end(key)
            if key in self._guessed:
                self._guessed.discard(key)
                self._prompt_lookup.note_used()
            return known
        draft = self._prompt_lookup.propose(key)[: max(0, self._decoder.capacity - len(key))]
        rows = self.logits([*key, *draft], 1 + len(draft), cancelled).copy()
        for count, row in enumerate(rows):
            self._keep((*key, *draft[:count]) if count else key, row, guessed=count > 0)
        first: Floats = rows[0]
        return first

    def known(self, ids: Sequence[int]) -> Floats | None:
        """What `row` would give without a pass, None where it would need one."""
        return self._rows.get(tuple(ids))

    def _keep(self, key: tuple[int, ...], row: Floats, guessed: bool) -> None:
        self._rows[key] = row
        if guessed:
            self._guessed.add(key)
        if len(self._rows) > ROWS:
            oldest, _ = self._rows.popitem(last=False)
            self._guessed.discard(oldest)

    def logits(self, ids: Sequence[int], logits_to_keep: int, cancelled: Callable[[], bool]) -> Floats:
        """Logits after the last `logits_to_keep` tokens of `ids`, float32 [wanted, vocabulary].

        `ids` are at least `logits_to_keep` and at most the decoder's capacity. Raises `Cancelled` between
        slices; what was computed until then is kept.
        """
        ids = list(ids)
        place, shared = self._place_for(ids)
        kept = min(shared, len(ids) - logits_to_keep)
        self.cost.reused += kept
        del place.ids[kept:]
        self._read(place, ids[: len(ids) - logits_to_keep], cancelled)
        return self._run(place, ids[len(place.ids) :], logits_to_keep)

    def branches(
        self, ids: Sequence[int], branches: Sequence[Sequence[int]], cancelled: Callable[[], bool]
    ) -> list[Floats]:
        """Logits after every token of each of `branches` behind `ids`, each float32 [length, vocabulary].

        All of them together fit behind `ids`. Raises `Cancelled` as `logits` does.
        """
        ids = list(ids)
        if self.held(ids) < len(ids):
            self.logits(ids, 1, cancelled)
        place, _ = self._place_for(ids)
        del place.ids[len(ids) :]
        self.cost.passes += 1
        return branch_logits(self._decoder, branches, len(ids), place.kv_cache)

    def attention(self, ids: Sequence[int], cancelled: Callable[[], bool]) -> Floats | None:
        """How much the last of `ids` looks at each, float32 [layers, tokens]; None where nobody can tell."""
        if not isinstance(self._decoder, SupportsAttention):
            return None
        ids = list(ids)
        if self.held(ids) < len(ids):
            self.logits(ids, 1, cancelled)
        return self._decoder.attention(ids, self._place_for(ids)[0].kv_cache, cancelled)

    def room(self, ids: Sequence[int]) -> int:
        """How many tokens fit behind `ids`, but no more than are worth one pass."""
        return min(PASS, self._decoder.capacity - len(ids))

    def held(self, ids: Sequence[int]) -> int:
        """How many of the first of `ids` some place holds."""
        ids = list(ids)
        return max((_common(place.ids, ids) for place in self._places), default=0)

    def _read(self, place: CacheSlot, ids: list[int], cancelled: Callable[[], bool]) -> None:
        """Take in so much of `ids` that one pass is enough for the rest."""
        most, few = (STRIDE, FEW) if isinstance(self._decoder, SupportsPrefill) else (SLICE, SLICE)
        while len(ids) - len(place.ids) > few:
            piece = ids[len(place.ids) :][:most]
            if isinstance(self._decoder, SupportsPrefill):
                self._decoder.prefill(piece, len(place.ids), place.kv_cache)
                place.ids.extend(piece)
                self.cost.passes += 1
            else:
                self._run(place, piece, 1)
            if cancelled():
                raise Cancelled

    def _run(self, place: CacheSlot, ids: Sequence[int], logits_to_keep: int) -> Floats:
        logits = self._decoder.forward(ids, len(place.ids), logits_to_keep, place.kv_cache)
        place.ids.extend(ids)
        self.cost.passes += 1
        return logits

    def _place_for(self, ids: list[int]) -> tuple[CacheSlot, int]:
        """The place that shares most with `ids`, and how much; another where much would be thrown away."""
        self._clock += 1
        shares = [_common(place.ids, ids) for place in self._places]
        shared = max(shares, default=0)
        best = self._places[shares.index(shared)] if shares else None
        if best is None or _is_elsewhere(best, ids, shared):
            if len(self._places) < self._limit:
                best, shared = CacheSlot(self._decoder.new_kv_cache()), 0
                self._places.append(best)
            else:
                best = min(self._places, key=lambda place: place.used)
                shared = shares[self._places.index(best)]
        best.used = self._clock
        return best, shared


def _is_elsewhere(place: CacheSlot, ids: list[int], shared: int) -> bool:
    return len(place.ids) - shared > SLICE and shared < len(ids) // 2


def _common(first: list[int], second: list[int]) -> int:
    """The length of the longest common prefix. Slices are compared, so both must be of one kind."""
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
