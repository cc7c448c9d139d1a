"""Model files that mean harm: small, and announcing or causing much."""

from __future__ import annotations

import json
import struct
from typing import Any

MUCH = 1 << 40


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
