"""An engine that uses a server with OpenAI's /v1/completions.

The server's tokens are not known here, so token healing works on text: the prompt leaves out the last word
before the cursor, and where the answer does not begin with that word, a second request has it in the prompt.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator

from writer.base.errors import Sentence
from writer.base.http.network import is_local
from writer.base.progress import Cancelled
from writer.engine.introspection import Attention, GenerationTrace, TokenStep
from writer.engine.protocol import EngineError, EngineStats, Parameters, Token
from writer.engine.remote import completions_api
from writer.engine.remote.completions_api import CompletionChunk
from writer.engine.remote.connection import Connection, Server
from writer.engine.remote.refusals import RefusedError, RemoteError
from writer.suggestions.context import Context, window_start

WINDOW = 3_000
"""The least number of characters before the cursor that are sent, where the text has as many."""

WINDOW_STEP = 1_000

LEAST_WINDOW = 150
"""The number of characters below which a shorter prompt is not tried."""

CONNECT_SECONDS = 3.0
"""Seconds that the server may take to list its models."""

FIRST_CHUNK_SECONDS = 1.5
"""Seconds that the server may take to the first event of an answer."""

NEXT_CHUNK_SECONDS = 1.0
"""Seconds that the server may take between two events of an answer."""

PATIENCE_SECONDS = 120.0
"""Seconds that the server may take to answer a check, because it may have to load its model for that."""

CHECK_PROMPT = "The"
"""What a server is asked to continue by one token, to see whether it answers; nothing of the user's."""

UNKNOWN_FIELD_STATUS = (400, 422, 500, 501)
"""The HTTP statuses of servers for an unknown field; llama.cpp's Python server returns 500."""

_HEALED_PREFIX = re.compile(r" ?[A-Za-z\u00c0-\u024f]+(?:['’\-][A-Za-z\u00c0-\u024f]+)*\Z| +\Z")


