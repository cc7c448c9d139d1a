"""A store of what servers offer: found out once for each address and model, and kept in one file."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict
from pathlib import Path

from writer.base import atomic_file
from writer.base.typed_data import DamagedError, as_type, read_json_file
from writer.engine.remote.addresses import endpoint_url
from writer.engine.remote.routes import Offer

log = logging.getLogger(__name__)

FILE_NAME = "servers.json"

MAX_OFFERS = 50
"""The number of offers that are kept; the oldest goes first."""


class OfferStore:
    """What each server offers for each model, in the file `path`. Values that are not valid count as missing.

    A file that cannot be written is logged: the server is then asked again.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, address: str, model: str) -> Offer | None:
        """What the server at `address` offers for `model`, None where that is not known."""
        try:
            return as_type(self._read().get(_key(address, model)), Offer)
        except DamagedError:
            return None

    def set(self, address: str, model: str, offer: Offer) -> None:
        """Keep what a server offers."""
        entries = self._read()
        entries.pop(_key(address, model), None)
        entries[_key(address, model)] = asdict(offer)
        self._write(dict(list(entries.items())[-MAX_OFFERS:]))

    def forget(self, address: str, model: str) -> bool:
        """Forget what a server offers, so that it is asked again; whether it was known."""
        entries = self._read()
        known = entries.pop(_key(address, model), None) is not None
        if known:
            self._write(entries)
        return known

    def _read(self) -> dict[str, object]:
        try:
            return read_json_file(self._path, dict[str, object])
        except (OSError, DamagedError):
            return {}

    def _write(self, entries: dict[str, object]) -> None:
        try:
            atomic_file.replace(self._path, json.dumps(entries, indent=1).encode(), sync=False)
        except OSError as error:
            log.warning("what the server offers could not be kept: %s", type(error).__name__)


def _key(address: str, model: str) -> str:
    """The key of an entry: the address without user and query, which may hold secrets, and the model."""
    url = endpoint_url(address, "").partition("?")[0]
    scheme, mark, rest = url.partition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]} {model}"
