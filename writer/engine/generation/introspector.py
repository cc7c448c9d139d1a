"""Tells afterwards what a local model thought of the tokens that it chose, and of those that a person wrote.

An answer is remembered as its path of tokens alone. What each token's probability was, and what else there
was to choose, is read off the logits that are still kept, or computed again with the kept cache: in small
slices, so that a key that comes meanwhile waits for none of it.
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
from writer.engine.weights.safetensors_reader import Floats
from writer.suggestions.context import Context

SLICE = 12
"""Tokens computed between two looks at the cancel event: some milliseconds."""

OTHERS = 3
"""Pieces that are told beside the chosen one."""

NO_ATTENTION = "Only a model that runs on this computer's processor shows where it looks."

_TRACES = 8
_STEPS = 512

K = TypeVar("K")
V = TypeVar("V")


@dataclass(slots=True)
class PendingTrace:
    """An answer while it is given: its prompt, and the tokens chosen so far."""

    prompt: Prompt
    cached_tokens: int
    partial_context: bool
    path: list[int] = field(default_factory=list)
    passes: int = 0


class Introspector:
    """Remembers the latest answers and looks into them. Used from the engine's thread."""

    def __init__(self, cache: PrefixCache, vocabulary: Vocabulary, prompt_builder: PromptBuilder) -> None:
        self._cache = cache
        self._pieces = vocabulary.pieces
        self._prompt_builder = prompt_builder
        self._traces: OrderedDict[tuple[str, str, int], PendingTrace] = OrderedDict()
        self._steps: OrderedDict[tuple[int, ...], TokenStep] = OrderedDict()

    def begin(self, context: Context, branch: int, trace: PendingTrace) -> None:
        """An answer begins; `trace` grows with it."""
        _keep(self._traces, (context.document, context.before, branch), trace, _TRACES)

    def explain(self, context: Context, branch: int, cancelled: Callable[[], bool]) -> GenerationTrace | None:
        """See `Insightful.explain`. Raises `Cancelled`."""
        trace = self._traces.get((context.document, context.before, branch))
        if trace is None:
            return None
        steps, healed_prefix = [], trace.prompt.healed_prefix
        for step in self._look((*trace.prompt.ids, *trace.path), len(trace.path), cancelled):
            if len(step.text) > len(healed_prefix):
                others = tuple((piece[len(healed_prefix) :], p) for piece, p in step.runners_up)
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
        """See `Insightful.token_surprisal`. Raises `Cancelled`."""
        ids = self._prompt_builder.prompt(context, heal=False).ids
        return tuple(self._look(ids, min(count, len(ids) - 1), cancelled))

    def attention(self, context: Context, cancelled: Callable[[], bool]) -> Attention:
        """See `Insightful.attention`. Raises `Cancelled`."""
        ids = self._prompt_builder.prompt(context, heal=False).ids
        found = self._cache.attention(ids, cancelled)
        if found is None:
            raise EngineError(NO_ATTENTION)
        pieces = tuple(self._pieces[i] for i in ids)
        return Attention(pieces, tuple(tuple(layer) for layer in found.tolist()))

    def _look(self, ids: tuple[int, ...], count: int, cancelled: Callable[[], bool]) -> list[TokenStep]:
        """What the model thought of the last `count` of `ids`; nothing is looked at twice."""
        places = range(len(ids) - count, len(ids))
        unseen = [at for at in places if ids[: at + 1] not in self._steps]
        missing = [at for at in unseen if not self._is_known(ids, at)]
        for start in range(0, len(missing), SLICE):
            part = missing[start : start + SLICE]
            logits = self._cache.logits(ids[: part[-1]], part[-1] - part[0] + 1, cancelled)
            for at in part:
                self._note(ids[: at + 1], logits[at - part[0]])
            if cancelled():
                raise Cancelled
        return [self._steps[ids[: at + 1]] for at in places]

    def _is_known(self, ids: tuple[int, ...], at: int) -> bool:
        """Whether the logits that chose `ids` at one place are still kept; then they are looked at."""
        row = self._cache.known(ids[:at])
        if row is not None:
            self._note(ids[: at + 1], row)
        return row is not None

    def _note(self, ids: tuple[int, ...], row: Floats) -> None:
        _keep(self._steps, ids, self._step(ids[-1], row), _STEPS)

    def _step(self, chosen: int, row: Floats) -> TokenStep:
        scores = log_softmax(row)
        top = np.argpartition(scores, -OTHERS - 1)[-OTHERS - 1 :]
        top = top[np.argsort(-scores[top], kind="stable")]
        others = [int(i) for i in top if i != chosen][:OTHERS]
        runners_up = tuple((self._pieces[i], float(scores[i])) for i in others)
        return TokenStep(self._pieces[chosen], float(scores[chosen]), runners_up)


def _keep(kept: OrderedDict[K, V], key: K, value: V, most: int) -> None:
    """Put a value in; the oldest one goes where there are too many."""
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > most:
        kept.popitem(last=False)
