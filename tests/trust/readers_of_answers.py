"""The readers of what servers and children say: hubs, completion servers, versions, spelling, extraction."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, cast

from tests.trust.reader import Reader
from tests.trust.scorecard import ROOT
from writer.app.desktop import update_check
from writer.app.desktop.update_check import UpdateError
from writer.base import paths
from writer.base.http.body import HttpError, parse_json
from writer.base.http.event_stream import MAX_EVENT_BYTES
from writer.base.json_lines_child import InvalidAnswerError, _json_object
from writer.corpus.extraction_pool import _is_answer
from writer.engine.remote.completions_api import read_event
from writer.engine.remote.connection import Connection, Server
from writer.engine.remote.refusals import RemoteError
from writer.models.download import hub_api
from writer.models.download.http_client import HttpClient
from writer.models.manifest import ModelError

HUB = {
    "id": "someone/small",
    "sha": "0" * 40,
    "tags": ["license:cc0-1.0", "gpt2"],
    "cardData": {"license": "cc0-1.0", "language": ["en"]},
    "siblings": [
        {"rfilename": "config.json", "size": 10, "blobId": "1" * 40},
        {"rfilename": "tokenizer.json", "size": 20, "blobId": "2" * 40},
        {
            "rfilename": "model.safetensors",
            "size": 30,
            "blobId": "3" * 40,
            "lfs": {"sha256": "4" * 64, "size": 30, "pointerSize": 130},
        },
    ],
}
PICKLED = HUB | {"siblings": [{"rfilename": "pytorch_model.bin", "size": 10, "blobId": "1" * 40}]}
DISCUSSIONS = {
    "discussions": [
        {"num": 3, "author": {"name": "SFconvertbot"}, "isPullRequest": True, "status": "open"},
        {"num": 1, "author": {"name": "someone"}, "isPullRequest": False, "status": "closed"},
    ]
}
CHUNK = {
    "choices": [
        {
            "index": 0,
            "text": " the sea",
            "logprobs": {
                "tokens": [" the", " sea"],
                "token_logprobs": [-0.25, -1.5],
                "top_logprobs": [{" the": -0.25, " a": -2.0}, {" sea": -1.5, " sky": -1.75}],
            },
            "finish_reason": None,
        }
    ]
}


def answer_readers() -> tuple[Reader, ...]:
    """The readers of answers over the network, from servers that stand in this process."""
    return (
        Reader("a hub's list", _dump(HUB), lambda data: _find({"revision": data}), (ModelError,)),
        Reader("a hub's talks", _dump(DISCUSSIONS), _find_converted, (ModelError,)),
        Reader("a completion", _dump(CHUNK), _complete, (RemoteError,)),
        Reader(
            "a server's models",
            _dump({"data": [{"id": "big"}, {"id": "other"}]}),
            _list_models,
            (RemoteError,),
        ),
        Reader(
            "the newest version",
            _dump({"tag_name": "v1.2.0", "name": "x"}),
            _newest,
            (UpdateError, HttpError),
        ),
        Reader(
            "a child's answer",
            _dump({"text": "One.", "date": "2024-05-01"}),
            _child_said,
            (InvalidAnswerError,),
        ),
    )


def child_readers() -> tuple[tuple[Reader, ...], Callable[[], None]]:
    """The readers of the children's own requests, and what ends the children."""
    extract, spell = _Child("extract"), _Child("spell", "en_US")
    extract.line()  # that it is ready
    return (
        Reader("a request to extract", _dump({"path": "/nowhere/a.txt", "kind": "txt"}), extract.ask),
        Reader("a request to spell", _dump({"check": ["teh", "the"], "suggest": "teh"}), spell.ask),
    ), lambda: [child.end() for child in (extract, spell)] and None


class _Child:
    """A worker of the program; it has to answer each line with one object, whatever that line holds."""

    def __init__(self, *words: str) -> None:
        self._process = subprocess.Popen(
            [*paths.program(), *words],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def ask(self, data: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(data.replace(b"\n", b" ").replace(b"\r", b" ") + b"\n")
        self._process.stdin.flush()
        answer = self.line()
        assert isinstance(json.loads(answer), dict), "the child is gone"

    def line(self) -> bytes:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the child is gone"
        return line

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()


def _dump(value: object) -> bytes:
    return json.dumps(value).encode()


class _Session:
    """A session whose every answer has one body."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    @contextmanager
    def open(self, *_arguments: object, **_more: object) -> Iterator[Any]:
        yield SimpleNamespace(status=200, pieces=lambda _limit: iter([self._data]))

    def close(self) -> None:
        """Nothing is open."""


class _Hub:
    """A client of a hub that answers to addresses which hold a word."""

    def __init__(self, answers: dict[str, bytes]) -> None:
        self._answers = answers

    def json(self, url: str, _headers: dict[str, str]) -> Any:
        found = next((data for word, data in self._answers.items() if word in url), None)
        if found is None:
            raise ModelError("There is nothing here.")
        try:
            return parse_json(found)
        except HttpError as error:
            raise ModelError("This is no JSON.") from error


def _find(answers: dict[str, bytes]) -> None:
    found = hub_api.find_snapshot(cast(HttpClient, _Hub(answers)), "https://hub.example", "someone/small")
    json.dumps([found.id, found.licence, found.languages, found.revision])
    for file in found.files:
        found.url(file)


def _find_converted(data: bytes) -> None:
    _find({"revision/main": _dump(PICKLED), "discussions": data, "pr": _dump(HUB)})


def _complete(data: bytes) -> None:
    for line in data.decode("utf-8", "replace").split("\n"):
        for chunk in read_event(line[:MAX_EVENT_BYTES]).chunks:
            chunk.text.encode("utf-8", "surrogatepass")
            assert chunk.logprob is None or chunk.logprob <= 0


def _list_models(data: bytes) -> None:
    connection = Connection(Server("https://server.example"))
    cast(Any, connection)._session = _Session(data)
    assert all(isinstance(name, str) for name in connection.models(lambda: False, 10.0))


def _newest(data: bytes) -> None:
    update_check.is_newer(update_check._version(parse_json(data), "versions.example"))


def _child_said(data: bytes) -> None:
    answer = _json_object(data)
    if not _is_answer(answer):
        raise InvalidAnswerError(None)
