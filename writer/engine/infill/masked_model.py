"""Words for a gap from a model that reads both sides at once: BERT and its kin.

How many pieces the word has is not known, so the sentence is read once for each number of masks. Words of one
piece are known then; of longer ones the likeliest first pieces are put in, and the sentence is read again
for the next piece, until all are there or the time is over.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from writer.engine.generation.word_search import log_softmax
from writer.engine.infill.onnx_encoder import OnnxEncoder
from writer.engine.onnx_graphs.graph_files import Precision
from writer.engine.protocol import EngineError
from writer.engine.tokenizer.vocabulary import Ids, Vocabulary, load_vocabulary
from writer.engine.tokenizer.word_tokens import WordTokens, best
from writer.engine.weights.decoder_config import UnsupportedError
from writer.engine.weights.safetensors_reader import Floats
from writer.suggestions.gap import Alternative, Gap
from writer.text.language import Language

log = logging.getLogger(__name__)

FRAMES = (("[CLS]", "[MASK]", "[SEP]"), ("<s>", "<mask>", "</s>"))
"""What stands before a text, for a missing piece, and behind the text, in the two families of tokenizers."""

LENGTHS: dict[Language, tuple[float, ...]] = {"en": (0.92, 0.06, 0.02), "zh": (0.4, 0.5, 0.06, 0.04)}
"""How often words have one piece, two, and so on: characters in Chinese."""

NEAR, FAR = 20, 120
"""Tokens on each side that are read, in a hurry and else."""

_WHOLE, _PART = 64, 12
"""Choices that are looked at for a word's last piece, and for an earlier one."""

_WIDTH = 16
"""Unfinished words that go on to the next piece at the most."""


class MaskedEncoder(Protocol):
    """A model that says what is missing in sequences of at most `positions` tokens."""

    positions: int

    def logits(self, sequences: Sequence[Sequence[int]], places: Sequence[tuple[int, int]]) -> Floats:
        """Logits float32 [places, vocabulary] at each (sequence, token) of `places`, all in one pass."""
        ...

    def close(self) -> None:
        """Give back memory."""
        ...


@dataclass(frozen=True, slots=True)
class _Word:
    """The pieces that are chosen, their log-probability, and what the model says of the rest.

    `rest` is float32 [pieces that are missing, vocabulary], logarithms.
    """

    ids: tuple[int, ...]
    logprob: float
    rest: Floats

    @property
    def promise(self) -> float:
        """The log-probability with the likeliest pieces for the rest."""
        return self.logprob + float(self.rest.max(axis=1).sum()) if len(self.rest) else self.logprob


