"""Plays servers that mean harm against all that reads over the network: seconds, memory and what is said.

    python -m tests.benchmarks.hostile_servers [--size 5000000000] [--quick] [--only TEXT] [--client NAME]

The servers run in this process; whoever asks runs in a process of its own, whose memory is watched and which
is killed after LONGEST seconds, or at MOST_MB of growth.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.watched_child import WatchedChild
from tests.fakes.completion_server import CompletionServer, Trouble
from tests.fakes.hostile_answers import RawAnswer, answers
from tests.fakes.hub_server import Fault, HubServer, Repository, make_files

FULL_SIZE = 5_000_000_000
LONGEST = 900.0
MOST_MB = 2_000.0
NAME = "someone/small"

CLIENTS = ("hub", "file", "models", "typing", "updates")
"""A list of the hub, a file of it, a server's models, suggestions from a server, a newer version."""

STREAMS = ("line", "comment", "event")
"""Words in the names of answers that only suggestions can get."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds that a client gives a server: to an answer, to a read, and to a token while it is typed."""

    answer: float = 60.0
    read: float = 20.0
    attempts: int = 5
    pause: float = 1.0
    window: float = 20.0
    models: float = 5.0
    updates: float = 10.0
    first: float = 1.5
    following: float = 1.0
    silence: float = 3.0


