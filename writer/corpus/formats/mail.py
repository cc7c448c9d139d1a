"""What the person wrote in mails: without headers, quoted mails and signatures; of mailboxes, the sent mails.

Whose mails these are is told by addresses (`own_addresses`). Where none are known, a mail was written here
where it bears no trace of its delivery (RFC 5321: Received, Return-Path), or was sent from an address that
such mails have.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from email import policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser, BytesParser
from email.utils import getaddresses, parseaddr, parsedate_to_datetime
from itertools import islice

from writer.corpus.document import RejectionReason
from writer.corpus.formats.html_batches import convert_pages
from writer.corpus.formats.html_source import own_text
from writer.corpus.formats.own_addresses import Envelope
from writer.corpus.formats.unwrap import unwrap

_FROM = re.compile(rb"(?:\A|(?<=\n))From [^\n]*\d\d:\d\d[^\n]*\n")
"""The line before each mail of a mailbox (RFC 4155)."""

_ESCAPED_FROM = re.compile(rb"^>(>*From )", re.M)
_DELIVERED = ("Received", "Delivered-To", "Return-Path", "X-Original-To")
_SENT_LABEL = re.compile(r"\bSent\b|已发送|\bGesendet\b", re.I)

_QUOTED = re.compile(r"[ \t]*>")
_ATTRIBUTION = re.compile(
    r"(?:(?:on|am|le|el|il|op|den)\b.{0,200}|.{0,120}<[^<>\s]+@[^<>\s]+>.{0,60}|(?:在|于|於)?\s*\d{4}.{0,120})"
    r"(?:wrote|writes|schrieb|a écrit|escribió|ha scritto|schreef|skrev|写道|寫道).{0,80}[:：]\s*$",
    re.I | re.S,
)
_FORWARDED = re.compile(
    r"-{3,}\s*(?:original message|forwarded message|ursprüngliche nachricht|原始邮件|转发的?邮件)"
    r"|begin forwarded message:|_{20,}\s*$",
    re.I,
)
_HEADER = re.compile(r"(?:From|Von|De|发件人|寄件者)\s*[:：].*")
_SECOND_HEADER = re.compile(r"(?:Sent|Date|To|Gesendet|Datum|An|Envoyé|À|发送时间|日期|收件人)\s*[:：].*")
_SIGNATURE = re.compile(
    r"-- ?$|(?:sent|gesendet|envoyé|enviado) (?:from|von|de|desde) (?:my|meinem?|mon|mi) |get outlook for "
    r"|发自我的|從我的.{0,12}傳送|sent with ",
    re.I,
)

_HEADERS_END = re.compile(rb"\r?\n\r?\n")
_MOST_ADDRESSES = 20
_EMPTY_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class OwnMails:
    """The texts of the mails that the person wrote, each with its date, and the number of those of others.

    A mail that cannot be read has the reason in place of its text.
    """

    texts: tuple[tuple[date | None, str | RejectionReason], ...]
    received: int


def read_own(
    data: bytes, kind: str, addresses: Collection[str], html_to_text: Callable[[str], str]
) -> OwnMails:
    """What the person with these addresses, in lower case, wrote in a mail (RFC 5322) or a mailbox (mbox)."""
    addresses = addresses or _local_senders(data, kind)
    bodies: list[tuple[bool, str]] = []
    days: list[date | None] = []
    received = 0
    for mail in map(_parsed, _mails(data, kind)):
        sender = _address(mail)
        if sender not in addresses and (sender or _is_delivered(mail)):
            received += 1
            continue
        days.append(_day(mail))
        bodies.append(_body(mail) or (False, ""))
    sources = [own_text(content) for is_html, content in bodies if is_html]
    converted = (
        page if isinstance(page, RejectionReason) else own_lines(page)
        for page in convert_pages(sources, html_to_text)
    )
    texts = (next(converted) if is_html else content for is_html, content in bodies)
    return OwnMails(tuple(zip(days, texts, strict=True)), received)


def read_envelopes(data: bytes, kind: str) -> Iterator[Envelope]:
    """Who sent the mails of a mail or a mailbox to whom."""
    for mail in _mails(data, kind):
        headers = _parsed(_HEADERS_END.split(mail, maxsplit=1)[0], with_body=False)
        yield Envelope(
            _address(headers),
            _addresses(headers, ("To", "Cc")),
            bool(_SENT_LABEL.search(_header(headers, "X-Gmail-Labels"))),
            _is_delivered(headers),
            _addresses(headers, ("Delivered-To", "X-Original-To")),
        )


def _mails(data: bytes, kind: str) -> Iterator[bytes]:
    """The source of each mail."""
    if kind != "mbox":
        yield data
        return
    data = data.replace(b"\r\n", b"\n")
    starts = list(_FROM.finditer(data))
    places = [start.end() for start in starts] or [0]
    ends = [*(start.start() for start in starts[1:]), len(data)]
    for place, end in zip(places, ends, strict=True):
        yield _ESCAPED_FROM.sub(rb"\1", data[place:end])


def own_lines(text: str) -> str:
    """The text of a mail up to its signature or the mail that it answers, without quotations."""
    kept: list[str] = []
    lines = text.split("\n")
    for place, line in enumerate(lines):
        if _ends_mail(lines, place):
            break
        if _QUOTED.match(line):
            _drop_attribution(kept)
        else:
            kept.append(line)
    return _EMPTY_LINES.sub("\n\n", "\n".join(kept)).strip()


def _ends_mail(lines: list[str], place: int) -> bool:
    line = lines[place].strip()
    after = next((following.strip() for following in lines[place + 1 : place + 3] if following.strip()), "")
    headers = bool(_HEADER.match(line) and _SECOND_HEADER.match(after))
    signature = _SIGNATURE.match(lines[place]) or _SIGNATURE.match(line)
    return bool(headers or _FORWARDED.match(line) or signature)


def _drop_attribution(kept: list[str]) -> None:
    """Remove the lines before a quotation that say who wrote it, of which there are at most three."""
    while kept and not kept[-1].strip():
        kept.pop()
    for count in (1, 2, 3):
        last = " ".join(kept[-count:])
        if len(kept) >= count and _ATTRIBUTION.match(last.strip()):
            del kept[-count:]
            return
    kept.append("")


def _parsed(data: bytes, with_body: bool = True) -> EmailMessage:
    """A mail; without its body in a third of the time, as the kind of that is not looked at."""
    parser = BytesParser if with_body else BytesHeaderParser
    mail = parser(policy=policy.default).parsebytes(data)
    return mail if isinstance(mail, EmailMessage) else EmailMessage()


def _local_senders(data: bytes, kind: str) -> set[str]:
    """The senders of mails that are marked as sent, or bear no trace of a delivery."""
    mails = read_envelopes(data, kind)
    return {mail.sender for mail in mails if mail.is_marked or not mail.is_delivered} - {""}


def _is_delivered(mail: EmailMessage) -> bool:
    return any(name in mail for name in _DELIVERED)


def _address(mail: EmailMessage) -> str:
    return parseaddr(_header(mail, "From"))[1].casefold()


def _addresses(mail: EmailMessage, names: Iterable[str]) -> tuple[str, ...]:
    """The addresses in the headers of these names, at most _MOST_ADDRESSES."""
    values: list[str] = []
    for name in names:
        with contextlib.suppress(ValueError, LookupError, TypeError, AttributeError):
            values += map(str, mail.get_all(name, ()))
    found = (address.casefold() for _name, address in getaddresses(values))
    return tuple(islice((address for address in found if "@" in address), _MOST_ADDRESSES))


def _header(mail: EmailMessage, name: str) -> str:
    try:
        return str(mail.get(name, ""))
    except (ValueError, LookupError, TypeError, AttributeError):  # what its parser meets in damaged headers
        return ""


def _day(mail: EmailMessage) -> date | None:
    try:
        return parsedate_to_datetime(_header(mail, "Date")).date()
    except (ValueError, TypeError):
        return None


def _body(mail: EmailMessage) -> tuple[bool, str] | None:
    """Whether the body of a mail is HTML, and that, or its own text; plain text where a mail has both."""
    try:
        body = mail.get_body(("plain", "html"))
        data = body.get_payload(decode=True) if body else None
        if body is None or not isinstance(data, bytes):
            return None
        content = _decoded(data, str(body.get_content_charset("utf-8")))
        flowed = body.get_param("format", "") == "flowed"
    except (ValueError, LookupError, TypeError, AttributeError):  # what its parser meets in damaged mails
        return None
    if body.get_content_subtype() == "html":
        return True, content
    content = content.replace("\r\n", "\n")
    if flowed:
        content = "\n".join(_flowing(content.split("\n")))
    return False, unwrap(own_lines(content))


def _decoded(data: bytes, charset: str) -> str:
    """The text of a body; what calls itself GB 2312 has characters of its successors, too."""
    for encoding in ("gb18030" if charset in ("gb2312", "gbk") else charset, "utf-8"):
        with contextlib.suppress(UnicodeError, LookupError):
            return data.decode(encoding)
    return data.decode("latin-1" if charset == "us-ascii" else "utf-8", "replace")


def _flowing(lines: list[str]) -> Iterator[str]:
    """The paragraphs of a text in which a blank at the end of a line means that it goes on (RFC 3676)."""
    paragraph = ""
    for line in lines:
        stuffed = line.removeprefix(" ")
        flows = line.endswith(" ") and line != "-- " and not _QUOTED.match(line)
        paragraph += stuffed
        if not flows:
            yield paragraph
            paragraph = ""
    if paragraph:
        yield paragraph
