"""The introspector of a local model: traces of its answers, surprisal of a text's tokens, and attention.

Of an answer only the token ids are stored. The log-probabilities of its tokens and of their runners-up are
computed when requested, from logits that are still stored or with the prefix cache, in small chunks, so that
a new request need not wait.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from writer.base.progress import Cancelled
from writer.engine.generation.prefix_cache import PrefixCache
from writer.engine.generation.prompt import Prompt, PromptBuilder
from writer.engine.generation.word_search import log_softmax
from writer.engine.introspection import Attention, GenerationTrace, TokenStep
from writer.engine.protocol import EngineError
from writer.engine.tokenizer.vocabulary import Vocabulary
from writer.engine.weights.weights import Floats
from writer.suggestions.context import Context

CHUNK_TOKENS = 12
"""Tokens computed between two checks for cancelling, which takes some milliseconds."""

RUNNERS_UP = 3
"""The number of runners-up of a token."""

NO_ATTENTION = (
    "Only a model that runs on this computer's processor, and not the slower way, shows where it looks."
)

_MAX_TRACES = 8
_MAX_STEPS = 512

K = TypeVar("K")
V = TypeVar("V")


@dataclass(slots=True)
class PendingTrace:
    """The trace of an answer while it is generated: its prompt, and in `path` the ids chosen so far."""

    prompt: Prompt
    cached_tokens: int
    partial_context: bool
    path: list[int] = field(default_factory=list)
    passes: int = 0


class Introspector:
    """Stores the latest answers and explains them. Used from the engine's thread."""

    def __init__(self, cache: PrefixCache, vocabulary: Vocabulary, prompt_builder: PromptBuilder) -> None:
        self._cache = cache
        self._token_bytes = vocabulary.token_bytes
        self._prompt_builder = prompt_builder
        self._traces: OrderedDict[tuple[str, str, int], PendingTrace] = OrderedDict()
        self._steps: OrderedDict[tuple[int, ...], TokenStep] = OrderedDict()

    def begin_trace(self, context: Context, branch: int, trace: PendingTrace) -> None:
        """Store the `trace` of an answer that begins; the engine adds to it."""
        _put_bounded(self._traces, (context.document, context.before, branch), trace, _MAX_TRACES)

    def explain(self, context: Context, branch: int, cancelled: Callable[[], bool]) -> GenerationTrace | None:
        """See `SupportsIntrospection.explain`. Raises Cancelled."""
        trace = self._traces.get((context.document, context.before, branch))
        if trace is None:
            return None
        steps, healed_prefix = [], trace.prompt.healed_prefix
        for step in self._token_steps((*trace.prompt.ids, *trace.path), len(trace.path), cancelled):
            if len(step.text) > len(healed_prefix):
                others = tuple((data[len(healed_prefix) :], p) for data, p in step.runners_up)
                steps.append(TokenStep(step.text[len(healed_prefix) :], step.logprob, others))
            healed_prefix = healed_prefix[len(step.text) :]
        return GenerationTrace(
            tuple(steps),
            trace.prompt.healed_prefix.decode(),
            len(trace.prompt.ids),
            trace.cached_tokens,
            trace.passes,
            trace.partial_context,
        )

    def token_surprisal(
        self, context: Context, count: int, cancelled: Callable[[], bool]
    ) -> tuple[TokenStep, ...]:
        """See `SupportsIntrospection.token_surprisal`. Raises Cancelled."""
        ids = self._prompt_builder.prompt(context, heal=False).ids
        return tuple(self._token_steps(ids, min(count, len(ids) - 1), cancelled))

    def attention(self, context: Context, cancelled: Callable[[], bool]) -> Attention:
        """See `SupportsIntrospection.attention`. Raises Cancelled."""
        ids = self._prompt_builder.prompt(context, heal=False).ids
        found = self._cache.attention(ids, cancelled)
        if found is None:
            raise EngineError(NO_ATTENTION)
        tokens = tuple(self._token_bytes[i] for i in ids)
        return Attention(tokens, tuple(tuple(layer) for layer in found.tolist()))

    def _token_steps(
        self, ids: tuple[int, ...], count: int, cancelled: Callable[[], bool]
    ) -> list[TokenStep]:
        """The steps of the last `count` of `ids`; steps that are stored are not computed again."""
        places = range(len(ids) - count, len(ids))
        unseen = [at for at in places if ids[: at + 1] not in self._steps]
        missing = [at for at in unseen if not self._use_cached_logits(ids, at)]
        at_once = min(CHUNK_TOKENS, self._cache.max_logits)
        for start in range(0, len(missing), at_once):
            part = missing[start : start + at_once]
            logits = self._cache.logits(ids[: part[-1]], part[-1] - part[0] + 1, cancelled)
            for at in part:
                self._store_step(ids[: at + 1], logits[at - part[0]])
            if cancelled():
                raise Cancelled
        return [self._steps[ids[: at + 1]] for at in places]

    def _use_cached_logits(self, ids: tuple[int, ...], at: int) -> bool:
        """Whether the logits before the token `at` are still stored; its step is then made from them."""
        logits = self._cache.cached_logits(ids[:at])
        if logits is not None:
            self._store_step(ids[: at + 1], logits)
        return logits is not None

    def _store_step(self, ids: tuple[int, ...], logits: Floats) -> None:
        _put_bounded(self._steps, ids, self._make_step(ids[-1], logits), _MAX_STEPS)

    def _make_step(self, chosen: int, logits: Floats) -> TokenStep:
        scores = log_softmax(logits)
        top = np.argpartition(scores, -RUNNERS_UP - 1)[-RUNNERS_UP - 1 :]
        top = top[np.argsort(-scores[top], kind="stable")]
        others = [int(i) for i in top if i != chosen][:RUNNERS_UP]
        runners_up = tuple((self._token_bytes[i], float(scores[i])) for i in others)
        return TokenStep(self._token_bytes[chosen], float(scores[chosen]), runners_up)


def _put_bounded(entries: OrderedDict[K, V], key: K, value: V, most: int) -> None:
    """Put a value in; the oldest entry is removed where there are more than `most`."""
    entries[key] = value
    entries.move_to_end(key)
    if len(entries) > most:
        entries.popitem(last=False)
