"""The prefix cache: only what is new is computed, and results do not depend on what is cached."""

from __future__ import annotations

import weakref
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from writer.base.progress import Cancelled
from writer.engine.generation.prefix_cache import CHUNK_TOKENS, CacheStats, PrefixCache


class KeysAndValues(list):
    """A KV cache that can be referred to weakly."""


class CountingDecoder:
    """A stand-in model whose logits are a function of all tokens so far."""

    name = device = "counting"
    capacity = 4096
    vocabulary = 7

    def __init__(self) -> None:
        self.lengths: list[int] = []

    def new_kv_cache(self) -> list[int]:
        return []

    def forward(self, ids, past, logits_to_keep, kv_cache):
        assert past <= len(kv_cache)
        del kv_cache[past:]
        kv_cache.extend(ids)
        self.lengths.append(len(ids))
        rows = [
            [hash((tuple(kv_cache[:end]), i)) % 1000 for i in range(7)]
            for end in self._ends(kv_cache, logits_to_keep)
        ]
        return np.array(rows, np.float32)

    @staticmethod
    def _ends(kv_cache, logits_to_keep):
        return range(len(kv_cache) - logits_to_keep + 1, len(kv_cache) + 1)

    def close(self) -> None: ...


def never() -> bool:
    return False


sequences = st.lists(st.integers(0, 3), min_size=1, max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(sequences, st.integers(1, 3)), min_size=1, max_size=8))
def test_results_do_not_depend_on_what_is_cached(requests) -> None:
    cache = PrefixCache(CountingDecoder())
    for ids, logits_to_keep in requests:
        logits_to_keep = min(logits_to_keep, len(ids))
        fresh = PrefixCache(CountingDecoder()).logits(ids, logits_to_keep, never)
        assert (cache.logits(ids, logits_to_keep, never) == fresh).all()


def test_typing_on_computes_only_the_new_token() -> None:
    decoder = CountingDecoder()
    cache = PrefixCache(decoder)
    cache.logits(list(range(200)), 1, never)
    decoder.lengths.clear()
    cache.stats = CacheStats()
    cache.logits([*range(200), 5], 1, never)
    assert decoder.lengths == [1]
    assert cache.stats.cached_tokens == 200


def test_going_to_another_place_and_back_computes_nothing_twice() -> None:
    decoder = CountingDecoder()
    cache = PrefixCache(decoder)
    here, there = list(range(300)), list(range(1000, 1300))
    cache.logits(here, 1, never)
    cache.logits(there, 1, never)
    decoder.lengths.clear()
    cache.logits([*here, 1], 1, never)
    cache.logits([*there, 1], 1, never)
    assert decoder.lengths == [1, 1]


def test_a_long_text_that_is_replaced_gives_its_memory_back() -> None:
    made: list[weakref.ref[KeysAndValues]] = []

    class Decoder(CountingDecoder):
        def new_kv_cache(self) -> KeysAndValues:
            assert sum(cache() is not None for cache in made) < 2
            made.append(weakref.ref(new := KeysAndValues()))
            return new

    cache = PrefixCache(Decoder())
    for first in range(3):
        cache.logits([first] * 300, 1, never)
    assert [found() is not None for found in made] == [False, True, True]
    cache.logits([1] * 20 + [9] * 300, 1, never)  # begins like the one whose place it takes
    assert len(made) == 3


def test_a_long_prefill_is_cancelled_within_one_chunk_and_stays_cached() -> None:
    decoder = CountingDecoder()
    cache = PrefixCache(decoder)
    with pytest.raises(Cancelled):
        cache.logits(list(range(1000)), 1, lambda: True)
    assert decoder.lengths == [CHUNK_TOKENS]
    decoder.lengths.clear()
    cache.logits(list(range(1000)), 1, never)
    assert sum(decoder.lengths) == 1000 - CHUNK_TOKENS


def test_cached_and_fresh_logits_of_a_real_model_agree(model: Path, tmp_path: Path) -> None:
    from tests.engine.decoders.test_equality import decoder, some_ids

    runner = decoder(model, "float32", tmp_path)
    ids = some_ids(model, 90)
    cache = PrefixCache(runner)
    for end in (30, 31, 90, 89, 45, 90):
        cached = cache.logits(ids[:end], 1, never).copy()
        fresh = runner.forward(ids[:end], 0, 1, runner.new_kv_cache())
        assert np.abs(cached - fresh).max() < 1e-3


def test_logits_requested_again_cost_no_pass() -> None:
    decoder = CountingDecoder()
    cache = PrefixCache(decoder)
    first = cache.next_logits([1, 2, 3], never)
    cache.next_logits([1, 2, 3, 4], never)
    decoder.lengths.clear()
    assert (cache.next_logits([1, 2, 3], never) == first).all()
    assert decoder.lengths == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=24), min_size=1, max_size=10))
def test_drafts_change_no_logits(requests) -> None:
    cache = PrefixCache(CountingDecoder())
    for ids in requests:
        assert (cache.next_logits(ids, never) == CountingDecoder().forward(ids, 0, 1, [])[0]).all()


def test_accepted_drafts_cost_no_pass() -> None:
    decoder = CountingDecoder()
    cache = PrefixCache(decoder)
    phrase = [1, 2, 3, 4, 5, 6]
    cache.next_logits([*phrase, 9, 9, 1, 2, 3], never)
    passes = len(decoder.lengths)
    cache.next_logits([*phrase, 9, 9, 1, 2, 3, 4], never)
    cache.next_logits([*phrase, 9, 9, 1, 2, 3, 4, 5], never)
    assert len(decoder.lengths) == passes


def test_drafting_stops_where_it_does_not_pay() -> None:
    decoder = CountingDecoder()
    cache = PrefixCache(decoder)
    ids = [1, 2, 3, 4]
    for other in range(10, 60):
        ids += [other, 1, 2, 3]
        cache.next_logits(ids, never)
    assert sum(length > 4 for length in decoder.lengths[-20:]) <= 2


def test_what_is_held_is_found_whatever_kind_of_sequence_asks() -> None:
    decoder = CountingDecoder()
    cache = PrefixCache(decoder)
    cache.logits(tuple(range(50)), 1, never)
    assert cache.cached_length(tuple(range(50))) == cache.cached_length(list(range(50))) == 50
    decoder.lengths.clear()
    cache.logits(tuple(range(51)), 1, never)
    assert decoder.lengths == [1]


@pytest.mark.parametrize(("vocabulary", "held"), [(7, 64), (168_000, 24), (1_000_000, 24)])
def test_fewer_logits_of_large_vocabularies_are_held(vocabulary: int, held: int) -> None:
    decoder = CountingDecoder()
    decoder.vocabulary = vocabulary
    cache = PrefixCache(decoder)
    asked = [(i, 0) for i in range(80)]
    for ids in asked:
        cache.next_logits(ids, never)
    found = [cache.cached_logits(ids) is not None for ids in asked]
    assert found == [False] * (80 - held) + [True] * held
