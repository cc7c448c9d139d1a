"""Server-sent events in a body that is read within limits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from writer.base.http.body import HttpError, HttpFailure

MAX_EVENT_BYTES = 1_000_000


def event_data(pieces: Iterable[bytes]) -> Iterator[str]:
    """The data of each event, of MAX_EVENT_BYTES at the most; comments and events without data are skipped.

    A last event without its empty line counts. Raises HttpError, and what `pieces` raises.
    """
    import httpx2

    body = httpx2.Response(
        200,
        headers={"Content-Type": "text/event-stream"},
        content=chain(pieces, (b"\n\n",)),
        request=httpx2.Request("GET", "http://localhost"),
    )
    try:
        for event in httpx2.EventSource(body, MAX_EVENT_BYTES):
            yield from _separated(event.data)
    except httpx2.SSEError as error:
        raise HttpError(HttpFailure.MALFORMED) from error


def _separated(data: str) -> list[str]:
    """The values in one event: several where a server leaves out the empty lines between its events."""
    lines = [line for line in data.split("\n") if line.strip()]
    return lines if all(line.startswith(("{", "[DONE]")) for line in lines) else [data]
