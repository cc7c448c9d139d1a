"""An engine that uses a server: OpenAI's completions, or what else it offers.

The server's tokens are not known here, so token healing works on text: the prompt leaves out the last word
before the cursor, and where the answer does not begin with that word, a second request has it in the prompt.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice, pairwise
from random import randrange

from writer.base.errors import Message, Sentence
from writer.base.http.network import is_local
from writer.base.progress import Cancelled
from writer.engine.introspection import Attention, GenerationTrace, TokenStep
from writer.engine.protocol import EngineError, EngineStats, Parameters, Token
from writer.engine.remote.chat_continuation import continuation
from writer.engine.remote.completions_api import CompletionChunk, CompletionEvent
from writer.engine.remote.connection import Connection, Server
from writer.engine.remote.dialogue import Dialogue
from writer.engine.remote.discovery import CHECK_PROMPT, find_offer
from writer.engine.remote.offer_store import OfferStore
from writer.engine.remote.refusals import LastingError, NoAnswerError, RefusedError, RemoteError, with_reason
from writer.engine.remote.routes import OPTIONAL_FIELDS, Offer, Route, SentText, answer_tokens
from writer.engine.remote.server_pace import ServerPace, TimeAllowed, filler
from writer.suggestions.context import Context, window_start

WINDOW = 3_000
"""The least number of characters before the cursor that are sent, where the text has as many."""

WINDOW_STEP = 1_000

LEAST_WINDOW = 50
"""The number of characters below which a shorter prompt is not tried."""

CONNECT_SECONDS = 3.0
"""Seconds that the server may take to list its models, and to each question for what it offers."""

PATIENCE_SECONDS = 120.0
"""Seconds that the server may take to answer a check, because it may have to load its model for that."""

MEASURED_TOKENS = 4
"""Tokens of an answer from which the server's pace is measured."""

_HEALED_PREFIX = re.compile(r" ?[A-Za-z\u00c0-\u024f]+(?:['’\-][A-Za-z\u00c0-\u024f]+)*\Z| +\Z")


