"""Redaction: removes secrets from a text before training, and counts them.

The whole sentence around a secret is removed, so that the model does not learn a context that calls for one;
of a secret within a URL only the URL.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from writer.base.progress import CancelCheck, Cancelled, never
from writer.text.secrets import Secret, find_secrets

_ADDRESS = re.compile(r"\b(?:https?|ftp|ssh)://[^\s<>\"'）)\]]+")
_BEGIN = re.compile(r"\n|[.!?](?=\s)|[。！？；]")
_END = re.compile(r"\n|[.!?][\"'”’)]*(?=\s|$) ?|[。！？；][”’」』）]*")
_MAX_DISTANCE = 400
"""The most characters that are removed before and after a secret."""

_CHECK_INTERVAL = 1000
"""Secrets between two looks at whether the redaction is still wanted."""


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text without its secrets, and their number by kind (`text.secrets.SecretKind`)."""

    text: str
    secrets: dict[str, int]


def redact(text: str, cancelled: CancelCheck = never) -> Redacted:
    """Remove the secrets from a text, in a time linear in its length. Raises Cancelled."""
    found = _without_overlaps(find_secrets(text, cancelled), len(text))
    if not found:
        return Redacted(text, {})
    addresses = [match.span() for match in _ADDRESS.finditer(text)]
    kept, position = [], 0
    for number, secret in enumerate(found):
        if number % _CHECK_INTERVAL == 0 and cancelled():
            raise Cancelled
        start, end = _redacted_span(text, secret, addresses)
        if end > position:
            kept.append(text[position : max(start, position)])
            position = end
    kept.append(text[position:])
    return Redacted("".join(kept), dict(Counter(secret.kind.value for secret in found)))


def _without_overlaps(secrets: Iterable[Secret], length: int) -> list[Secret]:
    """The secrets in the order of the text; of overlapping ones the first found, whose kind is the surest.

    `length` is that of the text.
    """
    accepted: list[Secret] = []
    taken = bytearray(length)
    for secret in secrets:
        if taken.find(1, secret.start, secret.end) < 0:
            taken[secret.start : secret.end] = b"\1" * (secret.end - secret.start)
            accepted.append(secret)
    return sorted(accepted, key=lambda secret: secret.start)


def _redacted_span(text: str, secret: Secret, addresses: list[tuple[int, int]]) -> tuple[int, int]:
    """Start and end of the characters that are removed with a secret; `addresses` are in the text's order."""
    place = bisect_right(addresses, (secret.start, len(text)))
    if place and secret.end <= addresses[place - 1][1]:
        return addresses[place - 1]
    near = max(0, secret.start - _MAX_DISTANCE)
    marks = list(_BEGIN.finditer(text, near, secret.start))
    start = marks[-1].end() if marks else near
    mark = _END.search(text, secret.end, secret.end + _MAX_DISTANCE)
    end = mark.end() if mark else min(len(text), secret.end + _MAX_DISTANCE)
    if mark and mark.group() == "\n":
        end -= 1
    while start < secret.start and text[start] in " \t":
        start += 1
    return start, end
