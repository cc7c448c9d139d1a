"""Redaction: removes secrets from a text before training, and counts them.

The whole sentence around a secret is removed, so that the model does not learn a context that calls for one;
of a secret within a URL only the URL.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from writer.text.secrets import Secret, find_secrets

_ADDRESS = re.compile(r"\b(?:https?|ftp|ssh)://[^\s<>\"'）)\]]+")
_BEGIN = re.compile(r"\n|[.!?](?=\s)|[。！？；]")
_END = re.compile(r"\n|[.!?][\"'”’)]*(?=\s|$) ?|[。！？；][”’」』）]*")
_MAX_DISTANCE = 400
"""The most characters that are removed before and after a secret."""


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text without its secrets, and their number by kind (`text.secrets.Kind`)."""

    text: str
    secrets: dict[str, int]


def redact(text: str) -> Redacted:
    """Remove the secrets from a text."""
    found = _without_overlaps(list(find_secrets(text)))
    if not found:
        return Redacted(text, {})
    addresses = [match.span() for match in _ADDRESS.finditer(text)]
    kept, position = [], 0
    for secret in found:
        start, end = _redacted_span(text, secret, addresses)
        if end > position:
            kept.append(text[position : max(start, position)])
            position = end
    kept.append(text[position:])
    return Redacted("".join(kept), dict(Counter(secret.kind.value for secret in found)))


def _without_overlaps(secrets: list[Secret]) -> list[Secret]:
    """The secrets in the order of the text; of overlapping ones the first found, whose kind is the surest."""
    accepted: list[Secret] = []
    for secret in secrets:
        if all(secret.end <= other.start or secret.start >= other.end for other in accepted):
            accepted.append(secret)
    return sorted(accepted, key=lambda secret: secret.start)


def _redacted_span(text: str, secret: Secret, addresses: list[tuple[int, int]]) -> tuple[int, int]:
    """Start and end of the characters that are removed with a secret."""
    for start, end in addresses:
        if start <= secret.start and secret.end <= end:
            return start, end
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