class RemoteEngine:
    """Generates continuations with a server's model. Implements `protocol.Engine`.

    Without a name in `server`, the first of the server's models is used. Raises RemoteError, also in
    `continue_text`, where the server fails. Timeouts are in seconds.
    """

    def __init__(
        self,
        server: Server,
        first_timeout: float = FIRST_CHUNK_SECONDS,
        next_timeout: float = NEXT_CHUNK_SECONDS,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._connection = Connection(server)
        self._first_timeout, self._next_timeout, self._patience = first_timeout, next_timeout, patience
        self._logprobs = True
        self._window = WINDOW
        try:
            self._model = server.model or self._first_model()
        except RemoteError:
            self._connection.close()
            raise
        self.name = f"{self._model} → {server.host}"
        self.device, self.why = "server", Sentence("What you write is sent to {host}", {"host": server.host})
        if is_local(server.hostname):
            self.device = "local server"
            self.why = Sentence("What you write goes to {host} on this computer", {"host": server.host})
        self.slow = ""
        self.stats = EngineStats()
        self._answered: tuple[Context, int] = (Context(""), 0)
        self._steps: list[TokenStep] = []

    def check_health(self, cancelled: Callable[[], bool]) -> None:
        """See `SupportsHealthCheck.check_health`: one token is asked for, and waited for with patience."""
        limit, self._first_timeout = self._first_timeout, self._patience
        try:
            for _ in self._chunks(CHECK_PROMPT, Parameters(max_tokens=1), cancelled):
                pass
        except Cancelled:
            pass
        finally:
            self._first_timeout = limit

    def continue_text(
        self, context: Context, parameters: Parameters, cancelled: Callable[[], bool]
    ) -> Iterator[Token]:
        """See `Engine.continue_text`. Raises RemoteError where the server fails."""
        started = time.perf_counter()
        first, count = 0.0, 0
        self._answered, self._steps = (context, parameters.branch), []
        try:
            for chunk in self._healed_chunks(context, parameters, cancelled):
                first = first or time.perf_counter() - started
                runners = tuple((text.encode(), p) for text, p in chunk.runners_up)
                self._steps.append(TokenStep(chunk.text.encode(), chunk.logprob, runners))
                yield Token(count, chunk.text.encode(), chunk.logprob, runners)
                count += 1
        except Cancelled:
            pass
        finally:
            total = time.perf_counter() - started
            self.stats = EngineStats(first * 1e3, total * 1e3, passes=count)

    def prefetch(self, context: Context, cancelled: Callable[[], bool]) -> None:
        """Does nothing: text is sent only for a request."""

    def prepare_idle(self, cancelled: Callable[[], bool]) -> None:
        """Does nothing."""

    def explain(
        self, context: Context, branch: int, _cancelled: Callable[[], bool]
    ) -> GenerationTrace | None:
        """See `SupportsIntrospection.explain`: only of the last answer."""
        return GenerationTrace(tuple(self._steps)) if (context, branch) == self._answered else None

    def token_surprisal(
        self, _context: Context, _count: int, _cancelled: Callable[[], bool]
    ) -> tuple[TokenStep, ...]:
        """Always empty: no text is sent for an explanation alone."""
        return ()

    def attention(self, _context: Context, _cancelled: Callable[[], bool]) -> Attention | None:
        """Raises EngineError: the completions API has no attention."""
        raise EngineError("A server does not tell where its model looks; a model of this computer does.")

    def close(self) -> None:
        """See `Engine.close`."""
        self._connection.close()

    def _first_model(self) -> str:
        names = self._connection.models(lambda: False, CONNECT_SECONDS)
        if not names:
            raise RemoteError(
                "{host} offers no model; name one in Settings.", host=self._connection.server.host
            )
        return names[0]

    def _healed_chunks(
        self, context: Context, parameters: Parameters, cancelled: Callable[[], bool]
    ) -> Iterator[CompletionChunk]:
        """The answer without the healed prefix; where the prompt is too long, a shorter one is asked."""
        while True:
            start = window_start(len(context.before), self._window, max(1, self._window // 3))
            before = context.before[start:]
            try:
                yield from self._healed_answer(before, parameters, cancelled)
                return
            except RefusedError as error:  # before the first chunk
                if not error.too_long or len(before) <= LEAST_WINDOW:
                    raise
                self._window = len(before) * 3 // 8  # with the step, half of what was too long

    def _healed_answer(
        self, before: str, parameters: Parameters, cancelled: Callable[[], bool]
    ) -> Iterator[CompletionChunk]:
        healed = _healed_prefix(before) if parameters.heal and not parameters.branch else ""
        if healed:
            answer = self._chunks(before[: len(before) - len(healed)], parameters, cancelled)
            stripped = _strip_healed_prefix(answer, healed)
            if stripped is not None:
                yield from stripped
                return
        yield from self._chunks(before, parameters, cancelled)

    def _chunks(
        self, prompt: str, parameters: Parameters, cancelled: Callable[[], bool]
    ) -> Iterator[CompletionChunk]:
        try:
            yield from self._request_chunks(prompt, parameters, cancelled, self._logprobs)
        except RefusedError as error:
            if not self._logprobs or error.too_long or error.status not in UNKNOWN_FIELD_STATUS:
                raise
            for chunk in self._request_chunks(prompt, parameters, cancelled, logprobs=False):
                self._logprobs = False  # it was the field that this server does not know
                yield chunk

    def _request_chunks(
        self, prompt: str, parameters: Parameters, cancelled: Callable[[], bool], logprobs: bool
    ) -> Iterator[CompletionChunk]:
        body = completions_api.request_body(self._model, prompt, parameters, logprobs)
        given, answers = 0, False
        for data in self._connection.events(body, cancelled, self._first_timeout, self._next_timeout):
            event = completions_api.read_event(data)
            answers = answers or event.answers or event.ends
            if event.ends:
                return
            for chunk in event.chunks:
                if "\ufffd" in chunk.text or given >= parameters.max_tokens:
                    return
                given += 1
                yield chunk
        if not answers:
            raise completions_api.malformed_response()


def _healed_prefix(before: str) -> str:
    """The end of `before` that is generated again: a Latin word with its space, or spaces."""
    found = _HEALED_PREFIX.search(before[-40:])
    return found.group() if found is not None and found.start() > 0 else ""


def _strip_healed_prefix(answer: Iterator[CompletionChunk], healed: str) -> Iterator[CompletionChunk] | None:
    """The answer without the text `healed` that it begins with; None where it begins otherwise."""
    for chunk in answer:
        if healed.startswith(chunk.text):
            healed = healed[len(chunk.text) :]
            if not healed:
                return answer
        elif chunk.text.startswith(healed):
            rest = CompletionChunk(chunk.text[len(healed) :], chunk.logprob)
            return _prepend(rest, answer)
        else:
            break
    answer.close()  # type: ignore[attr-defined]
    return None


def _prepend(first: CompletionChunk, rest: Iterator[CompletionChunk]) -> Iterator[CompletionChunk]:
    yield first
    yield from rest
