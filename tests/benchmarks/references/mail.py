"""The body text of mails, straight from their MIME parts: no header, quoted mail, signature or attachment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import Message

from tests.benchmarks.references.web import mail_page_text

_DELIVERED = re.compile(rb"^(?:Received|Delivered-To|Return-Path|X-Original-To):", re.I)


def mail_text(data: bytes) -> str:
    """The body text of a mail; the plain text where it has both."""
    mail = message_from_bytes(data, policy=policy.compat32)
    bodies = list(_bodies(mail))
    for kind in ("plain", "html"):
        texts = [_decoded(part) for part in bodies if part.get_content_subtype() == kind]
        if any(text.strip() for text in texts):
            own = texts if kind == "plain" else map(mail_page_text, texts)
            return "\n".join(line for text in own for line in _own_lines(text))
    return ""


def as_sent(data: bytes) -> bytes:
    """A mail without the traces of its delivery, as it lies in a folder of sent mails."""
    head, blank, body = [*re.split(rb"(\r?\n\r?\n)", data, maxsplit=1), b"", b""][:3]
    kept: list[bytes] = []
    drops = False
    for line in head.splitlines(keepends=True):
        if not line[:1].isspace():
            drops = bool(_DELIVERED.match(line))
        if not drops:
            kept.append(line)
    return b"".join(kept) + blank + body


def _bodies(part: Message) -> Iterator[Message]:
    """The parts with text, but for attachments and forwarded mails."""
    if part.get_content_type() == "message/rfc822" or part.get_content_disposition() == "attachment":
        return
    if part.is_multipart():
        for inner in part.get_payload():
            yield from _bodies(inner)
    elif part.get_content_maintype() == "text" and not part.get_filename():
        yield part


def _decoded(part: Message) -> str:
    data = part.get_payload(decode=True) or b""
    charset = part.get_content_charset("utf-8")
    for encoding in ("gb18030" if charset in ("gb2312", "gbk") else charset, "utf-8"):
        try:
            return data.decode(encoding)
        except (UnicodeError, LookupError):
            continue
    return data.decode("latin-1")


def _own_lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if line in ("-- ", "--"):
            return
        if not line.lstrip().startswith(">"):
            yield line
