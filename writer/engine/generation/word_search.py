"""A best-first search for the likeliest next words, with their probabilities.

Greedy decoding takes " gr" where " great", " group" and " grow" share that token, and may end at an unlikely
word. Here token paths are in a priority queue by their joint probability, and the best path is expanded until
it is a complete word. That takes one or two passes more than greedy decoding, and it gives the word's
probability, which the confidence gate needs.

Whether a word ends behind its tokens takes a pass to know. Behind most tokens it nearly always does, wherever
they stand; for the words behind the first one that is remembered.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from writer.engine.tokenizer.vocabulary import Ids, Vocabulary
from writer.engine.weights.weights import Floats
from writer.text.characters import is_han
from writer.text.words import continues_word, ends_in_word, first_word, saves_keystrokes

MAX_WORD_BYTES = 48
"""The number of bytes after which a path is not expanded."""

_OPEN_SHARE = 0.3
"""The share of what open paths may have beside all that covers the healed prefix when a word is judged."""

_NEAR = 8.0
"""The difference from the highest log-probability within which the likeliest tokens are looked for first."""

_SURE_END = 0.9
"""How often a word must have ended behind a token for it to be taken for the end of a further word."""

_LATEST = 0.25
"""The weight of the latest occurrence in that share."""

_CONTINUATION_BYTES = bytes(range(0x80, 0xC0))

NextLogits = Callable[[Sequence[int]], Floats]
"""A function from a path of token ids to the logits after the prompt and that path, float32 [vocabulary]."""


@dataclass(frozen=True, slots=True)
class SearchBudget:
    """The limits of a search: the `width` likeliest continuations of a path are followed.

    After `wide_passes` passes only the best path is expanded, and after `passes` none.
    """

    width: int = 6
    wide_passes: int = 10
    passes: int = 20


@dataclass(frozen=True, slots=True)
class WordCandidate:
    """A next word: its token ids, the bytes that it adds after the cursor, its natural log-probability."""

    path: tuple[int, ...]
    added: bytes
    logprob: float

    @property
    def text(self) -> str:
        """The added bytes as text; a partial character is replaced by U+FFFD."""
        return self.added.decode("utf-8", errors="replace")


@dataclass(frozen=True, slots=True)
class WordQuery:
    """The conditions of a search.

    A path must begin with the bytes `healed_prefix` (token healing). `after_word`: the text ends with a
    complete word, which the path must not continue. `further`: a word of the answer stands before, so that a
    single Han character is worth its key. Words less probable than `floor` are not returned.
    """

    healed_prefix: bytes = b""
    after_word: bool = False
    floor: float = 0.0
    further: bool = False


@dataclass(frozen=True, slots=True)
class _Path:
    """Token ids with their bytes and joint log-probability.

    `ended`: the word is complete; without ids, the text ends here. `open`: the path ends within the healed
    prefix.
    """

    ids: tuple[int, ...]
    written: bytes
    logprob: float
    ended: bool = False
    open: bool = False

    @property
    def probability(self) -> float:
        """The joint probability of the ids."""
        return math.exp(self.logprob)


@dataclass(slots=True)
class _Search:
    """The state of a search: its queue of paths, and the probability of all that fits the query.

    Of that, `least` is what tokens have that cover the healed prefix, by the passes until now, and `open` is
    what paths have that end within it and are in the queue: an upper bound of what those add to `least`.
    """

    query: WordQuery
    least: float = 0.0
    open: float = 0.0
    queue: list[tuple[float, int, _Path]] = field(default_factory=list)
    pushed: int = 0

    def push(self, path: _Path) -> None:
        self.pushed += 1
        self.open += path.probability if path.open else 0.0
        heapq.heappush(self.queue, (-path.logprob, self.pushed, path))

    @property
    def highest(self) -> float:
        """The probability of the likeliest path in the queue."""
        return self.queue[0][2].probability

    def pop(self) -> _Path:
        """The likeliest path; an open one where those are too likely for the probability of a word."""
        entry = self.queue[0]
        if entry[2].ended and self.open > _OPEN_SHARE * self.least:
            entry = min((one for one in self.queue if one[2].open), default=entry)
        self.queue.remove(entry)
        heapq.heapify(self.queue)
        self.open -= entry[2].probability if entry[2].open else 0.0
        return entry[2]

    @property
    def mass(self) -> float:
        """The probability of all that fits the query, or more while there are open paths."""
        return self.least + self.open

    def added(self, path: _Path) -> bytes:
        return path.written[len(self.query.healed_prefix) :]

    def text(self, path: _Path) -> str | None:
        """The text that `path` adds; None where its bytes are none, as after too many of one character."""
        try:
            return self.added(path).decode()
        except UnicodeDecodeError:
            return None

    def is_acceptable(self, path: _Path) -> bool:
        """Whether `path` could be suggested if its word were complete."""
        text = self.text(path)
        if text is None:
            return False
        return saves_keystrokes(text) or (self.query.further and _ends_in_han(text))


@dataclass(frozen=True, slots=True)
class TokenClasses:
    """The allowed tokens by what they are to a search, int64 [n] each.

    `characters` continue a character. Of the others that a suggestion may hold, which are `inline`, some
    continue a word and some start one.
    """

    characters: Ids
    inline: Ids
    continuations: Ids
    starts: Ids

    @classmethod
    def of(cls, vocabulary: Vocabulary) -> TokenClasses:
        """The classes of a vocabulary's tokens."""
        every = list(vocabulary.token_bytes)
        token_bytes = [every[i] for i in vocabulary.allowed.tolist()]
        rest = np.array([0x80 <= data[0] < 0xC0 for data in token_bytes])
        usable = ~_excluded(token_bytes) & ~rest
        onward = np.array(_continues_word(token_bytes))
        allowed = vocabulary.allowed
        return cls(allowed[rest], allowed[usable], allowed[usable & onward], allowed[usable & ~onward])


