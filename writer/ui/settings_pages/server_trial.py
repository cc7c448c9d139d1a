"""The trial of a server: its models, what it offers, and the certificate that it shows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from writer.app.models.model_selection import server_offers
from writer.base.errors import Message, Sentence
from writer.base.http.body import HttpError, HttpFailure
from writer.base.progress import CancelCheck, Cancelled
from writer.engine.remote.connection import Connection, Server
from writer.engine.remote.discovery import find_offer
from writer.engine.remote.refusals import NoAnswerError, RemoteError
from writer.engine.remote.routes import Offer
from writer.settings import api_keys

MODELS_SECONDS, OFFER_SECONDS = 5.0, 20.0
"""Seconds that the list of models may take, and each question for what the server offers."""

_OWN_CERTIFICATES = (HttpFailure.CERTIFICATE, HttpFailure.OTHER_CERTIFICATE)


@dataclass(frozen=True, slots=True)
class Trial:
    """What a server answered: its models, what it offers, what failed.

    `models` is None where they were not told, `fingerprint` "" unless its certificate is not trusted.
    """

    models: tuple[str, ...] | None = None
    offer: Offer | None = None
    trouble: Message = ""
    fingerprint: str = ""


def try_server(server: Server, cancelled: CancelCheck) -> Trial | None:
    """Ask a server; what it offers is kept. None once `cancelled()`.

    Runs in a thread, because keyring and network block.
    """
    try:
        connection = Connection(replace(server, key=api_keys.load_key(server.host)))
    except RemoteError as error:
        return Trial(trouble=error.sentence)
    try:
        return _asked(connection, cancelled)
    except Cancelled:
        return None
    finally:
        connection.close()


def _asked(connection: Connection, cancelled: CancelCheck) -> Trial:
    server, models = connection.server, None
    try:
        models = tuple(connection.models(cancelled, MODELS_SECONDS))
    except RemoteError as error:
        if not (error.refuses_route and server.model):
            return _without_models(server, error)
    model = server.model or (models or ("",))[0]
    if not model:
        return Trial(models)
    try:
        offer = find_offer(connection, model, cancelled, OFFER_SECONDS)
    except RemoteError as error:
        return Trial(models, trouble=error.sentence)
    server_offers().set(server.address, model, offer)
    return Trial(models, offer)


def _without_models(server: Server, error: RemoteError) -> Trial:
    """The trial of a server that failed with `error`, with the certificate where that was the reason."""
    if not isinstance(error, NoAnswerError) or error.failure not in _OWN_CERTIFICATES:
        return Trial(trouble=error.sentence)
    fingerprint, values = _fingerprint(server), {"host": server.host}
    if not fingerprint:
        return Trial(trouble=error.sentence)
    trouble = Sentence("{host} shows a certificate that this system does not trust.", values)
    if error.failure is HttpFailure.OTHER_CERTIFICATE:
        trouble = Sentence("{host} shows another certificate than the one that you allowed.", values)
    return Trial(trouble=trouble, fingerprint=fingerprint)


def _fingerprint(server: Server) -> str:
    """The fingerprint of the certificate that a server shows, "" where it cannot be seen."""
    from writer.base.http.pinned_certificate import fetch_fingerprint

    try:
        port = urlsplit(f"//{server.place}").port or 443
        return fetch_fingerprint(server.hostname, port, MODELS_SECONDS)
    except HttpError:
        return ""
