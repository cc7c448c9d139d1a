"""Graphs beside models: built once, rebuilt when the model changes, whole after a kill. Damage is told."""

from __future__ import annotations

import itertools
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import psutil
import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM

from tests.fakes.killed_work import KilledWork, needs_forks
from tests.fakes.small_models import make_gpt2, make_llama, make_neox, make_opt, make_qwen3
from writer.engine.loading import load, load_infill_model
from writer.engine.onnx_graphs import checksums
from writer.engine.onnx_graphs.graph_files import Precision
from writer.engine.protocol import EngineError, Parameters
from writer.engine.tokenizer import vocabulary as vocabularies
from writer.suggestions.context import Context


@pytest.fixture
def folder(gpt2: Path, tmp_path: Path) -> Path:
    """A copy of the small GPT-2 that the test may harm."""
    copy = tmp_path / "model"
    shutil.copytree(gpt2, copy, ignore=shutil.ignore_patterns(".writer"))
    return copy


def answer(folder: Path, text: str = "The quick brown fox") -> str:
    engine = load(folder, "cpu", threads=1)
    tokens = engine.continue_text(Context(text), Parameters(max_tokens=4), lambda: False)
    text = b"".join(token.text for token in tokens).decode()
    engine.close()
    return text


def graphs(folder: Path) -> list[Path]:
    return sorted((folder / ".writer").glob("int8-*/decoder.onnx"))


def test_built_once_and_again_when_the_model_changes(folder: Path) -> None:
    first = answer(folder)
    (built,) = graphs(folder)
    time_of_build = built.stat().st_mtime_ns
    assert answer(folder) == first
    assert built.stat().st_mtime_ns == time_of_build
    os.utime(folder / "model.safetensors")
    assert answer(folder) == first
    (rebuilt,) = graphs(folder)
    assert rebuilt != built


