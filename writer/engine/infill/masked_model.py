"""Infilling with a masked language model such as BERT.

The number of a word's tokens is not known, so the sentence is predicted once for each number of masks. Words
of one token are complete then; for longer ones the likeliest first tokens are put in and the next mask is
predicted, as a beam search, until all words are complete or the time is over.
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
from writer.engine.tokenizer.word_tokens import WordTokens, top_ids
from writer.engine.weights.decoder_config import UnsupportedError
from writer.engine.weights.weights import Floats
from writer.suggestions.gap import Alternative, Gap
from writer.text.language import Language

log = logging.getLogger(__name__)

LENGTH_PRIORS: dict[Language, tuple[float, ...]] = {"en": (0.92, 0.06, 0.02), "zh": (0.4, 0.5, 0.06, 0.04)}
"""The prior probabilities of words of one token, two tokens and so on; a Chinese character is a token."""

QUICK_CONTEXT_TOKENS, CONTEXT_TOKENS = 20, 120
"""The most tokens on each side of the gap, with a time limit and without."""

_LAST_TOKEN_CHOICES, _EARLIER_TOKEN_CHOICES = 64, 12
"""The number of choices for a word's last token, and for an earlier one."""

_BEAM_WIDTH = 16
"""The most incomplete words whose next mask is predicted."""


class MaskedEncoder(Protocol):
    """A masked encoder for sequences of at most `positions` tokens, each one of `vocabulary` ids."""

    positions: int
    vocabulary: int

    def logits(self, sequences: Sequence[Sequence[int]], mask_positions: Sequence[tuple[int, int]]) -> Floats:
        """The logits at each (sequence, token) of `mask_positions`, float32 [masks, vocabulary]."""
        ...

    def close(self) -> None:
        """Give back memory."""
        ...


@dataclass(frozen=True, slots=True)
class _Word:
    """A word: the ids chosen so far, their log-probability, and the predictions for its remaining masks.

    `predictions` are log-probabilities, float32 [masks, vocabulary].
    """

    ids: tuple[int, ...]
    logprob: float
    predictions: Floats

    @property
    def upper_bound(self) -> float:
        """The log-probability of the word with the likeliest token for each mask."""
        return (
            self.logprob + float(self.predictions.max(axis=1).sum())
            if len(self.predictions)
            else self.logprob
        )


