"""From the settings to an engine that asks a server, with this machine's own model behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from writer.engine.protocol import Engine, Ready
from writer.engine.remote.connection import Server
from writer.engine.worker import Loader
from writer.settings import api_keys
from writer.settings.schema import SERVER_ADDRESS, SERVER_ENABLED, SERVER_MODEL, SERVER_TRUSTED
from writer.settings.store import SettingsStore

if TYPE_CHECKING:
    from writer.engine.remote.remote_engine import RemoteEngine


def server_of(settings: SettingsStore) -> Server:
    """The server that the settings name, without its key."""
    trusted = frozenset(settings.get(SERVER_TRUSTED).split())
    return Server(settings.get(SERVER_ADDRESS).strip(), settings.get(SERVER_MODEL).strip(), trusted=trusted)


def with_server(load_local: Loader, settings: SettingsStore, say: Callable[[Ready], None]) -> Loader:
    """What loads the engine that the settings ask for: `load_local` alone while no server is switched on.

    `say` hears, in the engine's thread, when the server or the local model begins to answer.
    """
    if not settings.get(SERVER_ENABLED):
        return load_local
    server = server_of(settings)

    def load_remote() -> RemoteEngine:
        from writer.engine.remote.remote_engine import RemoteEngine

        return RemoteEngine(replace(server, key=api_keys.key_for(server.host)))

    def load() -> Engine:
        from writer.engine.remote.fallback_engine import FallbackEngine

        return FallbackEngine(load_remote, load_local, say)

    return load
