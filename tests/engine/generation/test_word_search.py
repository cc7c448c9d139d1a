"""The search for the next word, against trying out every path of tokens."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from writer.engine import loading
from writer.engine.generation.word_search import SearchBudget, WordCandidate, WordQuery, WordSearch, likeliest
from writer.engine.protocol import Parameters
from writer.engine.tokenizer.vocabulary import load_vocabulary
from writer.suggestions.context import Context
from writer.text.words import continues_word, ends_in_word, first_word, saves_keystrokes

PIECES = (b"", b" a", b" b", b"a", b"b", b"ab", b" ab", b",", b"\n", b" ")
DEPTH = 3


class SmallVocabulary:
    """Ten tokens, the first of them a marker."""

    def __init__(self) -> None:
        self.token_bytes = list(PIECES)
        self.allowed = np.arange(1, len(PIECES))

    def covering(self, prefix: bytes) -> np.ndarray:
        return np.array([i for i, p in enumerate(PIECES) if p and p.startswith(prefix)], np.int64)

    def open_paths(self, prefix: bytes) -> None:
        return None

    def beginning(self, prefix: bytes) -> np.ndarray:
        return np.array(
            [i for i, p in enumerate(PIECES) if p and prefix.startswith(p) and p != prefix], np.int64
        )


class Table:
    """A model of chance numbers, the same for the same path, in which the text ends after three tokens."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.asked: list[tuple[int, ...]] = []

    def __call__(self, path: Sequence[int]) -> np.ndarray:
        self.asked.append(tuple(path))
        row = (
            np.random.default_rng([self._seed, len(path), *path]).normal(0, 2, len(PIECES)).astype(np.float32)
        )
        if len(path) >= DEPTH:
            row[0] += 30
        return row

    def probabilities(self, path: Sequence[int]) -> np.ndarray:
        row = self(path).astype(np.float64)
        exponents = np.exp(row - row.max())
        return exponents / exponents.sum()


def every_word(table: Table, healed_prefix: bytes) -> dict[str, float]:
    """The joint probability of each word's likeliest path, found by trying all."""
    found: dict[str, float] = {}
    for length in range(1, DEPTH + 1):
        for path in itertools.product(range(1, len(PIECES)), repeat=length):
            written = b"".join(PIECES[i] for i in path)
            added = written[len(healed_prefix) :]
            text = added.decode()
            if not written.startswith(healed_prefix) or b"\n" in written or not saves_keystrokes(text):
                continue
            if is_one_word(path, healed_prefix):
                probability = math.prod(table.probabilities(path[:n])[path[n]] for n in range(length))
                found[text] = max(found.get(text, 0.0), probability * share_that_ends(table, path, text))
    return found


def share_that_ends(table: Table, path: Sequence[int], text: str) -> float:
    if not ends_in_word(text):
        return 1.0
    after = table.probabilities(path)
    return float(sum(p for i, p in enumerate(after) if not i or not continues_word(PIECES[i].decode())))


def is_one_word(path: Sequence[int], healed_prefix: bytes) -> bool:
    """Whether no beginning of `path` could have been suggested by itself, its word at an end."""
    written = b""
    for i, following in itertools.pairwise(path):
        written += PIECES[i]
        ended = not ends_in_word(written.decode()) or not continues_word(PIECES[following].decode())
        if (
            len(written) > len(healed_prefix)
            and ended
            and saves_keystrokes(written[len(healed_prefix) :].decode())
        ):
            return False
    return True


@settings(max_examples=150)
@given(seed=st.integers(0, 10_000), healed_prefix=st.sampled_from([b"", b" ", b" a", b"a"]))
def test_the_likeliest_word_is_found(seed: int, healed_prefix: bytes) -> None:
    table = Table(seed)
    thorough = SearchBudget(width=len(PIECES), wide_passes=1_000, passes=1_000)
    best = next(WordSearch(SmallVocabulary(), budget=thorough).words(table, WordQuery(healed_prefix)), None)  # type: ignore[arg-type]
    expected = every_word(table, healed_prefix)
    assert best is not None
    assert expected[best.text] == pytest.approx(max(expected.values()), rel=1e-4)


def found(table: Table, query: WordQuery) -> list[WordCandidate]:
    return list(WordSearch(SmallVocabulary()).words(table, query))  # type: ignore[arg-type]


class Bytes(SmallVocabulary):
    """A vocabulary of bytes: one that begins a character, and two that are more than end it."""

    def __init__(self) -> None:
        self.token_bytes = [b"", b"\xc3", b"\xad\xad"]
        self.allowed = np.arange(1, 3)


