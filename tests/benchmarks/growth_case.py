"""One point of growth in a process of its own: a model of random weights, or what the machine can do.

    python -m tests.benchmarks.growth_case model FOLDER WINDOW THREADS
    python -m tests.benchmarks.growth_case machine THREADS

Prints one JSON line: for a model the milliseconds of a cold window, of the next token behind it, and the peak
of the resident memory; for the machine the bytes it reads and the products it adds in a second.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from onnx import TensorProto, helper
from safetensors.numpy import save_file

from writer.engine.decoders.onnx_decoder import OnnxDecoder
from writer.engine.generation.prefix_cache import PREFILL_CHUNK_TOKENS
from writer.engine.onnx_graphs.graph_cache import ensure_decoder_graph
from writer.engine.onnx_graphs.graph_files import weights_file
from writer.engine.weights.decoder_reader import read_decoder_config
from writer.engine.weights.weights import Weights

LONGEST_WINDOW = 4096
_READ_BYTES, _ROWS, _SIDE = 1 << 28, 128, 1536
_SECONDS = 4.0
_SEED = 20_261_130


@dataclass(frozen=True)
class Shape:
    """The shape of a real model of the Llama type."""

    name: str
    hidden: int
    layers: int
    heads: int
    kv_heads: int
    inner: int
    vocabulary: int
    head_size: int = 64

    def tensors(self) -> dict[str, tuple[int, ...]]:
        """The shapes of its matrices and vectors by their names."""
        query, key = self.heads * self.head_size, self.kv_heads * self.head_size
        found: dict[str, tuple[int, ...]] = {
            "model.embed_tokens.weight": (self.vocabulary, self.hidden),
            "model.norm.weight": (self.hidden,),
        }
        for layer in range(self.layers):
            parts = {
                "input_layernorm": (self.hidden,),
                "post_attention_layernorm": (self.hidden,),
                "self_attn.q_proj": (query, self.hidden),
                "self_attn.k_proj": (key, self.hidden),
                "self_attn.v_proj": (key, self.hidden),
                "self_attn.o_proj": (self.hidden, query),
                "mlp.gate_proj": (self.inner, self.hidden),
                "mlp.up_proj": (self.inner, self.hidden),
                "mlp.down_proj": (self.hidden, self.inner),
            }
            found |= {f"model.layers.{layer}.{part}.weight": shape for part, shape in parts.items()}
        return found

    @property
    def parameters(self) -> int:
        """The number of weights."""
        return sum(int(np.prod(shape)) for shape in self.tensors().values())

    def products(self, window: int) -> float:
        """Products of a cold window and the token behind it, whose logits are computed."""
        matrices = self.parameters - self.vocabulary * self.hidden
        attention = 2 * self.layers * self.heads * self.head_size * window * window / 2
        return matrices * (window + 1) + attention + self.vocabulary * self.hidden

    def cached_bytes(self, window: int) -> int:
        """The bytes of the keys and values of a window."""
        return 2 * 4 * self.layers * self.kv_heads * self.head_size * window


SHAPES = (
    Shape("MiniMind2 Small", 512, 8, 8, 2, 1408, 6_400),
    Shape("SmolLM2 135M", 576, 30, 9, 3, 1536, 49_152),
    Shape("SmolLM2 360M", 960, 32, 15, 5, 2560, 49_152),
    Shape("Qwen3 0.6B", 1024, 28, 16, 8, 3072, 151_936, 128),
)


def make(shape: Shape, folder: Path) -> None:
    """Write a model of random weights in float16, and its graphs."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(_SEED)
    tensors = {
        name: (random.standard_normal(size, np.float32) * 0.02 + (len(size) == 1)).astype(np.float16)
        for name, size in shape.tensors().items()
    }
    save_file(tensors, folder / "model.safetensors")
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": shape.hidden,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.kv_heads,
        "head_dim": shape.head_size,
        "intermediate_size": shape.inner,
        "vocab_size": shape.vocabulary,
        "max_position_embeddings": 2 * LONGEST_WINDOW,
        "rms_norm_eps": 1e-5,
        "tie_word_embeddings": True,
        "hidden_act": "silu",
    }
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    ensure_decoder_graph(folder, read_decoder_config(folder), Weights(folder), "int8")


def measure(folder: Path, window: int, threads: int) -> dict[str, float]:
    """The figures of the model in `folder`."""
    config = read_decoder_config(folder)
    graph = ensure_decoder_graph(folder, config, Weights(folder), "int8")
    decoder = OnnxDecoder("m", config, Weights(folder), graph, threads=threads, capacity=window + 32)
    ids = np.random.default_rng(_SEED).integers(0, config.vocabulary, window + 32).tolist()
    cache = decoder.new_kv_cache()

    def cold() -> None:
        for start in range(0, window, PREFILL_CHUNK_TOKENS):
            decoder.prefill(ids[start : min(window, start + PREFILL_CHUNK_TOKENS)], start, cache)
        decoder.forward(ids[window : window + 1], window, 1, cache)

    decoder.prefill(ids[:PREFILL_CHUNK_TOKENS], 0, cache)  # opens the graph for reading
    figures = {
        "cold_ms": _median_ms(cold, 3),
        "warm_ms": _median_ms(lambda: decoder.forward(ids[window : window + 1], window, 1, cache), 15),
        "peak_mb": _peak_mb(),
        "weight_bytes": weights_file(graph).stat().st_size,
    }
    decoder.close()
    return figures


def machine(threads: int) -> dict[str, float]:
    """Bytes that are read, and products of bytes that are added, in a second by so many threads."""
    parts = np.array_split(np.ones(_READ_BYTES // 8), threads)
    with ThreadPoolExecutor(threads) as pool:
        read = _median_ms(lambda: list(pool.map(np.max, parts)), 7)
    names = ("a", TensorProto.UINT8), ("b", TensorProto.INT8), ("y", TensorProto.INT32)
    a, b, y = (helper.make_tensor_value_info(name, kind, None) for name, kind in names)
    node = helper.make_node("MatMulInteger", ["a", "b"], ["y"])
    model = helper.make_model(
        helper.make_graph([node], "product", [a, b], [y]), opset_imports=[helper.make_opsetid("", 21)]
    )
    model.ir_version = 10
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    feed: dict[str, Any] = {"a": np.ones((_ROWS, _SIDE), np.uint8), "b": np.ones((_SIDE, _SIDE), np.int8)}
    product = _median_ms(lambda: session.run(None, feed), 15)
    return {"bytes_per_s": _READ_BYTES / read * 1e3, "products_per_s": _ROWS * _SIDE * _SIDE / product * 1e3}


def _peak_mb() -> float:
    """The most resident memory until now; that of `getrusage` counts the parent's, too."""
    status = Path("/proc/self/status").read_text("utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1000


def _median_ms(work: Callable[[], object], times: int) -> float:
    """The median of so many runs, or of those that begin within some seconds."""
    taken: list[float] = []
    end = time.perf_counter() + _SECONDS
    while len(taken) < times and (not taken or time.perf_counter() < end):
        begin = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begin) * 1e3)
    return statistics.median(taken)


if __name__ == "__main__":
    if sys.argv[1] == "machine":
        print(json.dumps(machine(int(sys.argv[2]))))
    else:
        print(json.dumps(measure(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))))