def test_the_vocabulary_is_read_while_the_graph_is_opened(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(folder)
    opening, read = threading.Event(), vocabularies.load_vocabulary
    open_session = onnxruntime.InferenceSession

    def opened(*given: object, **named: object) -> object:
        opening.set()
        return open_session(*given, **named)

    def read_then(*given: Any) -> object:
        assert opening.wait(30), "the graph was not being opened"
        return read(*given)

    monkeypatch.setattr(onnxruntime, "InferenceSession", opened)
    monkeypatch.setattr(vocabularies, "load_vocabulary", read_then)
    assert answer(folder)


def test_a_damaged_graph_is_built_again(folder: Path) -> None:
    first = answer(folder)
    (graph,) = graphs(folder)
    graph.write_bytes(graph.read_bytes()[:100])
    assert answer(folder) == first


@pytest.mark.parametrize("name", ["decoder.onnx", "decoder.onnx.bin", "checksums.json"])
def test_a_graph_with_one_flipped_bit_is_built_again(folder: Path, name: str) -> None:
    first = answer(folder)
    (graph,) = graphs(folder)
    built, content = graph.stat().st_mtime_ns, bytearray(graph.with_name(name).read_bytes())
    content[0 if name.endswith("json") else len(content) // 2] ^= 1
    graph.with_name(name).write_bytes(content)
    assert answer(folder) == first
    assert graph.stat().st_mtime_ns != built
    assert graph.with_name(name).read_bytes() != content


def test_weights_that_nobody_wrote_to_are_compared_once_a_day(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(folder)
    (graph,) = graphs(folder)
    compared, crc32 = set[str](), checksums._crc32
    always = {graph.name, "reading.onnx", "probe.onnx"}
    once_a_day = {f"{graph.name}.bin", "reading.onnx.bin"}

    def noted(file: Path) -> int:
        compared.add(file.name)
        return crc32(file)

    monkeypatch.setattr(checksums, "_crc32", noted)
    answer(folder)
    assert compared == always
    (graph.parent / checksums.CHECKED).write_text("{")
    answer(folder)
    assert compared == always | once_a_day
    compared.clear()
    later = time.time() + checksums.TRUSTED_SECONDS
    monkeypatch.setattr(checksums.time, "time", lambda: later)
    answer(folder)
    assert compared == always | once_a_day


def test_a_graph_without_checksums_is_used(folder: Path) -> None:
    """Earlier versions wrote none."""
    first = answer(folder)
    (graph,) = graphs(folder)
    built = graph.stat().st_mtime_ns
    graph.with_name("checksums.json").unlink()
    assert answer(folder) == first
    assert graph.stat().st_mtime_ns == built


@needs_forks
def test_builds_killed_at_any_place_leave_nothing_half(folder: Path) -> None:
    with KilledWork(partial(load, folder, "cpu", threads=1), folder) as work:
        kills = sum(1 for _ in itertools.takewhile(work.run, itertools.count(0, 3)))
    assert kills > 5
    assert answer(folder).startswith(" jumps")


@pytest.mark.parametrize(
    ("file", "content", "complaint"),
    [
        ("config.json", b"{", "config.json"),
        ("config.json", b'{"model_type": "llama"}', "incomplete"),
        ("model.safetensors", b"\xff" * 64, "damaged"),
        ("model.safetensors", b"", "damaged"),
        ("tokenizer.json", b"[]", "list of words"),
    ],
)
def test_damage_is_a_sentence(folder: Path, file: str, content: bytes, complaint: str) -> None:
    (folder / file).write_bytes(content)
    with pytest.raises(EngineError, match=complaint) as caught:
        answer(folder)
    assert "\n" not in str(caught.value)


def rewrite_config(folder: Path, changes: dict[str, object]) -> None:
    config = json.loads((folder / "config.json").read_text("utf-8")) | changes
    (folder / "config.json").write_text(json.dumps(config), "utf-8")


IMPOSSIBLE = (10**9, 10**30, -1, 0, "many", 1.5, True, [1], float("nan"))
"""What no number of layers, heads, rows or tokens can be."""


@pytest.mark.parametrize("value", IMPOSSIBLE, ids=str)
@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("gpt2", "n_embd"),
        ("gpt2", "n_head"),
        ("gpt2", "n_layer"),
        ("gpt2", "n_inner"),
        ("gpt2", "n_positions"),
        ("gpt2", "vocab_size"),
        ("llama", "hidden_size"),
        ("llama", "head_dim"),
        ("llama", "num_attention_heads"),
        ("llama", "num_key_value_heads"),
        ("llama", "num_hidden_layers"),
        ("llama", "intermediate_size"),
        ("llama", "vocab_size"),
        ("bert", "hidden_size"),
        ("bert", "num_hidden_layers"),
        ("bert", "max_position_embeddings"),
        ("bert", "vocab_size"),
    ],
)
def test_numbers_that_cannot_be_are_a_sentence_and_take_no_memory(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str, key: str, value: object
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(request.getfixturevalue(kind), folder, ignore=shutil.ignore_patterns(".writer"))
    rewrite_config(folder, {key: value})
    with a_gigabyte(), pytest.raises(EngineError, match="Get the model again"):
        load_infill_model(folder, "cpu", threads=1).close()


@pytest.mark.parametrize("kind", ["gpt2", "llama", "bert"])
def test_a_tokenizer_of_another_model_is_a_sentence(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(request.getfixturevalue(kind), folder, ignore=shutil.ignore_patterns(".writer"))
    tokenizer = json.loads((folder / "tokenizer.json").read_text("utf-8"))
    tokenizer["model"]["vocab"]["zzz"] = 5_000
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer), "utf-8")
    with pytest.raises(EngineError, match=r"list of words .* does not fit its model"):
        load_infill_model(folder, "cpu", threads=1)


@pytest.mark.parametrize("kind", ["gpt2", "llama"])
def test_special_tokens_without_weights_are_left_out(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    """Tokenizers have more of them than the weights have rows for; such a one may also be typed."""
    folder = tmp_path / "model"
    shutil.copytree(request.getfixturevalue(kind), folder, ignore=shutil.ignore_patterns(".writer"))
    expected = answer(folder)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.add_special_tokens(["<|more|>"])
    tokenizer.save(str(folder / "tokenizer.json"))
    assert answer(folder) == expected
    assert answer(folder, "<|more|>The quick brown fox") == expected


def test_weights_of_another_shape_are_a_sentence(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    for name, tensor in tensors.items():
        save_file(tensors | {name: tensor[..., :-1].contiguous()}, folder / "model.safetensors")
        with pytest.raises(EngineError, match=f"do not fit its config.json .*{re.escape(name)}"):
            load(folder, "cpu", threads=1)


untied_llama = partial(make_llama, steps=0, tie_word_embeddings=False)


@pytest.mark.parametrize(
    ("make", "changes", "name"),
    [
        (untied_llama, {"num_hidden_layers": 1}, "model.layers.1."),
        (partial(make_gpt2, steps=0), {"n_layer": 1}, "transformer.h.1."),
        (make_opt, {"num_hidden_layers": 1}, "model.decoder.layers.1."),
        (make_qwen3, {"model_type": "qwen2"}, "model.layers.0.self_attn.k_norm"),
    ],
)
def test_a_config_that_leaves_out_weights_is_a_sentence(
    tmp_path: Path, make: Callable[[Path], Path], changes: dict[str, object], name: str
) -> None:
    """A model without some of its layers, or of its norms, would write rubbish."""
    folder = make(tmp_path / "model")
    for key, value in changes.items():
        rewrite_config(folder, {key: value})
    with pytest.raises(EngineError, match=f"do not fit its config.json .*{re.escape(name)}"):
        load(folder, "cpu", threads=1)


@pytest.mark.parametrize(("make", "expected"), [(untied_llama, True), (make_neox, True), (make_opt, False)])
def test_a_head_of_its_own_counts_whatever_the_config_says(
    tmp_path: Path, make: Callable[[Path], Path], expected: bool
) -> None:
    """As in transformers: where both are there and differ, the config is wrong."""
    folder = make(tmp_path / "model")
    rewrite_config(folder, {"tie_word_embeddings": True})
    ids = [7, 21, 3]
    with torch.inference_mode():
        plain = AutoModelForCausalLM.from_pretrained(folder)(torch.tensor([ids])).logits[0].numpy()
    engine = load(folder, "cpu", threads=1, precision="float32")
    decoder = engine._decoder
    try:
        found = decoder.forward(ids, 0, len(ids), decoder.new_kv_cache())
    finally:
        engine.close()
    np.testing.assert_allclose(found, plain, atol=1e-4)
    tensors = load_file(folder / "model.safetensors")
    assert any("lm_head" in name or "embed_out" in name for name in tensors) == expected


@contextmanager
def a_gigabyte() -> Iterator[None]:
    """Let this process have no more than another gigabyte of address space."""
    limits = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (psutil.Process().memory_info().vms + (1 << 30), limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limits)


def test_missing_weights_are_a_sentence(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    with pytest.raises(EngineError, match="not complete"):
        answer(folder)


def test_a_read_only_model_folder_keeps_its_graph_in_the_cache(folder: Path, own_folders: Path) -> None:
    folder.chmod(0o500)
    try:
        assert answer(folder).startswith(" jumps")
    finally:
        folder.chmod(0o700)


def test_neither_torch_nor_transformers_is_imported(folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from writer.engine.loading import load\n"
        f"load(Path({str(folder)!r}), 'cpu')\n"
        "sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("precision", ["int8", "float32"])
def test_weights_in_float64_are_read(folder: Path, precision: Precision) -> None:
    ids = list(range(3, 20))

    def logits() -> np.ndarray:
        decoder = load(folder, "cpu", precision=precision)._decoder
        return decoder.forward(ids, 0, len(ids), decoder.new_kv_cache()).copy()

    expected = logits()
    weights = load_file(folder / "model.safetensors")
    save_file({name: tensor.double() for name, tensor in weights.items()}, folder / "model.safetensors")
    assert np.array_equal(logits(), expected)


@pytest.mark.parametrize("name", ["gpt2", "llama"])
def test_a_graph_of_int8_agrees_with_itself_on_a_real_text(name: str, request) -> None:
    load(request.getfixturevalue(name), "cpu", thorough=True).close()