class MaskedModel:
    """A masked language model. Implements `protocol.Chooser`. Used from one thread only."""

    def __init__(self, name: str, encoder: MaskedEncoder, vocabulary: Vocabulary) -> None:
        self.name = name
        self._encoder = encoder
        self._vocabulary = vocabulary
        self._pieces = WordTokens(vocabulary)
        self._begin, self._mask, self._end = _frame(name, vocabulary)
        self._pace = 0.0006
        """Seconds that a token takes, as seen lately."""

    def alternatives(
        self, gap: Gap, seconds: float | None, cancelled: Callable[[], bool]
    ) -> list[Alternative]:
        """See `Chooser.alternatives`."""
        end = math.inf if seconds is None else time.perf_counter() + seconds
        left, right = self._sides(gap, FAR if seconds is None else NEAR)
        unfinished = self._read(left, right, self._blanks(gap.language))
        found: list[_Word] = []
        while unfinished and not cancelled():
            grown = [word for start in unfinished for word in self._grown(start, gap)]
            found += [word for word in grown if not len(word.rest)]
            unfinished = sorted((word for word in grown if len(word.rest)), key=lambda word: -word.promise)
            width = self._affordable(len(left) + len(right), end - time.perf_counter())
            found += [self._guessed(word, gap.language) for word in unfinished[width:_WIDTH]]
            unfinished = self._read(left, right, unfinished[:width])
        return [] if cancelled() else [self._alternative(word) for word in found]

    def likelihoods(self, gap: Gap, masks: int) -> Floats:
        """What the model says of each of `masks` pieces, float32 [masks, vocabulary], logarithms."""
        left, right = self._sides(gap, FAR)
        (word,) = self._read(left, right, [_Word((), 0.0, _missing(masks))])
        return word.rest

    def close(self) -> None:
        """Give back memory."""
        self._encoder.close()

    def _blanks(self, language: Language) -> list[_Word]:
        """A word without pieces for each number that it may have."""
        priors = LENGTHS[language] if len(self._pieces.onward(language)) else (1.0,)
        return [_Word((), math.log(prior), _missing(n)) for n, prior in enumerate(priors, 1)]

    def _sides(self, gap: Gap, most: int) -> tuple[list[int], list[int]]:
        """The tokens before and behind the gap, with the marks of the ends; together at most what fits."""
        most = min(most, (self._encoder.positions - len(LENGTHS["zh"]) - 2) // 2)
        before = self._vocabulary.encode(gap.before.rstrip(" "))
        after = self._vocabulary.encode(gap.after)
        return [self._begin, *before[-most:]], [*after[:most], self._end]

    def _read(self, left: list[int], right: list[int], words: Sequence[_Word]) -> list[_Word]:
        """The same words, with what the model says of the rest now that it sees the pieces chosen."""
        if not words:
            return []
        started = time.perf_counter()
        sequences = [[*left, *word.ids, *[self._mask] * len(word.rest), *right] for word in words]
        places = [
            (row, len(left) + len(word.ids) + n)
            for row, word in enumerate(words)
            for n in range(len(word.rest))
        ]
        logits = self._encoder.logits(sequences, places)
        scores = np.stack([log_softmax(row) for row in logits])
        rests = np.split(scores, np.cumsum([len(word.rest) for word in words])[:-1])
        pace = (time.perf_counter() - started) / sum(map(len, sequences))
        self._pace = (self._pace + pace) / 2
        return [_Word(word.ids, word.logprob, rest) for word, rest in zip(words, rests, strict=True)]

    def _grown(self, word: _Word, gap: Gap) -> Iterable[_Word]:
        """The word with each of the likeliest next pieces."""
        row, rest = word.rest[0], word.rest[1:]
        allowed = self._pieces.onward(gap.language) if word.ids else self._beginning(gap)
        for i in best(row, allowed, _PART if len(rest) else _WHOLE):
            yield _Word((*word.ids, i), word.logprob + float(row[i]), rest)

    def _beginning(self, gap: Gap) -> Ids:
        if not self._vocabulary.has_spaces:
            return self._pieces.beginning(gap.language, b" ", anywhere=False)
        lead = b" " if gap.before.endswith(" ") else b""
        return self._pieces.beginning(gap.language, lead, anywhere=not gap.before.strip())

    def _guessed(self, word: _Word, language: Language) -> _Word:
        """The word, ended with the pieces that were likeliest before its own were chosen."""
        onward = self._pieces.onward(language)
        ids = tuple(best(row, onward, 1)[0] for row in word.rest)
        gained = sum(float(row[i]) for row, i in zip(word.rest, ids, strict=True))
        return _Word((*word.ids, *ids), word.logprob + gained, word.rest[:0])

    def _affordable(self, tokens: int, seconds: float) -> int:
        """How many words can be read on with, beside so many tokens, in that time."""
        if seconds == math.inf:
            return _WIDTH
        return max(0, min(_WIDTH, int(seconds / (self._pace * (tokens + len(LENGTHS["zh"]))))))

    def _alternative(self, word: _Word) -> Alternative:
        written = self._vocabulary.decode(word.ids).decode("utf-8", "replace")
        return Alternative(written.strip(), word.logprob)


def load_masked(folder: Path, *, threads: int, precision: Precision = "int8") -> MaskedModel:
    """The masked model in `folder`, ready to answer quickly. Raises EngineError with a user's sentence."""
    vocabulary = load_vocabulary(folder)
    model = MaskedModel(folder.name, _reader(folder, threads, precision), vocabulary)
    for word in ("a", "字"):
        model.alternatives(Gap("", "", word), 0.0, lambda: False)
    return model


def _reader(folder: Path, threads: int, precision: Precision) -> MaskedEncoder:
    try:
        return OnnxEncoder(folder, threads=threads, precision=precision)
    except UnsupportedError as reason:
        from writer.engine.infill.transformers_encoder import TransformersEncoder

        log.info("%s transformers runs %s", reason, folder.name)
        return TransformersEncoder(folder)


def _missing(pieces: int) -> Floats:
    """What is known of so many pieces before anything was read."""
    return np.empty((pieces, 0), np.float32)


def _frame(name: str, vocabulary: Vocabulary) -> tuple[int, int, int]:
    for frame in FRAMES:
        begin, mask, end = (vocabulary.id_of(token) for token in frame)
        if begin is not None and mask is not None and end is not None:
            return begin, mask, end
    raise EngineError(
        "The tokenizer of {name} has no mark for a missing word. Choose another model.", name=name
    )