QUICK = Patience(0.8, 0.4, 2, 0.01, 0.3, 0.5, 0.5, 0.4, 0.3, 0.6)


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one answer: seconds, megabytes that the client's process grew by, what it said.

    `fault` is the error that nobody had foreseen.
    """

    client: str
    answer: str
    seconds: float
    megabytes: float
    sentence: str
    fault: str


def run(
    only: Callable[[str, str], bool] = lambda _client, _answer: True,
    size: int = FULL_SIZE,
    patience: Patience | None = None,
) -> list[Row]:
    """Play all answers for which `only` holds, by client and name; those without end have `size` bytes."""
    patience = patience or Patience()
    rows = []
    pause = min(1.0, patience.read / 4)
    for client in CLIENTS:
        with _asked(client, patience) as ask:
            for name, raw in answers(size, pause).items():
                fits = client == "typing" or not any(word in name for word in STREAMS)
                if fits and only(client, name):
                    rows.append(ask(name, raw))
    return rows


@contextlib.contextmanager
def _asked(client: str, patience: Patience) -> Iterator[Callable[[str, RawAnswer], Row]]:
    """A function that lets a client ask a server which gives an answer."""
    children: list[WatchedChild] = []
    values = json.dumps([getattr(patience, name) for name in Patience.__slots__])
    command = [sys.executable, "-m", "tests.benchmarks.hostile_servers", "--ask", client, values]

    def ask(name: str, raw: RawAnswer) -> Row:
        if not children or not children[-1].alive:
            children.append(WatchedChild(command, LONGEST, MOST_MB))
        with _serving(client, raw) as address:
            reply = children[-1].ask(address)
        sentence, fault = reply.value or ("", "(killed, or dead)")
        return Row(client, name, reply.seconds, reply.grown, sentence, fault)

    try:
        yield ask
    finally:
        for child in children:
            child.close()


@contextlib.contextmanager
def _serving(client: str, raw: RawAnswer) -> Iterator[str]:
    if client not in ("hub", "file"):
        server = CompletionServer({})
        server.always = Trouble(raw=raw)
        with server.running():
            yield server.address
        return
    with HubServer().running() as hub:
        hub.repositories[NAME] = Repository(make_files())
        if client == "hub":
            hub.always = Fault(raw=raw)
        else:
            hub.fail("model.safetensors", *[Fault(raw=raw)] * 100)
        yield hub.address


def _answer_requests(client: str, patience: Patience) -> None:
    """The child: ask each server whose address comes on standard input, and print what is said."""
    ask = {"hub": _get, "file": _get, "models": _models, "typing": _type, "updates": _newest}[client]
    ask("http://127.0.0.1:9", patience)  # everything is imported before memory is measured
    print(flush=True)
    for line in sys.stdin:
        sentence = fault = ""
        try:
            sentence = ask(line.strip(), patience)
        except Exception as error:  # noqa: BLE001 - the table shows it as a fault
            fault = f"{type(error).__name__}: {str(error)[:200]}"
        print(json.dumps([sentence[:300], fault]), flush=True)


def _get(address: str, patience: Patience) -> str:
    from writer.models.download.fetcher import ModelFetcher
    from writer.models.download.http_client import RetryPolicy
    from writer.models.manifest import ModelError
    from writer.models.store import ModelStore

    policy = RetryPolicy(
        connect=min(10, patience.read),
        read=patience.read,
        answer=patience.answer,
        attempts=patience.attempts,
        pause=patience.pause,
        window=patience.window,
    )
    with tempfile.TemporaryDirectory(prefix="writer-hostile-") as folder:
        try:
            model = ModelFetcher(ModelStore(Path(folder)), address, policy).get(NAME)
        except ModelError as error:
            parts = sum(path.stat().st_size for path in Path(folder).rglob("*.part"))
            return str(error) + (f" ({parts} bytes on the disk)" if parts else "")
        return f"{model.id} came"


def _models(address: str, patience: Patience) -> str:
    from writer.engine.remote.completions_api import RemoteError
    from writer.engine.remote.connection import Connection, Server

    connection = Connection(Server(address))
    try:
        return f"models: {', '.join(connection.models(lambda: False, patience.models)[:3])}"
    except RemoteError as error:
        return str(error)
    finally:
        connection.close()


def _type(address: str, patience: Patience) -> str:
    """Eight keys, each of which cancels the request before it; afterwards a pause."""
    from writer.engine.fake import FakeEngine
    from writer.engine.protocol import Parameters
    from writer.engine.remote import fallback_engine
    from writer.engine.remote.connection import Server
    from writer.engine.remote.remote_engine import RemoteEngine
    from writer.engine.remote.server_pace import ServerPace, TimeAllowed
    from writer.suggestions.context import Context

    fallback_engine.MAX_SILENCE_SECONDS = patience.silence
    server = Server(address, "model")
    engine = fallback_engine.FallbackEngine(
        lambda: RemoteEngine(server, ServerPace(TimeAllowed(patience.first, patience.following))),
        lambda: FakeEngine({}),
        lambda _ready: None,
    )
    try:
        for key in range(1, 9):
            until = time.monotonic() + (patience.first / 8 if key < 8 else LONGEST)
            context = Context("The quick brown"[: 7 + key])
            for _token in engine.continue_text(
                context, Parameters(), lambda end=until: time.monotonic() > end
            ):
                pass
        return str(engine.why)
    finally:
        engine.close()


def _newest(address: str, patience: Patience) -> str:
    from writer.app.desktop.update_check import UpdateError, newest

    try:
        return f"version {newest(address, patience.updates)}"
    except UpdateError as error:
        return str(error)


def table(rows: list[Row]) -> str:
    """The rows as text."""
    lines = [
        f"{row.client:8} {row.answer:32} {row.seconds:7.1f} s {row.megabytes:7.0f} MB  {row.sentence}"
        f"{row.fault}"
        for row in rows
    ]
    return "\n".join(lines)


def main() -> int:
    """Play and print."""
    parser = argparse.ArgumentParser(description="Let servers answer without end, slowly or packed.")
    parser.add_argument("--size", type=int, default=FULL_SIZE, help="bytes of an answer without end")
    parser.add_argument("--quick", action="store_true", help="clients with little patience")
    parser.add_argument("--only", default="", help="answers with this text in their name")
    parser.add_argument("--client", default="", choices=("", *CLIENTS))
    parser.add_argument("--ask", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.ask:
        client, values = options.ask
        _answer_requests(client, Patience(*json.loads(values)))
        return 0

    def only(client: str, answer: str) -> bool:
        return options.only in answer and options.client in ("", client)

    print(table(run(only, options.size, QUICK if options.quick else None)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