class MaskedModel:
    """A masked language model. Implements `protocol.InfillModel`. Used from one thread only.

    Raises EngineError where the tokenizer has no mask token.
    """

    def __init__(self, name: str, encoder: MaskedEncoder, vocabulary: Vocabulary) -> None:
        self.name = name
        self._encoder = encoder
        self._vocabulary = vocabulary
        self._word_tokens = WordTokens(vocabulary)
        self._begin, self._mask_id, self._end = _marks(name, vocabulary)
        self._seconds_per_token = 0.0006
        """Seconds that a token takes, a moving average."""

    def alternatives(
        self, gap: Gap, seconds: float | None, cancelled: Callable[[], bool]
    ) -> list[Alternative]:
        """See `InfillModel.alternatives`."""
        end = math.inf if seconds is None else time.perf_counter() + seconds
        left, right = self._context_ids(gap, CONTEXT_TOKENS if seconds is None else QUICK_CONTEXT_TOKENS)
        unfinished = self._predict(left, right, self._empty_words(gap.language))
        found: list[_Word] = []
        while unfinished and not cancelled():
            extended = [word for start in unfinished for word in self._extensions(start, gap)]
            found += [word for word in extended if not len(word.predictions)]
            unfinished = sorted(
                (word for word in extended if len(word.predictions)), key=lambda word: -word.upper_bound
            )
            width = self._affordable_width(len(left) + len(right), end - time.perf_counter())
            found += [self._completed(word, gap.language) for word in unfinished[width:_BEAM_WIDTH]]
            unfinished = self._predict(left, right, unfinished[:width])
        return [] if cancelled() else [self._alternative(word) for word in found]

    def log_probabilities(self, gap: Gap, masks: int) -> Floats:
        """The log-probabilities at each of `masks` masks in the gap, float32 [masks, vocabulary]."""
        left, right = self._context_ids(gap, CONTEXT_TOKENS)
        (word,) = self._predict(left, right, [_Word((), 0.0, _no_predictions(masks))])
        return word.predictions

    def close(self) -> None:
        """Free the memory."""
        self._encoder.close()

    def _empty_words(self, language: Language) -> list[_Word]:
        """A word of masks alone for each possible number of tokens."""
        priors = LENGTH_PRIORS[language] if len(self._word_tokens.continuations(language)) else (1.0,)
        return [_Word((), math.log(prior), _no_predictions(n)) for n, prior in enumerate(priors, 1)]

    def _context_ids(self, gap: Gap, most: int) -> tuple[list[int], list[int]]:
        """The ids before and after the gap, `most` at most each, with the special tokens at the ends."""
        marks = len(self._begin) + len(self._end)
        most = min(most, (self._encoder.positions - len(LENGTH_PRIORS["zh"]) - marks) // 2)
        before = self._vocabulary.encode(gap.before.rstrip(" "))
        after = self._vocabulary.encode(gap.after)
        return [*self._begin, *before[-most:]], [*after[:most], *self._end]

    def _predict(self, left: list[int], right: list[int], words: Sequence[_Word]) -> list[_Word]:
        """The same words with predictions for their remaining masks, given the tokens chosen so far."""
        if not words:
            return []
        started = time.perf_counter()
        sequences = [[*left, *word.ids, *[self._mask_id] * len(word.predictions), *right] for word in words]
        mask_positions = [
            (row, len(left) + len(word.ids) + n)
            for row, word in enumerate(words)
            for n in range(len(word.predictions))
        ]
        logits = self._encoder.logits(sequences, mask_positions)
        scores = np.stack([log_softmax(row) for row in logits])
        predictions_by_word = np.split(scores, np.cumsum([len(word.predictions) for word in words])[:-1])
        seconds_per_token = (time.perf_counter() - started) / sum(map(len, sequences))
        self._seconds_per_token = (self._seconds_per_token + seconds_per_token) / 2
        return [
            _Word(word.ids, word.logprob, predictions)
            for word, predictions in zip(words, predictions_by_word, strict=True)
        ]

    def _extensions(self, word: _Word, gap: Gap) -> Iterable[_Word]:
        """The word with each of the likeliest next tokens."""
        row, predictions = word.predictions[0], word.predictions[1:]
        allowed = self._word_tokens.continuations(gap.language) if word.ids else self._first_tokens(gap)
        for i in top_ids(row, allowed, _EARLIER_TOKEN_CHOICES if len(predictions) else _LAST_TOKEN_CHOICES):
            yield _Word((*word.ids, i), word.logprob + float(row[i]), predictions)

    def _first_tokens(self, gap: Gap) -> Ids:
        if not self._vocabulary.has_spaces:
            return self._word_tokens.starts(gap.language, b" ", anywhere=False)
        leading_space = b" " if gap.before.endswith(" ") else b""
        return self._word_tokens.starts(gap.language, leading_space, anywhere=not gap.before.strip())

    def _completed(self, word: _Word, language: Language) -> _Word:
        """The word completed with the likeliest token of each mask."""
        continuations = self._word_tokens.continuations(language)
        ids = tuple(top_ids(row, continuations, 1)[0] for row in word.predictions)
        gained = sum(float(row[i]) for row, i in zip(word.predictions, ids, strict=True))
        return _Word((*word.ids, *ids), word.logprob + gained, word.predictions[:0])

    def _affordable_width(self, tokens: int, seconds: float) -> int:
        """The number of words with `tokens` of context that can be predicted in `seconds`."""
        if seconds == math.inf:
            return _BEAM_WIDTH
        return max(
            0,
            min(_BEAM_WIDTH, int(seconds / (self._seconds_per_token * (tokens + len(LENGTH_PRIORS["zh"]))))),
        )

    def _alternative(self, word: _Word) -> Alternative:
        written = self._vocabulary.decode(word.ids).decode("utf-8", "replace")
        return Alternative(written.strip(), word.logprob)


def load_masked(folder: Path, *, threads: int, precision: Precision = "int8") -> MaskedModel:
    """Load the masked model in `folder` and run it once for each language.

    Raises EngineError where the model is damaged or has no mask token.
    """
    vocabulary = load_vocabulary(folder)
    encoder = _load_encoder(folder, threads, precision)
    begin, mask, end = _marks(folder.name, vocabulary)
    vocabulary.limit_to(encoder.vocabulary, folder)
    vocabulary.require_known((*begin, mask, *end), folder)
    model = MaskedModel(folder.name, encoder, vocabulary)
    for word in ("a", "字"):
        model.alternatives(Gap("", "", word), 0.0, lambda: False)
    return model


def _load_encoder(folder: Path, threads: int, precision: Precision) -> MaskedEncoder:
    try:
        return OnnxEncoder(folder, threads=threads, precision=precision)
    except UnsupportedError as reason:
        from writer.engine.infill.transformers_encoder import TransformersEncoder

        log.info("%s transformers runs %s", reason, folder.name)
        return TransformersEncoder(folder)


def _no_predictions(masks: int) -> Floats:
    """Empty predictions for `masks` masks, float32 [masks, 0]."""
    return np.empty((masks, 0), np.float32)


def _marks(name: str, vocabulary: Vocabulary) -> tuple[tuple[int, ...], int, tuple[int, ...]]:
    """The ids before a text, of a mask, and behind a text. Raises EngineError where there is no mask."""
    special = vocabulary.special
    if special.mask is None:
        raise EngineError("{name} has no mark for a missing word. Choose another model.", name=name)
    return special.start, special.mask, special.end
