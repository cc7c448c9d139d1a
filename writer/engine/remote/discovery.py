"""The discovery of what a server offers: it is asked for one token on each route, the best first.

Nothing of the user's is sent for that. Some servers know the field for the text after the cursor and ignore
it, and one writes that text behind its answer, so whether it is used is seen by the tokens that they count.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from writer.base.http.body import HttpFailure
from writer.base.progress import CancelCheck
from writer.engine.protocol import Parameters
from writer.engine.remote.chat_continuation import thinks
from writer.engine.remote.connection import Connection
from writer.engine.remote.dialogue import Dialogue
from writer.engine.remote.refusals import LastingError, NoAnswerError, RefusedError, RemoteError
from writer.engine.remote.routes import Offer, Route, SentText
from writer.engine.remote.server_pace import TimeAllowed

CHECK_PROMPT = "The"
"""What a server is asked to continue, to see whether it answers; nothing of the user's."""

_CHECK_AFTER = " sat on the wall of the old garden, and looked at the birds until it was dark."
"""A text after the cursor, long enough to be seen in the number of tokens."""

_SEEN_TOKENS = 8
"""Tokens by which a prompt is longer where a server uses the text after the cursor."""

_WRAPPED_TOKENS = 7
"""Tokens of CHECK_PROMPT, a word of one or two, where a server puts it into a chat."""

_CHAT_TOKENS = 16
"""Tokens of a chat's answer, in which something else than thoughts should stand."""


_ABSENT_STATUS = (200, 404, 405, 501)
"""The HTTP statuses of an endpoint that is not there; others say why it does not answer."""


def find_offer(connection: Connection, model: str, cancelled: CancelCheck, seconds: float) -> Offer:
    """What a server offers for `model`; each of its answers may take `seconds`.

    Raises RemoteError where it offers nothing, or cannot tell now, and Cancelled once `cancelled()`.
    """
    return _Discovery(connection, model, cancelled, seconds).offer()


@dataclass(frozen=True, slots=True)
class _Reply:
    text: str
    prompt_tokens: int | None
    thinks: bool


class _Discovery:
    """The questions to one server; remembers its first refusal."""

    def __init__(self, connection: Connection, model: str, cancelled: CancelCheck, seconds: float) -> None:
        self._dialogue = Dialogue(connection, model)
        self._cancelled = cancelled
        self._allowed = TimeAllowed(seconds, seconds)

    def offer(self) -> Offer:
        return replace(self._routes(), refused=tuple(sorted(self._dialogue.refused)))

    def _routes(self) -> Offer:
        try:
            plain = self._reply(Route.COMPLETION)
        except RemoteError as error:
            if not error.refuses_route:
                raise
            return self._without_completions(error)
        between = self._route_between(plain)
        if (plain.prompt_tokens or 0) >= _WRAPPED_TOKENS and self._chats(Route.CHAT):
            return Offer(Route.CHAT, between)
        return Offer(Route.COMPLETION, between)

    def _without_completions(self, refusal: RemoteError) -> Offer:
        if isinstance(refusal, RefusedError) and "/beta" in refusal.reason and self._replies(Route.BETA):
            return Offer(Route.BETA, Route.BETA)
        if self._replies(Route.FIM):
            return Offer(Route.FIM, Route.FIM)
        try:
            chat = self._reply(Route.CHAT)
        except RemoteError as error:
            absent = error.refuses_route and getattr(error, "status", 404) in _ABSENT_STATUS
            raise (refusal if absent else error) from error
        if _answers(chat) or not chat.thinks:
            return Offer(Route.CHAT)
        if self._chats(Route.DIRECT_CHAT):
            return Offer(Route.DIRECT_CHAT)
        raise self._thinking()

    def _route_between(self, plain: _Reply) -> Route | None:
        """The route that takes the text after the cursor along, None where there is none."""
        try:
            reply = self._reply(Route.SUFFIX)
        except RemoteError as error:
            _raise_silence(error)
        else:
            if _uses_after(plain, reply):
                return Route.SUFFIX
        return Route.INFILL if self._replies(Route.INFILL) else None

    def _chats(self, route: Route) -> bool:
        """Whether the server answers a chat with more than thoughts."""
        try:
            return _answers(self._reply(route))
        except RemoteError:
            return False

    def _replies(self, route: Route) -> bool:
        """Whether the server answers on a route. Raises NoAnswerError where nothing comes."""
        try:
            self._reply(route)
        except RemoteError as error:
            _raise_silence(error)
            return False
        return True

    def _reply(self, route: Route) -> _Reply:
        """The reply on a route; RemoteError where there is none."""
        after = "" if route is Route.COMPLETION or route.is_chat else _CHECK_AFTER
        tokens = _CHAT_TOKENS if route.is_chat else 1
        events = self._dialogue.events(
            route,
            SentText(CHECK_PROMPT, after),
            Parameters(max_tokens=tokens),
            self._cancelled,
            self._allowed,
            stream=False,
        )
        thinking, text, count = False, "", None
        for event in events:
            thinking = thinking or event.thinks
            text += "".join(chunk.text for chunk in event.chunks)
            count = count if event.prompt_tokens is None else event.prompt_tokens
        return _Reply(text, count, thinking or thinks(text))

    def _thinking(self) -> RemoteError:
        return LastingError(
            "{model} thinks before it writes, which takes too long; choose another model in Settings.",
            model=self._dialogue.model,
        )


def _raise_silence(error: RemoteError) -> None:
    """Raise an error that says nothing about a route: no answer, but for a line that the server cut."""
    if isinstance(error, NoAnswerError) and error.failure is not HttpFailure.CUT:
        raise error


def _answers(chat: _Reply) -> bool:
    """Whether a chat's reply holds more than thoughts."""
    return bool(chat.text.strip()) and not thinks(chat.text)


def _uses_after(plain: _Reply, reply: _Reply) -> bool:
    """Whether the text after the cursor changed the reply, and was not only written behind it."""
    if plain.prompt_tokens is not None and reply.prompt_tokens is not None:
        return reply.prompt_tokens >= plain.prompt_tokens + _SEEN_TOKENS
    return reply.text != plain.text and _CHECK_AFTER.strip() not in reply.text
