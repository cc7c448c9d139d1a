"""A server that speaks the Hub's protocol on this machine, and can misbehave in every way that is known.

A fault is given for the next answers to addresses that end with some text; it is used up one by one.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

import numpy as np
from safetensors.numpy import save

from tests.fakes.hostile_answers import RawAnswer, send

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LARGE = (".safetensors", ".bin", ".gguf")


@dataclass(frozen=True)
class Fault:
    """What goes wrong in one answer.

    `cut` closes the line after so many bytes, `flip` turns the bit of that number, `pause` waits so many
    seconds before every `piece` bytes, `body` replaces the whole answer, and `raw` is written instead of any.
    """

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    cut: int = -1
    flip: int = -1
    pause: float = 0.0
    piece: int = 1 << 20
    body: bytes | None = None
    extra: bytes = b""
    no_range: bool = False
    shifted: int = 0
    redirect: str = ""
    raw: RawAnswer | None = None


@dataclass
class Repository:
    """Files by name; `raw` changes what the list says, as a lying server would."""

    files: dict[str, bytes]
    commit: str = COMMIT
    licence: str = "cc0-1.0"
    language: Any = "en"
    raw: dict[str, Any] = field(default_factory=dict)
    siblings: list[Any] = field(default_factory=list)
    conversion: dict[str, bytes] | None = None
    converter: str = "SFconvertbot"

    def listing(self, revision: str) -> dict[str, Any]:
        files = self.at(revision)
        return {
            "id": "x",
            "sha": self.commit if revision != "refs/pr/1" else "f" * 40,
            "cardData": {"license": self.licence, "language": self.language},
            "siblings": [_sibling(name, content) for name, content in files.items()] + self.siblings,
        } | self.raw

    def at(self, revision: str) -> dict[str, bytes]:
        is_converted = revision in ("refs/pr/1", "f" * 40)
        return self.conversion if is_converted and self.conversion is not None else self.files


def make_files(size: int = 64) -> dict[str, bytes]:
    """A tiny model with a matrix of `size` x `size`, and files that must stay where they are."""
    weights = np.random.default_rng(1).normal(size=(size, size)).astype(np.float32)
    return {
        "config.json": json.dumps({"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"]}).encode(),
        "tokenizer.json": b'{"x": 1}',
        "model.safetensors": save({"x": weights}, {"format": "pt"}),
        "pytorch_model.bin": b"pickle",
        "modeling_small.py": b"import os",
        "README.md": b"# Small",
        "onnx/model.onnx": b"graph",
    }


def _sibling(name: str, content: bytes) -> dict[str, Any]:
    blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
    entry: dict[str, Any] = {"rfilename": name, "size": len(content), "blobId": blob}
    if name.endswith(LARGE):
        sha256 = hashlib.sha256(content).hexdigest()
        entry["lfs"] = {"sha256": sha256, "size": len(content), "pointerSize": 130}
    return entry


class HubServer:
    """The server. `asked` lists (path, range) of all questions, `tokens` what came as authorization."""

    def __init__(self) -> None:
        self.repositories: dict[str, Repository] = {}
        self.faults: dict[str, list[Fault]] = {}
        self.always: Fault | None = None
        self.asked: list[tuple[str, str]] = []
        self.tokens: list[str] = []
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="hub")

    @contextmanager
    def running(self) -> Iterator[HubServer]:
        self._thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()

    def fail(self, ending: str, *faults: Fault) -> None:
        """The next answers to addresses that end so go wrong like this, one after the other."""
        self.faults.setdefault(ending, []).extend(faults)

    def fault(self, path: str) -> Fault:
        for ending, faults in self.faults.items():
            if path.endswith(ending) and faults:
                return faults.pop(0)
        return self.always or Fault()


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that are killed are what the tests are about."""


def _handler(hub: HubServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        timeout = 5

        def log_message(self, format: str, *args: Any) -> None:
            """Silent."""

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            path = unquote(url.path)
            hub.asked.append((path, self.headers.get("Range", "")))
            hub.tokens.append(self.headers.get("Authorization", ""))
            fault = hub.fault(path)
            if fault.raw is not None:
                send(self, fault.raw)
            elif fault.redirect:
                self._answer(302, b"", {"Location": fault.redirect})
            elif fault.status or fault.body is not None:
                self._answer(fault.status or 200, fault.body or b"{}", fault.headers)
            else:
                self._route(path, fault)

        def _route(self, path: str, fault: Fault) -> None:
            parts = path.strip("/").split("/")
            if path.startswith("/api/models/"):
                name, _, rest = path.removeprefix("/api/models/").partition("/revision/")
                repository = hub.repositories.get(name.removesuffix("/discussions"))
                if repository is None:
                    self._answer(401, b"{}", {"X-Error-Code": "RepoNotFound"})
                elif name.endswith("/discussions"):
                    self._answer(200, json.dumps(_discussions(repository)).encode(), {})
                elif rest in ("main", repository.commit, "refs/pr/1", "f" * 40):
                    self._send(json.dumps(repository.listing(rest)).encode(), fault)
                else:
                    self._answer(404, b"{}", {"X-Error-Code": "RevisionNotFound"})
                return
            at = parts.index("resolve") if "resolve" in parts else 0
            repository = hub.repositories.get("/".join(parts[:at]))
            content = repository.at(parts[at + 1]).get("/".join(parts[at + 2 :])) if repository else None
            if content is None:
                self._answer(404, b"", {"X-Error-Code": "EntryNotFound"})
            else:
                self._send(content, fault)

        def _send(self, content: bytes, fault: Fault) -> None:
            if fault.flip >= 0:
                changed = bytearray(content)
                changed[fault.flip // 8] ^= 1 << fault.flip % 8
                content = bytes(changed)
            start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
            if start and not fault.no_range:
                if start >= len(content):
                    self._answer(416, b"", {})
                    return
                said = start + fault.shifted
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {said}-{len(content) - 1}/{len(content)}")
                content = content[start:]
            else:
                self.send_response(200)
            content += fault.extra
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            end = fault.cut if fault.cut >= 0 else len(content)
            for place in range(0, min(end, len(content)), fault.piece):
                time.sleep(fault.pause)
                self.wfile.write(content[place : min(place + fault.piece, end)])
            if fault.cut >= 0:
                self.close_connection = True

        def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler


def _discussions(repository: Repository) -> dict[str, Any]:
    if repository.conversion is None:
        return {"discussions": []}
    talk = {"num": 1, "isPullRequest": True, "status": "open", "author": {"name": repository.converter}}
    return {"discussions": [talk]}