class RemoteEngine:
    """Generates continuations with a server's model. Implements `protocol.Engine`.

    Without a name in `server`, the first of the server's models is used. Where there are `offers`, the server
    is asked once what it offers, and again when that fails; without them completions are asked for. Engines
    of one server share its `pace`. Raises RemoteError, also in `continue_text`, where the server fails.
    `patience` and `connect` are in seconds.
    """

    def __init__(
        self,
        server: Server,
        pace: ServerPace | None = None,
        patience: float = PATIENCE_SECONDS,
        offers: OfferStore | None = None,
        connect: float = CONNECT_SECONDS,
    ) -> None:
        self._server, self._offers = server, offers
        self._connection = Connection(server)
        self._pace, self._patience = pace or ServerPace(), patience
        self._connect = connect
        self._window = WINDOW
        self.has_answered = False
        self._offer: Offer | None = None
        self._untold: RemoteError | None = None
        """Why it is not known yet what the server offers."""
        try:
            self._model = server.model or self._first_model()
            self._dialogue = Dialogue(self._connection, self._model)
            self._offer = self._known_offer()
        except RemoteError:
            self._connection.close()
            raise
        self.name = f"{self._model} → {server.host}"
        self.device = "local server" if is_local(server.hostname) else "server"
        self.stats = EngineStats()
        self._answered: tuple[Context, int] = (Context(""), 0)
        self._steps: list[TokenStep] = []

    @property
    def why(self) -> Sentence:
        """See `Engine.why`: where the text goes, and how much of it."""
        where = Sentence("What you write is sent to {host}", {"host": self._server.host})
        if is_local(self._server.hostname):
            where = Sentence("What you write goes to {host} on this computer", {"host": self._server.host})
        return where if self._offer is None else self._offer.destination(where)

    @property
    def slow(self) -> Message:
        """See `Engine.slow`."""
        if not self._pace.is_slow:
            return ""
        values = {"host": self._server.host, "seconds": round(self._pace.seconds, 1)}
        return Sentence("{host} takes {seconds} s to its first word, and suggestions wait for it.", values)

    @property
    def longest_wait(self) -> float:
        """See `SupportsHealthCheck.longest_wait`."""
        return self._pace.allowed.first

    def check_health(self, cancelled: Callable[[], bool]) -> None:
        """See `SupportsHealthCheck.check_health`: one token is asked for, and waited for with patience.

        Where an answer came too late before, the server's pace is measured with a text as long as that.
        """
        try:
            self._check(cancelled)
            if self._pace.late_bytes:
                self._measure(cancelled)
        except Cancelled:
            pass

    def _check(self, cancelled: Callable[[], bool]) -> None:
        """Have the server continue a word. Where it does not, what it offers is asked anew."""
        try:
            if self._offer is None:
                self._find_offer(cancelled, self._patience)
            else:
                self._event_times(CHECK_PROMPT, 1, cancelled)
        except RemoteError as error:
            self._forget_offer(error)
            raise

    def _measure(self, cancelled: Callable[[], bool]) -> None:
        """Measure the server's pace. Raises RemoteError where it is slower than the user allows."""
        text = filler(self._pace.late_bytes, randrange(1_000, 1_000_000))
        try:
            started, *times = self._event_times(text, MEASURED_TOKENS, cancelled)
        except RefusedError as error:
            if error.too_long:
                return
            raise
        first = times[0] - started if times else 0.0
        self._pace.measured(first, max((b - a for a, b in pairwise(times)), default=0.0))
        seconds = round(self._pace.seconds, 1)
        if self._offer is not None:
            self._keep_offer(replace(self._offer, seconds=seconds if self._pace.is_slow else 0.0))
        if self._pace.is_too_slow:
            values = {"host": self._server.host, "seconds": seconds, "most": f"{self._pace.most:g}"}
            raise LastingError(
                "{host} takes {seconds} s to its first word, longer than the {most} s that suggestions wait; "
                "the model of this machine takes over. In Settings you can let them wait longer.",
                **values,
            )

    def _event_times(self, text: str, tokens: int, cancelled: Callable[[], bool]) -> list[float]:
        """The times of a question for `tokens` behind `text`, and of the events of its answer, in seconds."""
        assert self._offer is not None
        allowed, parameters = TimeAllowed(self._patience, self._patience), Parameters(max_tokens=tokens)
        started = time.monotonic()
        events = self._dialogue.events(self._offer.plain, SentText(text), parameters, cancelled, allowed)
        return [started, *(time.monotonic() for _ in events)]

    def continue_text(
        self, context: Context, parameters: Parameters, cancelled: Callable[[], bool]
    ) -> Iterator[Token]:
        """See `Engine.continue_text`. Raises RemoteError where the server fails."""
        started = time.perf_counter()
        first, count = 0.0, 0
        self._answered, self._steps = (context, parameters.branch), []
        try:
            for chunk in self._answer(context, parameters, cancelled):
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
        host = self._server.host
        try:
            names = self._connection.models(lambda: False, self._connect)
        except RefusedError as error:
            if error.refuses_route or error.status == 500:  # transformers serve, where its cache is empty
                sentence = Sentence(
                    "{host} does not list its models; check its address, or name a model in Settings.",
                    {"host": host},
                )
                raise RemoteError(with_reason(sentence, error.reason)) from error
            raise
        if not names:
            raise RemoteError("{host} offers no model; name one in Settings.", host=host)
        return names[0]

    def _known_offer(self) -> Offer | None:
        """What the server offers, None where it does not tell that soon."""
        if self._offers is None:
            return Offer()
        if known := self._offers.get(self._server.address, self._model):
            self._dialogue.refused = frozenset(known.refused) & OPTIONAL_FIELDS
            self._pace.came(known.seconds)
            return known
        try:
            return self._find_offer(lambda: False, self._connect)
        except NoAnswerError as error:
            if not error.slow:
                raise
            self._untold = error
            return None

    def _find_offer(self, cancelled: Callable[[], bool], seconds: float) -> Offer:
        offer = find_offer(self._connection, self._model, cancelled, seconds)
        self.has_answered = True
        return self._keep_offer(offer)

    def _keep_offer(self, offer: Offer) -> Offer:
        self._offer = offer
        self._dialogue.refused = frozenset(offer.refused)
        if self._offers is not None:
            self._offers.set(self._server.address, self._model, offer)
        return offer

    def _answer(
        self, context: Context, parameters: Parameters, cancelled: Callable[[], bool]
    ) -> Iterator[CompletionChunk]:
        """The answer on the best route. Where the server no longer has that, what it offers is forgotten."""
        if self._offer is None:
            assert self._untold is not None
            raise self._untold
        try:
            route, count = self._offer.route(context.after), 0
            for chunk in self._windowed(route, context, parameters, cancelled):
                count += 1
                yield chunk
            if not count and route is not self._offer.plain and not context.after.split("\n", 1)[0].strip():
                # nothing belongs in between, but the line may go on
                yield from self._windowed(self._offer.plain, context, parameters, cancelled)
        except RemoteError as error:
            self._forget_offer(error)
            raise

    def _forget_offer(self, error: RemoteError) -> None:
        """Have the server asked anew what it offers where `error` may come from the route."""
        if self._offers is None or not error.refuses_route:
            return
        known = self._offers.forget(self._server.address, self._model)
        if known and isinstance(error, RefusedError):
            error.lasting = False  # asked anew, it may answer on another route

    def _windowed(
        self, route: Route, context: Context, parameters: Parameters, cancelled: Callable[[], bool]
    ) -> Iterator[CompletionChunk]:
        """The answer without the healed prefix; where the prompt is too long, a shorter one is asked."""
        takes_after = self._offer is not None and route is self._offer.between and context.after.strip()
        window = self._window
        while True:
            step = max(1, window // 3)
            start = window_start(len(context.before), window, step)
            prompt = SentText(context.before[start:], context.after[:step] if takes_after else "")
            try:
                for chunk in self._healed(route, prompt, parameters, cancelled):
                    self._window = window  # only now, for a refusal may be about something else
                    yield chunk
                return
            except RefusedError as error:  # before the first chunk
                if not error.too_long or len(prompt.before) <= LEAST_WINDOW:
                    raise
                window = len(prompt.before) * 3 // 8  # with the step, half of what was too long

    def _healed(
        self, route: Route, prompt: SentText, parameters: Parameters, cancelled: Callable[[], bool]
    ) -> Iterator[CompletionChunk]:
        if route.is_chat:
            answer = self._chunks(route, prompt, parameters, cancelled)
            yield from islice(continuation(prompt.before, answer), parameters.max_tokens)
            return
        before = prompt.before
        healed = _healed_prefix(before) if parameters.heal and not parameters.branch else ""
        if healed:
            shorter = replace(prompt, before=before[: len(before) - len(healed)])
            answer = self._chunks(route, shorter, parameters, cancelled)
            stripped = _strip_healed_prefix(answer, healed)
            if stripped is not None:
                yield from stripped
                return
        yield from self._chunks(route, prompt, parameters, cancelled)

    def _chunks(
        self, route: Route, prompt: SentText, parameters: Parameters, cancelled: Callable[[], bool]
    ) -> Iterator[CompletionChunk]:
        refused = self._dialogue.refused
        events = self._timed(route, prompt, parameters, cancelled)
        chunks = (chunk for event in events for chunk in event.chunks)
        for count, chunk in enumerate(chunks):
            if self._dialogue.refused != refused:
                self._keep_refused()
                refused = self._dialogue.refused
            if "\ufffd" in chunk.text or count >= answer_tokens(route, parameters):
                return
            yield chunk

    def _timed(
        self, route: Route, prompt: SentText, parameters: Parameters, cancelled: Callable[[], bool]
    ) -> Iterator[CompletionEvent]:
        """The events of an answer, in the time that the server is allowed; its pace is noted."""
        started, begun, allowed = time.monotonic(), False, self._pace.allowed
        try:
            for event in self._dialogue.events(route, prompt, parameters, cancelled, allowed):
                if not begun:
                    self._pace.came(time.monotonic() - started)
                    begun = True
                yield event
        except NoAnswerError as error:
            if not error.slow:
                raise
            self._pace.was_late(prompt.before + prompt.after)
            raise self._late(allowed.following if begun else allowed.first, error) from error
        self._pace.completed()

    def _late(self, seconds: float, error: NoAnswerError) -> NoAnswerError:
        """The error for an answer that took longer than `seconds`."""
        values = {"host": self._server.host, "seconds": round(seconds, 1)}
        late = NoAnswerError(
            "{host} took longer than {seconds} s; the model of this machine takes over.", **values
        )
        late.failure = error.failure
        return late

    def _keep_refused(self) -> None:
        """Keep which fields the server refuses."""
        if self._offers is not None and self._offer is not None:
            self._keep_offer(replace(self._offer, refused=tuple(sorted(self._dialogue.refused))))


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
