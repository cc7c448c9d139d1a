"""Which word comes next: the likeliest whole word, not the likeliest token after the likeliest token.

A greedy path takes " gr" where " great", " group" and " grow" share that token, and ends at a word that
nobody would have said first. Here token paths wait in a queue by their joint probability, and the best one
is gone on with, until the best one is a word that has ended. That costs one or two passes more than the
greedy path, and the word's probability comes with it: it tells whether a suggestion is worth showing.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from writer.engine.tokenizer.vocabulary import Ids, Vocabulary
from writer.engine.weights.safetensors_reader import Floats
from writer.text.words import continues_word, ends_in_word, first_word, saves_keystrokes

LONGEST = 48
"""Bytes after which nothing more is added to a word."""

_CONTINUATIONS = bytes(range(0x80, 0xC0))

Row = Callable[[Sequence[int]], Floats]
"""Logits after the prompt and a path of tokens, float32 [vocabulary]."""


@dataclass(frozen=True, slots=True)
class SearchBudget:
    """How much is tried: `width` continuations of a path; after `broad` paths only the best one is gone on
    with, and after `passes` of them none.
    """

    width: int = 6
    broad: int = 10
    passes: int = 20


@dataclass(frozen=True, slots=True)
class WordCandidate:
    """A next word: its tokens, the bytes it adds after the cursor, the logarithm of its probability."""

    path: tuple[int, ...]
    added: bytes
    logprob: float

    @property
    def text(self) -> str:
        """The added bytes as text."""
        return self.added.decode("utf-8", errors="replace")


@dataclass(frozen=True, slots=True)
class WordQuery:
    """The place behind which a word is looked for.

    `healed_prefix` are bytes that the path must write again before it adds any. `after_word`: a word has
    just ended there and must not go on. Words less probable than `floor` are left out.
    """

    healed_prefix: bytes = b""
    after_word: bool = False
    floor: float = 0.0


@dataclass(frozen=True, slots=True)
class _Path:
    """Tokens with their bytes and joint log-probability; `ended`: and there the word is over."""

    ids: tuple[int, ...]
    written: bytes
    logprob: float
    ended: bool = False


@dataclass(slots=True)
class _Search:
    """One question, the paths that wait, and the probability of all that agrees with it."""

    question: WordQuery
    mass: float = 1.0
    queue: list[tuple[float, int, _Path]] = field(default_factory=list)
    pushed: int = 0

    def push(self, path: _Path) -> None:
        self.pushed += 1
        heapq.heappush(self.queue, (-path.logprob, self.pushed, path))

    def added(self, path: _Path) -> bytes:
        return path.written[len(self.question.healed_prefix) :]

    def is_finished(self, path: _Path) -> bool:
        """Whether `path`, were its word at an end, could be suggested."""
        try:
            return saves_keystrokes(self.added(path).decode())
        except UnicodeDecodeError:
            return False


class WordSearch:
    """Finds words among the continuations that a vocabulary allows."""

    def __init__(self, vocabulary: Vocabulary, limits: SearchBudget | None = None) -> None:
        self._limits = limits or SearchBudget()
        self._pieces = vocabulary.pieces
        self._matching = vocabulary.matching
        pieces = [vocabulary.pieces[i] for i in vocabulary.allowed]
        rest = np.array([0x80 <= piece[0] < 0xC0 for piece in pieces])
        usable = np.array([not _is_unwanted(piece) for piece in pieces]) & ~rest
        onward = np.array(_going_on(pieces))
        self._rest: Ids = vocabulary.allowed[rest]
        self._inside: Ids = vocabulary.allowed[usable]
        self._onward: Ids = vocabulary.allowed[usable & onward]
        self._anew: Ids = vocabulary.allowed[usable & ~onward]

    def words(self, row: Row, question: WordQuery) -> Iterator[WordCandidate]:
        """The words that may come next, likeliest first, each with another first word.

        A word that would save no key takes the next one along.
        """
        search = _Search(question)
        search.push(_Path((), b"", 0.0))
        passes, given = 0, set[str]()
        while search.queue and passes < self._limits.passes:
            path = heapq.heappop(search.queue)[2]
            if math.exp(path.logprob) < question.floor * search.mass:
                return
            if path.ended:
                text = search.added(path).decode()
                probability = math.exp(path.logprob)
                if (first := first_word(text)) not in given:
                    given.add(first)
                    part = probability / max(search.mass, probability)
                    yield WordCandidate(path.ids, search.added(path), math.log(part))
                continue
            passes += 1
            narrow = passes > self._limits.broad
            if narrow:
                search.queue.clear()
            self._go_on(search, path, row(path.ids), 1 if narrow else self._limits.width)

    def _go_on(self, search: _Search, path: _Path, logits: Floats, width: int) -> None:
        """Push what may follow `path`: its end, its likeliest next tokens."""
        scores = log_softmax(logits)
        question = search.question
        rest = question.healed_prefix[len(path.written) :]
        if rest:
            candidates = self._matching(rest)
            search.mass += math.exp(path.logprob) * (share(scores, candidates) - 1)
        elif not path.ids:
            candidates = self._anew if question.after_word else self._inside
            search.mass = share(scores, candidates) if question.after_word else 1.0
        elif _is_amid_character(path.written):
            candidates = self._rest
        elif ends_in_word(path.written[-8:].decode("utf-8", errors="ignore")):
            candidates = self._onward
            self._end_word(search, path, scores, width)
        elif search.is_finished(path):
            search.push(_Path(path.ids, path.written, path.logprob, ended=True))
            return
        else:
            candidates = self._inside
        self._push_longer(search, path, scores, candidates, width)

    def _end_word(self, search: _Search, path: _Path, scores: Floats, width: int) -> None:
        """Push the case that the word is over: as found, or with what comes next."""
        if search.is_finished(path):
            over = math.log1p(-min(share(scores, self._onward), 1 - 1e-6))
            search.push(_Path(path.ids, path.written, path.logprob + over, ended=True))
        else:
            self._push_longer(search, path, scores, self._anew, width)

    def _push_longer(self, search: _Search, path: _Path, scores: Floats, candidates: Ids, width: int) -> None:
        if len(search.added(path)) >= LONGEST or not len(candidates):
            return
        chosen = candidates
        if len(candidates) > width:
            chosen = candidates[np.argpartition(scores[candidates], -width)[-width:]]
        for i in chosen:
            written = path.written + self._pieces[i]
            if b"\n" not in written[len(search.question.healed_prefix) :]:
                search.push(_Path((*path.ids, int(i)), written, path.logprob + float(scores[i])))


def _is_unwanted(piece: bytes) -> bool:
    """Pieces that no suggestion goes through: a suggestion stays in its line and has single spaces."""
    return b"\n" in piece or b"\r" in piece or (len(piece) > 1 and piece.isspace())


def _is_amid_character(written: bytes) -> bool:
    """Whether the last character still misses bytes."""
    try:
        written[-8:].lstrip(_CONTINUATIONS).decode()
    except UnicodeDecodeError:
        return True
    return False


def _going_on(pieces: list[bytes]) -> list[bool]:
    """Which pieces continue a word. Their first two characters decide, and few pairs are different."""
    known: dict[str, bool] = {}
    result = []
    for piece in pieces:
        start = piece[:8].decode("utf-8", errors="ignore")[:2]
        if start not in known:
            known[start] = continues_word(start)
        result.append(known[start])
    return result


def log_softmax(logits: Floats) -> Floats:
    """The logarithms of the probabilities that `logits` stand for, float32 [vocabulary]."""
    shifted = logits - logits.max()
    result: Floats = shifted - np.log(np.exp(shifted).sum(dtype=np.float64)).astype(np.float32)
    return result


def share(scores: Floats, ids: Ids) -> float:
    """The probability of `ids` together."""
    return float(np.exp(scores[ids]).sum(dtype=np.float64))
