"""Model files that mean harm: small, and announcing or causing much."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

MUCH = 1 << 40
OTHER_NUMBERS = (
    ("num_hidden_layers", 10**9),
    ("num_hidden_layers", 4000),
    ("hidden_size", 1 << 20),
    ("vocab_size", 10**9),
    ("max_position_embeddings", 10**9),
)
"""Numbers of the configs of models that transformers runs."""


def gguf_head(tensors: int, fields: int, order: str = "<") -> bytes:
    """The first 24 bytes of a GGUF file."""
    return b"GGUF" + struct.pack(f"{order}IQQ", 3, tensors, fields)


def gguf_files() -> dict[str, bytes]:
    """GGUF files by what is wrong with their headers; each is shorter than 200 bytes."""
    name = struct.pack("<Q1s", 1, b"a")
    array = name + struct.pack("<I", 9)
    return {
        "many fields": gguf_head(0, MUCH) + bytes(36),
        "many tensors": gguf_head(MUCH, 0) + bytes(36),
        "a long name": gguf_head(0, 1) + struct.pack("<Q", 1 << 62),
        "a long string": gguf_head(0, 1) + name + struct.pack("<IQ", 8, 1 << 60),
        "many bytes": gguf_head(0, 1) + array + struct.pack("<IQ", 0, MUCH),
        "many numbers": gguf_head(0, 1) + array + struct.pack("<IQ", 12, MUCH) + bytes(8),
        "many strings": gguf_head(0, 1) + array + struct.pack("<IQ", 8, MUCH) + bytes(64),
        "arrays in arrays": gguf_head(0, 1) + array + struct.pack("<IQ", 9, 1) * 8,
        "no such type": gguf_head(0, 1) + name + struct.pack("<I", 99) + bytes(8),
        "many dimensions": gguf_head(1, 0) + name + struct.pack("<I", 1 << 20) + bytes(64),
        "a large tensor": gguf_head(1, 0) + name + struct.pack("<IQQIQ", 2, MUCH, MUCH, 0, 0),
        "a tensor elsewhere": gguf_head(1, 0) + name + struct.pack("<IQIQ", 1, 1, 0, MUCH),
        "a later version": b"GGUF" + struct.pack("<IQQ", 4, 0, 0),
    }


def tokenizer_json(vocabulary: dict[str, int] | None = None, **parts: Any) -> str:
    """A `tokenizer.json` of single characters, with other `parts` where they are given."""
    model = {"type": "BPE", "vocab": vocabulary or {"a": 0, "b": 1}, "merges": []}
    nothing = dict.fromkeys(
        ("truncation", "padding", "normalizer", "pre_tokenizer", "post_processor", "decoder")
    )
    return json.dumps({"version": "1.0", "added_tokens": [], **nothing, "model": model, **parts})


def panicking_tokenizer() -> str:
    """A `tokenizer.json` whose library panics on a long word, because a pattern tries too many ways."""
    pattern = {"type": "Split", "pattern": {"Regex": "(a|aa)+$b"}, "behavior": "Isolated", "invert": False}
    return tokenizer_json(pre_tokenizer=pattern)


def model_files(model: Path, numbers: Sequence[Any]) -> dict[str, tuple[str, bytes]]:
    """Files to replace one of the sound `model` by: name and content, by what is wrong with each.

    Each number of its config is replaced by each of `numbers`.
    """
    config = json.loads((model / "config.json").read_bytes())
    found = {
        f"{key} {number}": ("config.json", json.dumps(config | {key: number}).encode())
        for key, value in config.items()
        for number in numbers
        if isinstance(value, (int, float)) and not isinstance(value, bool)
    }
    for kind in ("opt", "gpt_neox", "phi", "mamba", "nothing", "../x"):
        for key, number in OTHER_NUMBERS:
            changed = config | {"model_type": kind, key: number}
            found[f"model_type {kind}, {key} {number}"] = ("config.json", json.dumps(changed).encode())
    tokenizers = {
        "panics": panicking_tokenizer(),
        "ids of 2**31": tokenizer_json({"a": 0, "b": 1 << 31}),
        "no tokens": tokenizer_json({}),
        "nothing": "{}",
        "pads": tokenizer_json(padding={"strategy": {"Fixed": MUCH}, "pad_id": 0, "pad_token": "a"}),
        "cuts": tokenizer_json(truncation={"max_length": 1, "stride": 9, "strategy": "LongestFirst"}),
        "a part": (model / "tokenizer.json").read_text("utf-8")[:900],
    }
    found |= {name: ("tokenizer.json", text.encode()) for name, text in tokenizers.items()}
    found |= {name: ("model.safetensors", data) for name, data in safetensors_files().items()}
    long = json.dumps({"weight_map": {str(n): "../../etc/passwd" for n in range(100)}})
    found["shards elsewhere"] = ("model.safetensors.index.json", long.encode())
    found["a manifest of another folder"] = ("manifest.json", b'{"id": "../../x", "files": []}')
    return found


def safetensors_files() -> dict[str, bytes]:
    """Files of weights by what is wrong with them."""

    def file(header: bytes, length: int | None = None) -> bytes:
        return struct.pack("<Q", len(header) if length is None else length) + header

    def tensor(shape: list[int], end: int) -> bytes:
        return file(json.dumps({"x": {"dtype": "F32", "shape": shape, "data_offsets": [0, end]}}).encode())

    return {
        "a long header": file(b"{}", 1 << 60),
        "a header of megabytes": file(b" " * (20 << 20)),
        "nested": file(b"[" * 100_000),
        "many values": tensor([MUCH, MUCH], MUCH),
        "no bytes": tensor([0, MUCH], 0),
        "negative": tensor([-1], 0),
        "nothing": b"",
        "no tensors": file(b"{}"),
    }