class WordSearch:
    """Searches words among the tokens that `vocabulary` allows; `stops`, int64 [n], end a text.

    `classes` are those of the vocabulary, where they are known already.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        stops: Ids | None = None,
        budget: SearchBudget | None = None,
        classes: TokenClasses | None = None,
    ) -> None:
        self._budget = budget or SearchBudget()
        self._stops: Ids = np.empty(0, np.int64) if stops is None else stops
        self._token_bytes = vocabulary.token_bytes
        self._vocabulary = vocabulary
        self._classes = classes or TokenClasses.of(vocabulary)
        self._ends: dict[int, float] = {}
        """How often a word ended behind a token, by the passes until now."""

    def words(self, next_logits: NextLogits, query: WordQuery) -> Iterator[WordCandidate]:
        """The next words, likeliest first, each with a different first word.

        A word that saves no keystrokes is extended by the next one. There are none behind the end of the
        text, where that is likelier than they are.
        """
        search = _Search(query)
        search.push(_Path((), b"", 0.0))
        passes, given = 0, set[str]()
        while search.queue and passes < self._budget.passes:
            if search.highest < query.floor * search.least:
                return
            path = search.pop()
            if path.ended:
                if not path.ids or path.probability < query.floor * search.mass:
                    return
                text = search.added(path).decode()
                if (first := first_word(text)) not in given:
                    given.add(first)
                    part = path.probability / max(search.mass, path.probability)
                    yield WordCandidate(path.ids, search.added(path), math.log(part))
                continue
            passes += 1
            narrow = passes > self._budget.wide_passes
            if narrow:
                search.queue.clear()
            self._expand(search, path, next_logits(path.ids), 1 if narrow else self._budget.width)

    def _expand(self, search: _Search, path: _Path, logits: Floats, width: int) -> None:
        """Push the continuations of `path`: the end of its word, and its likeliest next tokens."""
        scores = log_softmax(logits)
        query = search.query
        rest = query.healed_prefix[len(path.written) :]
        if rest:
            candidates = self._vocabulary.covering(rest)
            search.least += path.probability * probability_mass(scores, candidates)
            self._push_open(search, path, scores, rest)
        elif not path.ids:
            candidates = self._classes.starts if query.after_word else self._classes.inline
            search.least = probability_mass(scores, candidates) if query.after_word else 1.0
            self._push_text_end(search, path, scores)
        elif _ends_within_character(path.written):
            candidates = self._classes.characters
        elif ends_in_word(path.written[-8:].decode("utf-8", errors="ignore")):
            candidates = self._classes.continuations
            self._push_end(search, path, scores, width)
        elif search.is_acceptable(path):
            search.push(_Path(path.ids, path.written, path.logprob, ended=True))
            return
        else:
            candidates = self._classes.inline
            self._push_text_end(search, path, scores)
        self._push_continuations(search, path, scores, candidates, width)

    def _push_text_end(self, search: _Search, path: _Path, scores: Floats) -> None:
        """Push `path` as one that the text ends behind; it may save no keystrokes, as a full stop does."""
        text = search.text(path)
        if len(self._stops) and (not path.ids or (text and not _ends_in_han(text))):
            logprob = path.logprob + math.log(max(probability_mass(scores, self._stops), 1e-30))
            search.push(_Path(path.ids, path.written, logprob, ended=True))

    def _push_open(self, search: _Search, path: _Path, scores: Floats, rest: bytes) -> None:
        """Push the continuations of `path` that end within the healed prefix, as its words are tokenized.

        A text that is divided otherwise is one that the model has not learned: "P" before "hiladelphia".
        """
        known = self._vocabulary.open_paths(search.query.healed_prefix)
        for i in np.sort(self._vocabulary.beginning(rest)).tolist():
            if known is None or (*path.ids, i) in known:
                logprob = path.logprob + float(scores[i])
                written = path.written + self._token_bytes[i]
                search.push(_Path((*path.ids, i), written, logprob, open=True))

    def _push_end(self, search: _Search, path: _Path, scores: Floats, width: int) -> None:
        """Push `path` as a complete word, or with a next word where it could not be suggested."""
        if search.is_acceptable(path):
            ends = 1 - min(probability_mass(scores, self._classes.continuations), 1 - 1e-6)
            self._ends[path.ids[-1]] = ends + (1 - _LATEST) * (self._ends.get(path.ids[-1], ends) - ends)
            search.push(_Path(path.ids, path.written, path.logprob + math.log(ends), ended=True))
        else:
            self._push_continuations(search, path, scores, self._classes.starts, width)

    def _push_continuations(
        self, search: _Search, path: _Path, scores: Floats, candidates: Ids, width: int
    ) -> None:
        if len(search.added(path)) >= MAX_WORD_BYTES or not len(candidates):
            return
        for i in likeliest(scores, candidates, width):
            written = path.written + self._token_bytes[i]
            if b"\n" not in written[len(search.query.healed_prefix) :]:
                found = _Path((*path.ids, int(i)), written, path.logprob + float(scores[i]))
                search.push(self._as_known(search, found))

    def _as_known(self, search: _Search, path: _Path) -> _Path:
        """`path` as a complete word where that needs no pass: a further word, whose token always ends one."""
        ends = self._ends.get(path.ids[0], 0.0) if search.query.after_word and len(path.ids) == 1 else 0.0
        if ends < _SURE_END or not search.is_acceptable(path):
            return path
        return _Path(path.ids, path.written, path.logprob + math.log(ends), ended=True)


def _excluded(token_bytes: list[bytes]) -> NDArray[np.bool_]:
    """Which tokens no suggestion may hold: those with a line break, or of several spaces."""
    ends = np.cumsum([len(data) for data in token_bytes])
    written = np.frombuffer(b"".join(token_bytes), np.uint8)
    result = np.array([data[0] <= 32 and len(data) > 1 and data.isspace() for data in token_bytes])
    breaks = np.flatnonzero((written == ord("\n")) | (written == ord("\r")))
    result[np.searchsorted(ends, breaks, side="right")] = True
    return result


def _ends_in_han(text: str) -> bool:
    """Whether the last character but for spaces is Han."""
    return any(map(is_han, text.strip()[-1:]))


def _ends_within_character(written: bytes) -> bool:
    """Whether the last character is incomplete."""
    try:
        written[-8:].lstrip(_CONTINUATION_BYTES).decode()
    except UnicodeDecodeError:
        return True
    return False


def _continues_word(token_bytes: list[bytes]) -> list[bool]:
    """Which tokens' bytes continue a word. The result is cached by the first two characters, which decide."""
    known: dict[bytes, bool] = {}
    result = []
    for data in token_bytes:
        start = data[:2]
        if not start.isascii():
            start = data[:8].decode("utf-8", errors="ignore")[:2].encode()
        if start not in known:
            known[start] = continues_word(start.decode())
        result.append(known[start])
    return result


def likeliest(scores: Floats, candidates: Ids, width: int) -> Ids:
    """The `width` of `candidates` with the highest scores, all of them where they are fewer.

    Few of a large vocabulary are near the highest one: only these are partitioned where they are enough.
    """
    if len(candidates) <= width:
        return candidates
    found = scores[candidates]
    near = np.flatnonzero(found > found.max() - _NEAR)
    if len(near) > width:
        return candidates[near[np.argpartition(found[near], -width)[-width:]]]
    return candidates[np.argpartition(found, -width)[-width:]]


def log_softmax(logits: Floats) -> Floats:
    """The natural log-probabilities of `logits`, both float32 [vocabulary]."""
    shifted = logits - logits.max()
    result: Floats = shifted - np.log(np.exp(shifted).sum(dtype=np.float64)).astype(np.float32)
    return result


def probability_mass(scores: Floats, ids: Ids) -> float:
    """The sum of the probabilities of `ids`; `scores` are log-probabilities, float32 [vocabulary]."""
    return float(np.exp(scores[ids]).sum(dtype=np.float64))
