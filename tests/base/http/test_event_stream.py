"""Events are read as the standard says, wherever the stream is cut into pieces."""

from __future__ import annotations

import pytest

from writer.base.http.body import HttpError, HttpFailure
from writer.base.http.event_stream import MAX_EVENT_BYTES, event_data

STREAM = (
    ": a comment\r\n\r\nevent: completion\r\nid: 7\r\ndata: {春\u2028天}\r\n\r\n"
    "data:two\ndata: lines\n\nretry: 10\n\ndata\n\n: ping\n\nother: x\ndata: end"
)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_events_have_any_line_ends_and_comments_are_none(size: int) -> None:
    stream = STREAM.encode()
    pieces = [stream[start : start + size] for start in range(0, len(stream), size)]
    assert list(event_data(pieces)) == ["{春\u2028天}", "two\nlines", "end"]


def test_values_without_empty_lines_between_them_are_several() -> None:
    assert list(event_data([b'data: {"a": 1}\ndata: {"b": 2}\ndata: [DONE]\n'])) == [
        '{"a": 1}',
        '{"b": 2}',
        "[DONE]",
    ]


def test_an_event_without_end_is_refused() -> None:
    with pytest.raises(HttpError) as caught:
        list(event_data(b"data: " + b"x" * 65_536 for _ in range(MAX_EVENT_BYTES)))
    assert caught.value.failure is HttpFailure.MALFORMED


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert list(event_data([b"data: \xff\n\n"])) == ["\ufffd"]
