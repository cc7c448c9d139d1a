"""A server with OpenAI's /v1/completions on this machine, scripted, that can fail in every known way."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.fakes.hostile_answers import RawAnswer, send


@dataclass(frozen=True)
class Trouble:
    """What goes wrong in one answer: a status, a whole body, lines of the stream, silence, an early end.

    `raw` is written instead of any answer.
    """

    status: int = 0
    body: bytes | None = None
    lines: tuple[str, ...] | None = None
    silence: float = 0.0
    cut_after: int = -1
    headers: dict[str, str] = field(default_factory=dict)
    raw: RawAnswer | None = None


class CompletionServer:
    """Continues a prompt that ends with a key of `script` by its value, in pieces of one word.

    `strict` is the status that it answers to the field `logprobs`, 0 where it knows it. `answers` may answer
    a question otherwise, from its path and body. `asked` lists the bodies of all questions, `paths` their
    paths; `given_up` counts streams that the other side closed.
    """

    def __init__(
        self, script: dict[str, str], logprobs: bool = True, step: float = 0.0, port: int = 0
    ) -> None:
        self.script = dict(sorted(script.items(), key=lambda item: -len(item[0])))
        self.logprobs = logprobs
        self.strict = 0
        self.step = step
        self.troubles: list[Trouble] = []
        self.always: Trouble | None = None
        self.answers: Callable[[str, dict[str, Any]], Trouble] | None = None
        self.asked: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.keys: list[str] = []
        self.given_up = 0
        self.over = threading.Event()
        self._server = _Server(("127.0.0.1", port), _handler(self))
        self.port = self._server.server_address[1]
        self.address = f"http://127.0.0.1:{self.port}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="completions")

    @contextmanager
    def running(self) -> Iterator[CompletionServer]:
        self._thread.start()
        try:
            yield self
        finally:
            self.kill()

    def kill(self) -> None:
        """Stop answering; twice does no harm."""
        self.over.set()
        if self._thread.is_alive():
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()

    def answer(self, prompt: str) -> list[str]:
        text = next((value for key, value in self.script.items() if prompt.endswith(key)), "")
        pieces = [piece for piece in text.replace(" ", "\x00 ").split("\x00") if piece]
        return pieces if text.isascii() else list(text)

    def trouble(self) -> Trouble:
        return self.troubles.pop(0) if self.troubles else self.always or Trouble()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Lines that are cut are what the tests are about."""


def _handler(server: CompletionServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, format: str, *args: Any) -> None:
            """Silent."""

        def do_GET(self) -> None:
            server.keys.append(self.headers.get("Authorization", ""))
            trouble = server.trouble()
            self._keep_silent(trouble.silence)
            if trouble.raw is not None:
                self._raw(trouble.raw)
                return
            body = json.dumps({"object": "list", "data": [{"id": "big-model"}, {"id": "other"}]}).encode()
            self._whole(trouble.status or 200, trouble.body or body, trouble.headers)

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            server.asked.append(body)
            server.paths.append(self.path)
            server.keys.append(self.headers.get("Authorization", ""))
            trouble = server.trouble()
            if server.answers is not None and trouble == Trouble():
                trouble = server.answers(self.path, body)
            self._keep_silent(trouble.silence)
            if trouble.raw is not None:
                self._raw(trouble.raw)
            elif server.strict and "logprobs" in body:
                self._whole(server.strict, b'{"detail": "unknown field"}', {})
            elif trouble.status or trouble.body is not None:
                self._whole(trouble.status or 200, trouble.body or b"{}", trouble.headers)
            elif not {"prompt", "max_tokens"} <= body.keys():
                self._whole(404, b'{"detail": "Not Found"}', {})
            else:
                self._stream(body, trouble)

        def _keep_silent(self, seconds: float) -> None:
            if server.over.wait(seconds):
                raise ConnectionAbortedError

        def _raw(self, answer: RawAnswer) -> None:
            server.given_up += not send(self, answer)

        def _stream(self, body: dict[str, Any], trouble: Trouble) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            words = server.answer(body["prompt"])[: body["max_tokens"]]
            lines = trouble.lines or (": hello", *(self._event(w, body) for w in words), "data: [DONE]")
            try:
                for count, line in enumerate(lines):
                    if count == trouble.cut_after:
                        self.close_connection = True
                        self.connection.close()
                        return
                    self._chunk(f"{line}\n\n".encode())
                    time.sleep(server.step)
                self._chunk(b"")
            except OSError:
                server.given_up += 1

        def _event(self, word: str, body: dict[str, Any]) -> str:
            logprobs = None
            if server.logprobs and "logprobs" in body:
                tops = {word: -0.25, " other": -2.0}
                logprobs = {"tokens": [word], "token_logprobs": [-0.25], "top_logprobs": [tops]}
            event = {"choices": [{"index": 0, "text": word, "logprobs": logprobs, "finish_reason": None}]}
            return f"data: {json.dumps(event)}"

        def _chunk(self, content: bytes) -> None:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(content), content))
            self.wfile.flush()

        def _whole(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
