"""A server with /v1/completions in a process of its own that runs the starter model, to be killed.

python -m tests.fakes.model_server PORT
"""

from __future__ import annotations

import sys
import threading

from tests.fakes.completion_server import CompletionServer
from writer.engine import loading
from writer.engine.protocol import Parameters
from writer.models.store import DEFAULT_MODEL, find
from writer.suggestions.context import Context


class ModelServer(CompletionServer):
    """Answers with a real model, one question at a time."""

    def __init__(self, port: int) -> None:
        super().__init__({}, logprobs=False, port=port)
        self._engine = loading.load(find(DEFAULT_MODEL).path, "cpu")
        self._lock = threading.Lock()

    def answer(self, prompt: str) -> list[str]:
        with self._lock:
            tokens = self._engine.continue_text(Context(prompt), Parameters(heal=False), lambda: False)
            text = b"".join(token.text for token in tokens).decode(errors="ignore")
        return [piece for piece in text.split("\n")[0].replace(" ", "\0 ").split("\0") if piece]


def main() -> None:
    """Serve until the end."""
    with ModelServer(int(sys.argv[1])).running():
        threading.Event().wait()


if __name__ == "__main__":
    main()