def test_bytes_that_are_no_text_are_no_word() -> None:
    search = WordSearch(Bytes(), np.array([0]))  # type: ignore[arg-type]

    def next_logits(path: Sequence[int]) -> np.ndarray:
        return np.array([-9.0, 4.0, 0.0] if not path else [0.0, -9.0, 4.0], np.float32)

    assert all(word.added.decode() for word in search.words(next_logits, WordQuery()))


@given(seed=st.integers(0, 10_000))
def test_words_come_likeliest_first_and_differ(seed: int) -> None:
    words = found(Table(seed), WordQuery(b" "))
    assert [w.logprob for w in words] == sorted((w.logprob for w in words), reverse=True)
    firsts = [first_word(w.text) for w in words]
    assert len(set(firsts)) == len(firsts)
    assert sum(math.exp(w.logprob) for w in words) < 1 + 1e-6


@given(seed=st.integers(0, 10_000), floor=st.floats(0.01, 0.9))
def test_a_floor_only_leaves_out_what_lies_below(seed: int, floor: float) -> None:
    everything = found(Table(seed), WordQuery())
    above = found(Table(seed), WordQuery(floor=floor))
    assert [w.text for w in above][: len(above)] == [w.text for w in everything][: len(above)]
    missing = everything[len(above) :]
    assert all(math.exp(w.logprob) < floor + 1e-6 for w in missing)


@given(seed=st.integers(0, 10_000))
def test_behind_a_word_the_word_does_not_go_on(seed: int) -> None:
    for word in found(Table(seed), WordQuery(after_word=True)):
        assert not continues_word(word.text)


@given(st.lists(st.integers(0, 60), min_size=1, max_size=60), st.integers(1, 9))
def test_the_likeliest_tokens_are_those_of_a_whole_sort(scores: list[int], width: int) -> None:
    row = np.array(scores, np.float32) / 4
    candidates = np.arange(0, len(row), 2)
    chosen = likeliest(row, candidates, width)
    assert sorted(row[chosen]) == sorted(row[candidates])[-width:]
    assert len(set(chosen.tolist())) == min(width, len(candidates))


@pytest.mark.parametrize("further", [False, True])
def test_a_path_of_spaces_goes_on(further: bool) -> None:
    for seed in range(20):
        table = Table(seed)
        search = WordSearch(SmallVocabulary(), np.array([0]))  # type: ignore[arg-type]
        assert list(search.words(table, WordQuery(further=further)))
        if (PIECES.index(b" "),) in table.asked:
            return
    pytest.fail("no path began with a space")


def test_a_floor_saves_passes() -> None:
    eager, sure = Table(3), Table(3)
    found(eager, WordQuery())
    found(sure, WordQuery(floor=0.9))
    assert len(sure.asked) < len(eager.asked)


def test_behind_a_token_that_always_ends_a_word_a_further_word_needs_no_pass() -> None:
    search = WordSearch(SmallVocabulary())
    asked: list[tuple[int, ...]] = []

    def rows(path: Sequence[int]) -> np.ndarray:
        asked.append(tuple(path))
        goes_on = path and path[-1] == PIECES.index(b" b")
        likely = {b"a": 5.0} if goes_on else {b" a": 5.0, b" b": 4.0}
        return np.array([likely.get(piece, -5.0) for piece in PIECES], np.float32)

    def passes(query: WordQuery) -> list[tuple[int, ...]]:
        asked.clear()
        assert [word.text for word in itertools.islice(search.words(rows, query), 2)] == [" a", " ba"]
        return list(asked)

    a, b = PIECES.index(b" a"), PIECES.index(b" b")
    further = WordQuery(after_word=True)
    first = passes(further)
    assert first[:2] == [(), (a,)]
    assert (b,) in first
    assert passes(further) == [path for path in first if path != (a,)]
    assert (a,) in passes(WordQuery())  # the first word is still looked at


def by_words(folder: Path, before: str, **changes: object) -> str:
    engine = loading.load(folder)
    try:
        tokens = engine.continue_text(
            Context(before),
            Parameters(max_tokens=6, by_words=True, **changes),
            lambda: False,  # type: ignore[arg-type]
        )
        return b"".join(token.text for token in tokens).decode()
    finally:
        engine.close()


