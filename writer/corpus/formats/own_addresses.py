"""The person's own mail addresses, found in the envelopes of the mails of a folder.

Mails that were sent from here name them, and so do received ones: the address to which they were delivered.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from itertools import islice

from writer.base.typed_data import read_json

_SENT_FOLDER = re.compile(
    r"(?:^|[./\\])(?:sent(?:[ _-]?(?:items|mail|messages))?|outbox|postausgang"
    r"|gesendet(?:e[ _-]?(?:elemente|objekte))?"
    r"|(?:éléments[ _-])?envoyés|enviad[oa]s|(?:posta[ _-])?inviata|verzonden(?:[ _-]items)?|skickat|wysłane"
    r"|отправленные|已发送(?:邮件)?|已傳送|寄件備份|送信済み|보낸편지함)(?:[/\\.]|$)",
    re.I,
)
"""The names of folders and mailboxes of sent mails, as mail programs call them."""

_LEAST_SHARE = 0.2
"""The share of the mails that are marked as sent, or of the delivered ones, that an address must have.

Others lie there by chance.
"""

_MOST_MAILS = 0.5
"""The share of the mails that name an address from which it is the person's."""

_LEAST_MAILS = 5
"""The mails from which on such a share counts, and the recipients of a person who writes to many."""

_MOST_SENDERS = 3
"""The senders of mails without traces of a delivery up to which these are the person's own."""

LIMIT = 50_000
"""The most mails of a file whose envelopes are read."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who sent a mail to whom, addresses in lower case; `sender` is "" where it is not known.

    `is_marked`: a mail program marked it as sent. `is_delivered`: it bears traces of a delivery (RFC 5321),
    `delivered_to` is where a server put it.
    """

    sender: str
    recipients: tuple[str, ...] = ()
    is_marked: bool = False
    is_delivered: bool = False
    delivered_to: tuple[str, ...] = ()


def dump(envelopes: Iterable[Envelope]) -> str:
    """The first LIMIT envelopes as JSON."""
    return json.dumps([astuple(envelope) for envelope in islice(envelopes, LIMIT)])


def load(text: str) -> list[Envelope]:
    """The envelopes of `dump`. Raises DamagedError."""
    rows = read_json(
        text, list[tuple[str, tuple[str, ...], bool, bool, tuple[str, ...]]], len(text), len(text)
    )
    return [Envelope(*row) for row in rows]


def find_own_addresses(mails: Mapping[str, Sequence[Envelope]]) -> frozenset[str]:
    """The person's addresses among the mails of files, given by their names below the folder."""
    every = [(mail, bool(_SENT_FOLDER.search(name))) for name, some in mails.items() for mail in some]
    marked = Counter(mail.sender for mail, is_sent in every if mail.sender and (is_sent or mail.is_marked))
    delivered = Counter(to for mail, _ in every for to in set(mail.delivered_to))
    own = {
        address
        for counts in (marked, delivered)
        for address, count in counts.items()
        if count >= _LEAST_SHARE * counts.total()
    }
    envelopes = [mail for mail, _ in every]
    return frozenset(
        own or _few_senders(envelopes) or _usual_recipient(envelopes) or _writer_to_many(envelopes)
    )


def _few_senders(mails: Sequence[Envelope]) -> set[str]:
    """The senders of mails that were never delivered, where they are few: such mails were written here."""
    senders = {mail.sender for mail in mails if not mail.is_delivered} - {""}
    return senders if len(senders) <= _MOST_SENDERS else set()


def _usual_recipient(mails: Sequence[Envelope]) -> set[str]:
    """The address to which most mails went."""
    to = Counter(address for mail in mails for address in set(mail.recipients))
    least = max(_LEAST_MAILS, _MOST_MAILS * len(mails))
    return {address for address, count in to.most_common(1) if count >= least}


def _writer_to_many(mails: Iterable[Envelope]) -> set[str]:
    """The sender with the most recipients, where they are many."""
    recipients: dict[str, set[str]] = defaultdict(set)
    for mail in mails:
        recipients[mail.sender].update(mail.recipients)
    recipients.pop("", None)
    most = max(recipients, key=lambda sender: len(recipients[sender]), default="")
    return {most} if most and len(recipients[most]) >= _LEAST_MAILS else set()
