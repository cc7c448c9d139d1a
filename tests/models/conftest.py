"""Small models to install: a folder that looks whole, and a GGUF file with the starter's structure."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from writer.models.manifest import Manifest
from writer.models.store import ModelStore

WORDS = ["<|end|>", "<|start|>", "<|stop|>"]


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    folder = tmp_path / "models"
    folder.mkdir()
    return ModelStore(folder)


def fill(folder: Path, value: float = 1.0) -> Manifest:
    """Put a tiny model into a folder."""
    (folder / "config.json").write_text(json.dumps({"model_type": "gpt2", "value": value}))
    (folder / "tokenizer.json").write_text("{}")
    save_file({"x": np.full((8, 8), value, np.float32)}, folder / "model.safetensors")
    return Manifest(id="tiny", name="Tiny", licence="CC0-1.0")


@pytest.fixture
def filled() -> Callable[[Path, float], Manifest]:
    return fill


def write_gguf(
    path: Path,
    seed: int = 0,
    pre: str = "smollm",
    more: Callable[[Any], None] | None = None,
    layers: str = "Q4_1",
) -> None:
    """A Llama of 2 layers in Q8_0 and `layers`, with 4 heads, 2 for keys, and a byte-level vocabulary.

    `more` adds fields or tensors to the writer.
    """
    import gguf

    rng = np.random.default_rng(seed)
    hidden, inner, head = 128, 192, 32
    vocabulary, merges = byte_vocabulary()
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(2)
    writer.add_context_length(256)
    writer.add_embedding_length(hidden)
    writer.add_feed_forward_length(inner)
    writer.add_head_count(4)
    writer.add_head_count_kv(2)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10_000.0)
    writer.add_rope_dimension_count(head)
    writer.add_vocab_size(len(vocabulary))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre)
    writer.add_token_list(vocabulary)
    writer.add_token_types([3 if token in WORDS else 1 for token in vocabulary])
    writer.add_token_merges(merges)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_pad_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_chat_template("{{ messages }}")

    types = gguf.GGMLQuantizationType

    def add(name: str, *shape: int, kind: gguf.GGMLQuantizationType = types[layers]) -> None:
        values = rng.normal(0, 0.2, shape).astype(np.float32)
        writer.add_tensor(name, gguf.quantize(values, kind), raw_dtype=kind)

    def norm(name: str) -> None:
        writer.add_tensor(name, rng.normal(1, 0.1, hidden).astype(np.float32))

    add("token_embd.weight", len(vocabulary), hidden, kind=types.Q8_0)
    norm("output_norm.weight")
    for layer in range(2):
        norm(f"blk.{layer}.attn_norm.weight")
        norm(f"blk.{layer}.ffn_norm.weight")
        add(f"blk.{layer}.attn_q.weight", 4 * head, hidden)
        add(f"blk.{layer}.attn_k.weight", 2 * head, hidden)
        add(f"blk.{layer}.attn_v.weight", 2 * head, hidden)
        add(f"blk.{layer}.attn_output.weight", hidden, 4 * head)
        add(f"blk.{layer}.ffn_gate.weight", inner, hidden)
        add(f"blk.{layer}.ffn_up.weight", inner, hidden)
        add(f"blk.{layer}.ffn_down.weight", hidden, inner)
    if more is not None:
        more(writer)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def byte_vocabulary() -> tuple[list[str], list[str]]:
    """Special tokens, the 256 bytes in GPT-2's letters, and a few merges."""
    from tokenizers.pre_tokenizers import ByteLevel

    merges = ["t h", "th e", "Ġ the", "i n", "Ġ a"]
    joined = [merge.replace(" ", "") for merge in merges]
    return [*WORDS, *sorted(ByteLevel.alphabet()), *joined], merges


@pytest.fixture
def gguf_file(tmp_path: Path) -> Path:
    path = tmp_path / "small.gguf"
    write_gguf(path)
    return path


@pytest.fixture
def wheel(tmp_path: Path, gguf_file: Path) -> Path:
    """A wheel with the GGUF file inside, where the starter's lies in its own."""
    path = tmp_path / "small.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(gguf_file, "package/small.gguf")
    return path