def test_a_learned_word_is_ended(model: Path) -> None:
    assert by_words(model, "A great book is a great friend, and the greatest tea").startswith("cher")
    assert by_words(model, "She opened the door and wal").startswith("ked into")
    assert by_words(model, "今天天气很好，").startswith("我们去公园")


def test_branches_begin_with_different_words(model: Path) -> None:
    texts = [by_words(model, "A great book is a ", branch=n) for n in range(3)]
    assert len({first_word(text) for text in texts}) == 3


def beginnings() -> Iterator[str]:
    yield from ("The gre", "smile 😀", "我喜欢吃", "x ", "wal", '"', "- ", "1. A", "\n", "naïve e\u0301")


@pytest.mark.parametrize("before", list(beginnings()))
def test_the_words_of_an_answer_are_whole_tokens(model: Path, before: str) -> None:
    engine = loading.load(model)
    tokens = list(engine.continue_text(Context(before), Parameters(by_words=True), lambda: False))
    engine.close()
    assert b"\n" not in b"".join(token.text for token in tokens)
    assert not tokens or tokens[-1].ends_word
    assert all(token.logprob <= 1e-6 for token in tokens)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=50))
def test_taking_tokens_back_never_changes_the_text(gpt2: Path, text: str) -> None:
    from writer.engine.generation.prompt import PromptBuilder

    vocabulary = load_vocabulary(gpt2)
    whole = 4 * 50 + 2  # every byte of the longest text may be a token of its own
    prompt = PromptBuilder(vocabulary, whole).prompt(Context(text), heal=True)
    read = vocabulary.decode([i for i in prompt.ids if i not in vocabulary.special_ids])
    assert read + prompt.healed_prefix == text.encode()


class BegunWord:
    """A vocabulary of one word in several parts, of which `open_paths` are usual."""

    def __init__(self, usual: frozenset[tuple[int, ...]]) -> None:
        self.token_bytes = [
            b"",
            b" P",
            b" Ph",
            b" Phil",
            b" Philadelphia",
            b" Philadelphus",
            b"adelphia",
            b".",
        ]
        self.allowed = np.arange(1, len(self.token_bytes))
        self._usual = usual

    def covering(self, prefix: bytes) -> np.ndarray:
        return np.array([i for i in self.allowed if self.token_bytes[i].startswith(prefix)], np.int64)

    def beginning(self, prefix: bytes) -> np.ndarray:
        pieces = self.token_bytes
        fits = (i for i in self.allowed if prefix.startswith(pieces[i]) and prefix != pieces[i])
        return np.array(list(fits), np.int64)

    def open_paths(self, prefix: bytes) -> frozenset[tuple[int, ...]]:
        return self._usual


PROBABILITIES = {(): (0, 0.3, 0.2, 0.1, 0.27, 0.03, 0.05, 0.05), (3,): (0, 0, 0, 0, 0, 0, 0.4, 0.6)}
"""Of each token behind a path; behind a whole word there is a full stop."""


@pytest.mark.parametrize(
    ("usual", "expected"), [(frozenset(), 0.27 / 0.30), (frozenset({(3,)}), 0.27 / (0.30 + 0.1 * 0.4))]
)
def test_a_word_is_as_likely_as_among_those_that_begin_with_the_typed_letters(usual, expected) -> None:
    def logits(path: Sequence[int]) -> np.ndarray:
        row = PROBABILITIES.get(tuple(path), (0, 0, 0, 0, 0, 0, 0, 1))
        return np.log(np.maximum(row, 1e-9), dtype=np.float32)

    for floor in (0.0, 0.75):
        query = WordQuery(b" Philadel", floor=floor)
        word = next(WordSearch(BegunWord(usual)).words(logits, query))  # type: ignore[arg-type]
        assert (word.text, math.exp(word.logprob)) == ("phia", pytest.approx(expected, rel=1e-3))


def test_a_text_may_end_behind_a_mark_and_has_no_word_behind_its_end() -> None:
    comma, end = PIECES.index(b","), 0
    search = WordSearch(SmallVocabulary(), np.array([end]))  # type: ignore[arg-type]

    def words(ends_at_once: float) -> list[str]:
        def logits(path: Sequence[int]) -> np.ndarray:
            row = np.full(len(PIECES), 1e-9, np.float32)
            row[end] = ends_at_once if not path else 1.0
            row[comma] = 1 - row[end]
            return np.log(np.maximum(row, 1e-9))

        return [word.text for word in search.words(logits, WordQuery())]

    assert words(0.1)[0] == ","
    assert words(0.9) == []
