"""A scripted engine: answers at once from a table. For tests of everything above the engine."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from writer.engine.introspection import Attention, GenerationTrace, TokenStep
from writer.engine.protocol import EngineStats, Parameters, Token
from writer.suggestions.context import Context
from writer.suggestions.gap import Alternative, Gap


class FakeEngine:
    """Continues a context that ends with a key of `script` by its value, a few bytes a token.

    `step` is the time in seconds that a token takes; `piece` how many bytes it has. `words` fit everywhere.
    """

    name = "fake"
    device = "cpu"
    why = "scripted"

    def __init__(
        self, script: Mapping[str, str], step: float = 0.0, piece: int = 3, words: Sequence[str] = ()
    ) -> None:
        self._script = dict(sorted(script.items(), key=lambda item: -len(item[0])))
        self._step = step
        self._piece = piece
        self._words = words
        self.report = EngineStats()
        self.asked: list[Context] = []
        self.warmed: list[Context] = []
        self.gaps: list[Gap] = []

    def continue_text(
        self, context: Context, parameters: Parameters, cancelled: Callable[[], bool]
    ) -> Iterator[Token]:
        """Yield the scripted answer; nothing where the script is silent."""
        self.asked.append(context)
        answer = next((v for k, v in self._script.items() if context.before.endswith(k)), "")
        choices = answer.split("|")
        data = choices[min(parameters.branch, len(choices) - 1)].encode()
        for count, start in enumerate(range(0, len(data), self._piece)):
            if cancelled() or count >= parameters.max_tokens:
                return
            time.sleep(self._step)
            yield Token(count, data[start : start + self._piece], -0.01)
        self.report = EngineStats(first_ms=self._step * 1e3, passes=1)

    def prefetch(self, context: Context, cancelled: Callable[[], bool]) -> None:
        """Remember that it was asked to."""
        if not cancelled():
            self.warmed.append(context)

    def alternatives(
        self, gap: Gap, _seconds: float | None, _cancelled: Callable[[], bool]
    ) -> list[Alternative]:
        """The scripted words, each half as likely as the one before."""
        self.gaps.append(gap)
        return [Alternative(word, -0.7 * place) for place, word in enumerate(self._words)]

    def explain(
        self, context: Context, branch: int, _cancelled: Callable[[], bool]
    ) -> GenerationTrace | None:
        """The scripted answer, its tokens as probable as the stream says."""
        tokens = self.continue_text(context, Parameters(max_tokens=99, branch=branch), lambda: False)
        steps = tuple(TokenStep(token.text, token.logprob, ((b" else", -5.0),)) for token in tokens)
        self.asked.pop()
        return GenerationTrace(steps, read=len(context.before), kept=len(context.before) - 1, passes=1)

    def token_surprisal(
        self, context: Context, count: int, cancelled: Callable[[], bool]
    ) -> tuple[TokenStep, ...] | None:
        """The last words, each half as probable as its letters are many."""
        words = re.findall(r"\s*\S+", context.before)[-count:]
        return None if cancelled() else tuple(TokenStep(w.encode(), -0.7 * len(w.strip())) for w in words)

    def attention(self, context: Context, cancelled: Callable[[], bool]) -> Attention | None:
        """Two layers: one looks at the last word, one at the word before it."""
        words = tuple(word.encode() for word in re.findall(r"\s*\S+", context.before))
        last, before = ([float(at == len(words) - n) for at in range(len(words))] for n in (1, 2))
        return None if cancelled() else Attention(words, (tuple(last), tuple(before)))

    def prepare_idle(self, cancelled: Callable[[], bool]) -> None:
        """Nothing to prepare."""

    def close(self) -> None:
        """Nothing to give back."""
