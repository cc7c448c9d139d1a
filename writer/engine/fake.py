"""A fake engine that answers from a script, for tests of everything above the engine."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from writer.engine.introspection import Attention, GenerationTrace, TokenStep
from writer.engine.protocol import EngineStats, Parameters, Token
from writer.suggestions.context import Context
from writer.suggestions.gap import Alternative, Gap


class FakeEngine:
    """Continues a context that ends with a key of `script` with its value; `|` separates alternatives.

    A token takes `token_seconds` and has `token_size` bytes. `words` are the alternatives for every gap;
    texts that begin with one of `likely` are likelier than others. `contexts`, `prefetched`, `gaps` and
    `compared` record the calls.
    """

    name = "fake"
    device = "cpu"
    why = "scripted"
    slow = ""

    def __init__(
        self,
        script: Mapping[str, str],
        token_seconds: float = 0.0,
        token_size: int = 3,
        words: Sequence[str] = (),
        likely: Sequence[str] = (),
    ) -> None:
        self._script = dict(sorted(script.items(), key=lambda item: -len(item[0])))
        self._token_seconds = token_seconds
        self._token_size = token_size
        self._words = words
        self._likely = tuple(likely)
        self.stats = EngineStats()
        self.contexts: list[Context] = []
        self.prefetched: list[Context] = []
        self.gaps: list[Gap] = []
        self.compared: list[Sequence[str]] = []

    def continue_text(
        self, context: Context, parameters: Parameters, cancelled: Callable[[], bool]
    ) -> Iterator[Token]:
        """Yield the scripted answer; nothing where the script has none."""
        self.contexts.append(context)
        answer = next((v for k, v in self._script.items() if context.before.endswith(k)), "")
        choices = answer.split("|")
        data = choices[min(parameters.branch, len(choices) - 1)].encode()
        for count, start in enumerate(range(0, len(data), self._token_size)):
            if cancelled() or count >= parameters.max_tokens:
                return
            time.sleep(self._token_seconds)
            yield Token(count, data[start : start + self._token_size], -0.01)
        self.stats = EngineStats(first_ms=self._token_seconds * 1e3, passes=1)

    def prefetch(self, context: Context, cancelled: Callable[[], bool]) -> None:
        """Record the context."""
        if not cancelled():
            self.prefetched.append(context)

    def alternatives(
        self, gap: Gap, _seconds: float | None, _cancelled: Callable[[], bool]
    ) -> list[Alternative]:
        """The scripted words, each half as probable as the one before."""
        self.gaps.append(gap)
        return [Alternative(word, -0.7 * place) for place, word in enumerate(self._words)]

    def text_scores(
        self,
        _context: Context,
        texts: Sequence[str],
        _cancelled: Callable[[], bool],
        _behind: float = math.inf,
    ) -> list[float]:
        """-5.0 for each likely text, -60.0 for the others."""
        self.compared.append(texts)
        return [-5.0 if text.startswith(self._likely) else -60.0 for text in texts]

    def explain(
        self, context: Context, branch: int, _cancelled: Callable[[], bool]
    ) -> GenerationTrace | None:
        """The trace of the scripted answer, with the log-probabilities of its tokens."""
        tokens = self.continue_text(context, Parameters(max_tokens=99, branch=branch), lambda: False)
        steps = tuple(TokenStep(token.text, token.logprob, ((b" else", -5.0),)) for token in tokens)
        self.contexts.pop()
        return GenerationTrace(
            steps, context_tokens=len(context.before), cached_tokens=len(context.before) - 1, passes=1
        )

    def token_surprisal(
        self, context: Context, count: int, cancelled: Callable[[], bool]
    ) -> tuple[TokenStep, ...] | None:
        """The last words, with a log-probability of -0.7 for each of their letters."""
        words = re.findall(r"\s*\S+", context.before)[-count:]
        return None if cancelled() else tuple(TokenStep(w.encode(), -0.7 * len(w.strip())) for w in words)

    def attention(self, context: Context, cancelled: Callable[[], bool]) -> Attention | None:
        """Two layers: one attends to the last word, one to the word before it."""
        words = tuple(word.encode() for word in re.findall(r"\s*\S+", context.before))
        last, before = ([float(at == len(words) - n) for at in range(len(words))] for n in (1, 2))
        return None if cancelled() else Attention(words, (tuple(last), tuple(before)))

    def prepare_idle(self, cancelled: Callable[[], bool]) -> None:
        """Does nothing."""

    def close(self) -> None:
        """Does nothing."""
