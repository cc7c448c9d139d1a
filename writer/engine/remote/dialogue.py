"""The questions to one server's model, each without the fields that this server refuses.

Models differ in the fields that they take: OpenAI's newer ones want `max_completion_tokens` in the place of
`max_tokens`, and no temperature. The refusal names the field; it is left out, and the question asked again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from writer.base.progress import CancelCheck
from writer.engine.protocol import Parameters
from writer.engine.remote.completions_api import CompletionEvent, malformed_response, read_event
from writer.engine.remote.connection import Connection
from writer.engine.remote.refusals import RefusedError, RemoteError
from writer.engine.remote.routes import EXTRA_FIELDS, OPTIONAL_FIELDS, Question, Route, SentText, question
from writer.engine.remote.server_pace import TimeAllowed

_NAMING_STATUS = frozenset({200, 400, 403, 422, 500, 501})
"""The HTTP statuses of servers for a field that they refuse and name."""

_UNNAMING_STATUS = frozenset({400, 422, 500, 501})
"""The same where they do not name it; llama.cpp's Python server returns 500."""


@dataclass(slots=True)
class Dialogue:
    """Asks the `model` of one server. Used from one thread.

    `refused` are the fields that it refuses; more come to them when an answer without them has begun.
    """

    connection: Connection
    model: str
    refused: frozenset[str] = field(default_factory=frozenset)

    def events(
        self,
        route: Route,
        prompt: SentText,
        parameters: Parameters,
        cancelled: CancelCheck,
        allowed: TimeAllowed,
        *,
        stream: bool = True,
    ) -> Iterator[CompletionEvent]:
        """The events of the answer on `route`; one that is not wanted in a `stream` has no probabilities.

        Raises RemoteError, after the first event never a RefusedError, and Cancelled once `cancelled()`.
        """
        refused = self.refused
        while True:
            left_out = refused if stream else refused | EXTRA_FIELDS
            asked = question(route, self.model, prompt, parameters, left_out)
            if not stream:
                asked.body["stream"] = False
            begun = False
            try:
                for event in self._answer(asked, cancelled, allowed):
                    begun = True
                    if event.answers:
                        self.refused = refused
                    yield event
                return
            except RefusedError as error:
                if begun:
                    raise RemoteError(error.sentence) from error
                more = _refused_fields(error, asked) - refused
                if not more:
                    raise
                refused |= more

    def _answer(
        self, asked: Question, cancelled: CancelCheck, allowed: TimeAllowed
    ) -> Iterator[CompletionEvent]:
        answers = False
        for data in self.connection.events(asked, cancelled, allowed.first, allowed.following):
            event = read_event(data)
            answers = answers or event.answers or event.ends
            yield event
            if event.ends:
                return
        if not answers:
            raise malformed_response()


def _refused_fields(error: RefusedError, asked: Question) -> frozenset[str]:
    """The fields of a question that a refusal may be about: those that it names, else all unusual ones."""
    if error.too_long or error.status not in _NAMING_STATUS:
        return frozenset()
    if named := OPTIONAL_FIELDS & asked.body.keys() & error.named:
        return named
    return EXTRA_FIELDS & asked.body.keys() if error.status in _UNNAMING_STATUS else frozenset()
