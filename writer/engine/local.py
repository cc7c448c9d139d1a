"""The engine: from a context to tokens, with a decoder, a vocabulary and a cache.

The context's last piece is taken back and asked for again ("token healing"): after "The gre" the
model is asked what follows "The", and only tokens that agree with " gre" are let through. So words
that the cut would have put out of reach come back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np

from writer.engine.cache import Cancelled, Cost, PrefixCache
from writer.engine.decoder import Decoder
from writer.engine.prompt import Prompt, Prompter
from writer.engine.protocol import Parameters, Report, Token
from writer.engine.sampling import Choice, choose
from writer.engine.tokens import Vocabulary
from writer.text.context import Context


class LocalEngine:
    """Continues text with a model on this machine. Implements `protocol.Engine`."""

    def __init__(self, decoder: Decoder, vocabulary: Vocabulary, prompter: Prompter, why: str) -> None:
        self.name = decoder.name
        self.device = decoder.device
        self.why = why
        self.report = Report()
        self._decoder = decoder
        self._vocabulary = vocabulary
        self._prompter = prompter
        self._cache = PrefixCache(decoder)

    def continue_text(
        self, context: Context, parameters: Parameters, cancelled: Callable[[], bool]
    ) -> Iterator[Token]:
        """See `Engine.continue_text`."""
        started = time.perf_counter()
        self._cache.cost = Cost()
        prompt = self._prompter.prompt(context, parameters.heal)
        held = self._cache.held(prompt.ids)
        first = 0.0
        try:
            for token in self._tokens(prompt, parameters, cancelled):
                first = first or time.perf_counter() - started
                yield token
        except Cancelled:
            pass
        finally:
            total = time.perf_counter() - started
            self.report = Report(
                first * 1e3, total * 1e3, len(prompt.ids), held, self._cache.cost.passes, prompt.reason
            )

    def warm(self, context: Context, cancelled: Callable[[], bool]) -> None:
        """See `Engine.warm`."""
        prompt = self._prompter.prompt(context, heal=True)
        try:
            self._cache.logits(prompt.ids, 1, cancelled)
        except Cancelled:
            return

    def close(self) -> None:
        """See `Engine.close`."""
        self._decoder.close()

    def _tokens(
        self, prompt: Prompt, parameters: Parameters, cancelled: Callable[[], bool]
    ) -> Iterator[Token]:
        ids, owed, given = list(prompt.ids), prompt.owed, 0
        random = np.random.default_rng(parameters.seed)
        while given < parameters.max_tokens and len(ids) < self._decoder.capacity and not cancelled():
            row = self._cache.row(ids, cancelled)
            stops = self._prompter.stops if not owed else frozenset[int]()
            branch = parameters.branch if not given else 0
            choice = choose(row, self._vocabulary.matching(owed), stops, parameters, branch, random)
            if choice is None or choice.id in stops:
                return
            ids.append(choice.id)
            token, owed = self._pay(choice, owed)
            if token.text:
                given += 1
                yield token

    def _pay(self, choice: Choice, owed: bytes) -> tuple[Token, bytes]:
        """Take the bytes that stand before the cursor off a token."""
        pieces = self._vocabulary.pieces
        piece = pieces[choice.id]
        runners = tuple((pieces[i][len(owed) :], p) for i, p in choice.runners_up)
        return Token(choice.id, piece[len(owed) :], choice.logprob, runners), owed[len(piece) :]
