"""The same editor on another machine's model: any server with OpenAI's /v1/completions.

The server's tokens are unknown here, so a word that the cursor cuts is healed by text: the model is asked
what follows the words before it, and where it does not write the word that stands there, it is asked again
with that word in place.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Iterator

from writer.base.errors import Sentence
from writer.base.progress import Cancelled
from writer.engine.introspection import Attention, GenerationTrace, TokenStep
from writer.engine.protocol import EngineError, EngineStats, Parameters, Token
from writer.engine.remote import completions_api
from writer.engine.remote.completions_api import CompletionChunk, RefusedError, RemoteError
from writer.engine.remote.connection import Connection, Server
from writer.suggestions.context import Context, window_start

WINDOW = 3_000
"""Characters before the cursor that are sent, at the least."""

STEP = 1_000
CONNECT = 3.0
"""Seconds that the server may take to name its models."""

FIRST = 1.5
"""Seconds to the first piece of an answer."""

NEXT = 1.0
"""Seconds between two pieces."""

UNKNOWN_FIELD = (400, 422, 500, 501)
"""What servers answer to a field that they do not know; llama.cpp's Python server says 500."""

_OWED = re.compile(r" ?[A-Za-z\u00c0-\u024f]+(?:['’\-][A-Za-z\u00c0-\u024f]+)*\Z| +\Z")


class RemoteEngine:
    """Continues text with a server's model. Implements `protocol.Engine`.

    Made at once; raises `RemoteError` here and in `continue_text` where the server does not do.
    """

    device = "server"

    def __init__(self, server: Server, first: float = FIRST, next_: float = NEXT) -> None:
        self._connection = Connection(server)
        self._first, self._next = first, next_
        self._logprobs = True
        try:
            self._model = server.model or self._first_model()
        except RemoteError:
            self._connection.close()
            raise
        self.name = f"{self._model} → {server.host}"
        self.why = Sentence("What you write is sent to {host}", {"host": server.host})
        self.stats = EngineStats()
        self._answered: tuple[Context, int] = (Context(""), 0)
        self._steps: list[TokenStep] = []

    def check_health(self, cancelled: Callable[[], bool]) -> None:
        """See `greeting.Remote.check_health`."""
        with contextlib.suppress(RefusedError, Cancelled):  # some servers list no models, or fail to
            self._connection.models(cancelled, self._first)

    def continue_text(
        self, context: Context, parameters: Parameters, cancelled: Callable[[], bool]
    ) -> Iterator[Token]:
        """See `Engine.continue_text`. Raises `RemoteError`."""
        started = time.perf_counter()
        first, count = 0.0, 0
        self._answered, self._steps = (context, parameters.branch), []
        try:
            for piece in self._healed(context, parameters, cancelled):
                first = first or time.perf_counter() - started
                runners = tuple((text.encode(), p) for text, p in piece.runners_up)
                self._steps.append(TokenStep(piece.text.encode(), piece.logprob, runners))
                yield Token(count, piece.text.encode(), piece.logprob, runners)
                count += 1
        except Cancelled:
            pass
        finally:
            total = time.perf_counter() - started
            self.stats = EngineStats(first * 1e3, total * 1e3, passes=count)

    def prefetch(self, context: Context, cancelled: Callable[[], bool]) -> None:
        """Nothing: text leaves this machine only when a suggestion is wanted."""

    def prepare_idle(self, cancelled: Callable[[], bool]) -> None:
        """Nothing."""

    def explain(
        self, context: Context, branch: int, _cancelled: Callable[[], bool]
    ) -> GenerationTrace | None:
        """See `Insightful.explain`: what the server said of its answer when it came."""
        return GenerationTrace(tuple(self._steps)) if (context, branch) == self._answered else None

    def token_surprisal(
        self, _context: Context, _count: int, _cancelled: Callable[[], bool]
    ) -> tuple[TokenStep, ...]:
        """Nothing: servers tell about their own words only, and nothing is sent just for looking."""
        return ()

    def attention(self, _context: Context, _cancelled: Callable[[], bool]) -> Attention | None:
        """See `Insightful.attention`: servers never tell."""
        raise EngineError("A server does not tell where its model looks; a model of this computer does.")

    def close(self) -> None:
        """See `Engine.close`."""
        self._connection.close()

    def _first_model(self) -> str:
        names = self._connection.models(lambda: False, CONNECT)
        if not names:
            raise RemoteError(
                "{host} offers no model; name one in Settings.", host=self._connection.server.host
            )
        return names[0]

    def _healed(
        self, context: Context, parameters: Parameters, cancelled: Callable[[], bool]
    ) -> Iterator[CompletionChunk]:
        """The answer, without what stands before the cursor already."""
        before = context.before[window_start(len(context.before), WINDOW, STEP) :]
        healed = _healed_prefix(before) if parameters.heal and not parameters.branch else ""
        if healed:
            answer = self._answer(before[: len(before) - len(healed)], parameters, cancelled)
            stripped = _strip_healed_prefix(answer, healed)
            if stripped is not None:
                yield from stripped
                return
        yield from self._answer(before, parameters, cancelled)

    def _answer(
        self, prompt: str, parameters: Parameters, cancelled: Callable[[], bool]
    ) -> Iterator[CompletionChunk]:
        try:
            yield from self._ask(prompt, parameters, cancelled, self._logprobs)
        except RefusedError as error:
            if not self._logprobs or error.status not in UNKNOWN_FIELD:
                raise
            for piece in self._ask(prompt, parameters, cancelled, logprobs=False):
                self._logprobs = False  # it was the field that this server does not know
                yield piece

    def _ask(
        self, prompt: str, parameters: Parameters, cancelled: Callable[[], bool], logprobs: bool
    ) -> Iterator[CompletionChunk]:
        asked = completions_api.request_body(self._model, prompt, parameters, logprobs)
        given = 0
        for line in self._connection.lines(asked, cancelled, self._first, self._next):
            found = completions_api.completion_chunks(line)
            if found is None:
                return
            for piece in found:
                if "\ufffd" in piece.text or given >= parameters.max_tokens:
                    return
                given += 1
                yield piece


def _healed_prefix(before: str) -> str:
    """The end of the text that the model shall write again: a Latin word with its space, or spaces."""
    found = _OWED.search(before[-40:])
    return found.group() if found is not None and found.start() > 0 else ""


def _strip_healed_prefix(answer: Iterator[CompletionChunk], healed: str) -> Iterator[CompletionChunk] | None:
    """The answer without the `healed_prefix` text that it begins with; None where it begins otherwise."""
    for piece in answer:
        if healed.startswith(piece.text):
            healed = healed[len(piece.text) :]
            if not healed:
                return answer
        elif piece.text.startswith(healed):
            rest = CompletionChunk(piece.text[len(healed) :], piece.logprob)
            return _chain(rest, answer)
        else:
            break
    answer.close()  # type: ignore[attr-defined]
    return None


def _chain(first: CompletionChunk, rest: Iterator[CompletionChunk]) -> Iterator[CompletionChunk]:
    yield first
    yield from rest
