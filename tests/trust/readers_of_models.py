"""The readers of models: manifests, configs, weights, tokenizers, the catalogue, downloads."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from tests.trust.reader import Reader, file_reader
from writer.base import paths
from writer.engine.protocol import EngineError
from writer.engine.tokenizer.vocabulary import load_vocabulary
from writer.engine.weights.decoder_reader import read_decoder_config
from writer.engine.weights.encoder_config import read_encoder_config
from writer.models import catalogue, compatibility
from writer.models.download.fetcher import ModelFetcher
from writer.models.download.unfinished import STATE_FILE
from writer.models.inventory import installed
from writer.models.library.overview import overview
from writer.models.manifest import FILE, Manifest, ModelError
from writer.models.selection import ModelPreferences
from writer.models.store import ModelStore

GPT2 = {
    "model_type": "gpt2",
    "architectures": ["GPT2LMHeadModel"],
    "n_embd": 64,
    "n_head": 4,
    "n_layer": 2,
    "n_inner": None,
    "n_positions": 128,
    "vocab_size": 600,
    "layer_norm_epsilon": 1e-5,
    "activation_function": "gelu_new",
    "tie_word_embeddings": True,
    "auto_map": {},
}
LLAMA = {
    "model_type": "llama",
    "architectures": ["LlamaForCausalLM"],
    "hidden_size": 64,
    "num_attention_heads": 4,
    "num_hidden_layers": 2,
    "intermediate_size": 160,
    "vocab_size": 600,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "max_position_embeddings": 128,
    "sliding_window": None,
    "rms_norm_eps": 1e-6,
    "rope_theta": 10000.0,
    "rope_scaling": {
        "rope_type": "llama3",
        "factor": 8.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 8192,
    },
    "hidden_act": "silu",
    "tie_word_embeddings": True,
}
BERT = {
    "model_type": "bert",
    "architectures": ["BertForMaskedLM"],
    "num_hidden_layers": 2,
    "hidden_size": 64,
    "num_attention_heads": 4,
    "vocab_size": 600,
    "max_position_embeddings": 128,
    "pad_token_id": 0,
    "layer_norm_eps": 1e-12,
    "hidden_act": "gelu",
    "position_embedding_type": "absolute",
    "is_decoder": False,
}
TOKENIZER = {
    "version": "1.0",
    "added_tokens": [
        {
            "id": 0,
            "content": "<|endoftext|>",
            "single_word": False,
            "lstrip": False,
            "rstrip": False,
            "normalized": False,
            "special": True,
        }
    ],
    "normalizer": None,
    "pre_tokenizer": {
        "type": "ByteLevel",
        "add_prefix_space": False,
        "trim_offsets": True,
        "use_regex": True,
    },
    "post_processor": None,
    "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
    "model": {
        "type": "BPE",
        "dropout": None,
        "unk_token": None,
        "continuing_subword_prefix": None,
        "end_of_word_suffix": None,
        "fuse_unk": False,
        "byte_fallback": False,
        "vocab": {"<|endoftext|>": 0, "a": 1, "b": 2, "ab": 3, "Ġ": 4, "Ġa": 5},
        "merges": [["a", "b"], ["Ġ", "a"]],
    },
}


def model_readers(folder: Path) -> tuple[Reader, ...]:
    """The readers of a store in `folder` with a model that is changed and one that must stay."""
    folder.mkdir()
    store = ModelStore(folder)
    for name in ("other", "victim"):
        store.install(name, lambda part: fill(part, GPT2, name))  # noqa: B023
    unfinished(folder, "later")
    victim = folder / "victim"

    def listed() -> None:
        assert "other" in [model.id for model in store.models()]
        assert "other" in [model.id for model in installed(store)]
        lines = {line.id: line for line in overview(store, ModelPreferences())}
        assert lines["other"].state == "here"
        assert lines["later"].state == "stopped"
        json.dumps([line.as_dict() for line in lines.values()], ensure_ascii=False).encode()
        assert all(" ".join(line.as_row()).encode() is not None for line in lines.values())

    def found() -> None:
        listed()
        store.find("victim")

    def downloads() -> None:
        assert "later" in [part.id for part in ModelFetcher(store).unfinished()]

    unfinished(folder, "sooner")
    return (
        file_reader("manifest.json", victim / FILE, found, (ModelError,)),
        file_reader("download.json", folder / ".sooner.download" / STATE_FILE, downloads),
        _weights(store, victim, found),
        *_shards(folder.with_name("shards")),
    )


def config_readers(folder: Path) -> tuple[Reader, ...]:
    """What reads a `config.json` before and while a model is loaded."""
    return tuple(
        _config(folder / str(values["model_type"]), values, read)
        for values, read in (
            (GPT2, read_decoder_config),
            (LLAMA, read_decoder_config),
            (BERT, read_encoder_config),
        )
    )


def tokenizer_readers(folder: Path) -> tuple[Reader, ...]:
    """The readers of the two forms of a byte-level tokenizer."""
    whole, parts = folder / "whole", folder / "parts"
    for one in (whole, parts):
        one.mkdir(parents=True)
    (whole / "tokenizer.json").write_text(json.dumps(TOKENIZER), "utf-8")
    model: Any = TOKENIZER["model"]
    (parts / "vocab.json").write_text(json.dumps(model["vocab"]), "utf-8")
    (parts / "merges.txt").write_text("#version: 0.2\na b\nĠ a\n", "utf-8")
    return (
        file_reader(
            "tokenizer.json", whole / "tokenizer.json", lambda: load_vocabulary(whole), (EngineError,)
        ),
        file_reader("vocab.json", parts / "vocab.json", lambda: load_vocabulary(parts), (EngineError,)),
    )


def catalogue_reader(folder: Path) -> Reader:
    """The reader of the list of models that can be had."""
    folder.mkdir()
    file = folder / "models.toml"
    file.write_bytes((paths.resources_dir() / "models.toml").read_bytes())
    return file_reader("models.toml", file, lambda: catalogue.load(file), (ModelError,), is_toml=True)


def fill(folder: Path, config: dict[str, Any], name: str = "x") -> Manifest:
    """Put a tiny model into a folder."""
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "tokenizer.json").write_text("{}")
    save_file({"x": np.ones((8, 8), np.float32), "y": np.ones(3, np.float16)}, folder / "model.safetensors")
    return Manifest(
        id=name,
        name=name,
        source="x",
        licence="CC0-1.0",
        languages=("en",),
        measured={"token_ms": 5.0},
    )


def _config(folder: Path, values: dict[str, Any], read: Callable[[Path], object]) -> Reader:
    folder.mkdir(parents=True)
    fill(folder, values)

    def read_all() -> None:
        compatibility.kind_of(folder)
        compatibility.why_not_causal(folder)
        with contextlib.suppress(ModelError):
            compatibility.require_usable(folder)
        ModelStore(folder.parent).find(folder.name).config()
        read(folder)

    name = f"config.json of {folder.name}"
    return file_reader(name, folder / "config.json", read_all, (ModelError, EngineError))


def _weights(store: ModelStore, victim: Path, found: Callable[[], None]) -> Reader:
    """The header of a safetensors file; the manifest is away, as it knows the file's size."""
    file = victim / "model.safetensors"
    whole, manifest = file.read_bytes(), (victim / FILE).read_bytes()
    length = int.from_bytes(whole[:8], "little")

    def read(data: bytes) -> None:
        (victim / FILE).unlink()
        file.write_bytes(len(data).to_bytes(8, "little") + data + whole[8 + length :])
        try:
            found()
        finally:
            file.write_bytes(whole)
            (victim / FILE).write_bytes(manifest)

    return Reader("model.safetensors", whole[8 : 8 + length], read, (ModelError,))


def _shards(folder: Path) -> tuple[Reader, ...]:
    model = folder / "sharded"
    model.mkdir(parents=True)
    fill(model, GPT2)
    (model / "model.safetensors").rename(model / "model-00001-of-00001.safetensors")
    index = model / "model.safetensors.index.json"
    names = {"x": "model-00001-of-00001.safetensors", "y": "model-00001-of-00001.safetensors"}
    index.write_text(json.dumps({"metadata": {"total_size": 262}, "weight_map": names}))
    store = ModelStore(folder)
    return (file_reader(index.name, index, lambda: store.find("sharded"), (ModelError,)),)


def unfinished(folder: Path, name: str) -> None:
    """Put a download that was stopped into a store."""
    part = folder / f".{name}.download"
    part.mkdir()
    state = {"id": name, "name": f"someone/{name}", "revision": "0" * 40, "total": 100}
    (part / STATE_FILE).write_text(json.dumps(state))
