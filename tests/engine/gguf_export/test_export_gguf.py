"""A model goes out as a GGUF file that says all of it, and comes back as it was; else nothing is left."""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gguf import GGUFReader, dequantize
from safetensors.numpy import load_file, save_file

from tests.fakes import small_models
from writer.base.progress import Cancelled, Progress
from writer.engine.decoders.onnx_decoder import OnnxDecoder
from writer.engine.gguf_export import gguf_file
from writer.engine.gguf_export.export_gguf import export_gguf
from writer.engine.gguf_export.gguf_tensor import Storage
from writer.engine.onnx_graphs.graph_cache import ensure_decoder_graph
from writer.engine.tokenizer.vocabulary import load_vocabulary
from writer.engine.weights.decoder_reader import read_decoder_config
from writer.engine.weights.weights import Weights
from writer.models.convert import gguf_transformers
from writer.models.manifest import Manifest, ModelError
from writer.models.model_folder import ModelFolder, open_folder

SPECIAL = {"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>", "chat_template": "{{ messages }}"}
Change = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="session")
def long_gpt2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained GPT-2 of 1024 positions: transformers reads no other from GGUF."""
    return small_models.make_gpt2(tmp_path_factory.mktemp("models") / "long-gpt2", steps=0, positions=1024)


@pytest.fixture(scope="session")
def wide_qwen3(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained Qwen 3 with heads of 128: transformers reads no other from GGUF."""
    return small_models.make_qwen3(tmp_path_factory.mktemp("models") / "wide-qwen3", head_size=128)


@pytest.fixture(params=["long_gpt2", "llama", "wide_qwen3"])
def family(request: pytest.FixtureRequest, tmp_path: Path) -> ModelFolder:
    """A small model of each family, in a folder of its own."""
    return _copy(request.getfixturevalue(request.param), tmp_path)


@pytest.fixture
def small(llama: Path, tmp_path: Path) -> ModelFolder:
    return _copy(llama, tmp_path)


def _copy(folder: Path, tmp_path: Path) -> ModelFolder:
    copy = shutil.copytree(folder, tmp_path / "small", ignore=shutil.ignore_patterns(".writer"))
    (copy / "tokenizer_config.json").write_text(json.dumps(SPECIAL))
    return open_folder(copy)


def _change(file: Path, change: Change) -> None:
    content = json.loads(file.read_text())
    change(content)
    file.write_text(json.dumps(content))


def _fields(file: Path) -> dict[str, Any]:
    return {name: field.contents() for name, field in GGUFReader(file).fields.items()}


def _logits(folder: Path) -> Any:
    config = read_decoder_config(folder)
    graph = ensure_decoder_graph(folder, config, Weights(folder), "float32")
    decoder = OnnxDecoder("small", config, Weights(folder), graph, threads=1, capacity=64)
    ids = load_vocabulary(folder).encode("The quick brown fox’s 12 jumps: 我喜欢")
    logits = decoder.forward(ids, 0, len(ids), decoder.new_kv_cache()).copy()
    decoder.close()
    return logits


@pytest.mark.parametrize(("storage", "near"), [("F16", 1e-3), ("Q8_0", 0.2)])
def test_what_goes_out_comes_back(family: ModelFolder, tmp_path: Path, storage: Storage, near: float) -> None:
    file = export_gguf(family, tmp_path / "out", storage)
    (tmp_path / "back").mkdir()
    gguf_transformers.convert(file, tmp_path / "back")
    expected, found = _logits(family.path), _logits(tmp_path / "back")
    assert np.abs(found - expected).max() < near * np.abs(expected).max()
    text = "She opened the door, 1234 times.\n\n我喜欢吃苹果 😀"
    assert load_vocabulary(tmp_path / "back").encode(text) == load_vocabulary(family.path).encode(text)


def test_the_file_says_all_of_the_tokenizer(small: ModelFolder, tmp_path: Path) -> None:
    definition = json.loads((small.path / "tokenizer.json").read_text())
    file = export_gguf(small, tmp_path / "model.gguf", "F16")
    fields = _fields(file)
    said = {name.removeprefix("tokenizer."): fields[name] for name in fields if "token" in name}
    tokens = said.pop("ggml.tokens")
    assert {token: i for i, token in enumerate(tokens)} == definition["model"]["vocab"]
    assert said.pop("ggml.merges") == [" ".join(merge) for merge in definition["model"]["merges"]]
    assert said.pop("ggml.token_type") == [3 if token == "<|endoftext|>" else 1 for token in tokens]
    assert said == {
        "ggml.model": "gpt2",
        "ggml.pre": "gpt-2",
        "ggml.bos_token_id": 0,
        "ggml.eos_token_id": 0,
        "ggml.add_bos_token": False,
        "ggml.add_eos_token": False,
        "chat_template": "{{ messages }}",
    }
    assert fields["general.architecture"] == "llama"
    assert fields["llama.context_length"] == 128
    assert (fields["llama.attention.head_count"], fields["llama.attention.head_count_kv"]) == (4, 2)


def test_the_weights_are_those_of_the_model(small: ModelFolder, tmp_path: Path) -> None:
    reader = GGUFReader(export_gguf(small, tmp_path / "out", "Q8_0"))
    found = {tensor.name: (tensor.tensor_type.name, tensor) for tensor in reader.tensors}
    weights = load_file(small.path / "model.safetensors")
    assert len(found) == len(weights)
    assert {kind for kind, _ in found.values()} == {"F32", "Q8_0"}
    norm = found["blk.1.ffn_norm.weight"][1].data
    assert (norm == weights["model.layers.1.post_attention_layernorm.weight"]).all()
    query, expected = found["blk.0.attn_q.weight"][1], weights["model.layers.0.self_attn.q_proj.weight"]
    values = dequantize(query.data, query.tensor_type)
    paired = expected.reshape(4, 2, 8, 64).swapaxes(1, 2).reshape(64, 64)
    assert np.abs(values - paired).max() < np.abs(expected).max() / 120


def test_a_modelfile_for_ollama_lies_beside_it(small: ModelFolder, tmp_path: Path) -> None:
    model = ModelFolder(small.path, Manifest("mine", "Mine", prefix="<|endoftext|>"), small.weights)
    assert export_gguf(model, tmp_path / "out") == tmp_path / "out" / "mine-Q8_0.gguf"
    assert (tmp_path / "out" / "Modelfile").read_text() == (
        "FROM ./mine-Q8_0.gguf\n"
        'TEMPLATE """<|endoftext|>{{ .Prompt }}"""\n'
        'PARAMETER stop """<|endoftext|>"""\n'
        "PARAMETER num_ctx 128\n"
    )
    export_gguf(model, tmp_path / "my model.gguf")
    assert (tmp_path / "my model.Modelfile").read_text().startswith("FROM ./my model.gguf\n")


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("gemma", ("gemma", "Gemma Terms of Use", "https://ai.google.dev/gemma/terms")),
        ("Gemma Terms of Use", ("gemma", "Gemma Terms of Use", "https://ai.google.dev/gemma/terms")),
        ("Apache-2.0", ("Apache-2.0", None, None)),
        ("For Friends Only", ("other", "For Friends Only", None)),
        ("not stated", (None, None, None)),
    ],
)
def test_the_file_says_whose_model_it_is(
    small: ModelFolder, tmp_path: Path, stated: str, expected: tuple[str | None, ...]
) -> None:
    manifest = Manifest(
        "mine",
        "Mine 2",
        source="https://huggingface.co/me/mine",
        licence=stated,
        base="gpt2-chinese",
        languages=("en",),
    )
    file = export_gguf(ModelFolder(small.path, manifest, small.weights), tmp_path / "out")
    fields = {name.removeprefix("general."): value for name, value in _fields(file).items()}
    assert tuple(fields.get(f"license{part}") for part in ("", ".name", ".link")) == expected
    assert (fields["name"], fields["languages"]) == ("Mine 2", ["en"])
    assert fields["size_label"].endswith("K")
    assert fields["source.url"] == "https://huggingface.co/me/mine"
    assert (fields["base_model.count"], fields["base_model.0.name"]) == (1, "GPT-2 Chinese")
    assert fields["base_model.0.repo_url"].startswith("https://huggingface.co/")
    recipe = (tmp_path / "out" / "Modelfile").read_text()
    assert ("Gemma Terms of Use\n\nLast modified" in recipe) == (expected[0] == "gemma")


def test_a_token_before_each_text_is_kept(small: ModelFolder, tmp_path: Path) -> None:
    single = [
        {"SpecialToken": {"id": "<|endoftext|>", "type_id": 0}},
        {"Sequence": {"id": "A", "type_id": 0}},
    ]
    special = {"<|endoftext|>": {"id": "<|endoftext|>", "ids": [0], "tokens": ["<|endoftext|>"]}}
    template = {"type": "TemplateProcessing", "single": single, "pair": [], "special_tokens": special}
    _change(small.path / "tokenizer.json", lambda c: c.update(post_processor=template))
    assert _fields(export_gguf(small, tmp_path / "out"))["tokenizer.ggml.add_bos_token"] is True


SPLIT = {"type": "Split", "pattern": {"Regex": r"\w+"}, "behavior": "Isolated", "invert": False}


@pytest.mark.parametrize(
    ("file", "change", "sentence"),
    [
        ("config.json", lambda c: c.update(model_type="mamba"), "its type is mamba"),
        ("tokenizer.json", lambda c: c.update(pre_tokenizer=SPLIT), "its words are cut"),
        ("tokenizer.json", lambda c: c["model"].update(ignore_merges=True), "its words are cut"),
        ("tokenizer.json", lambda c: c.update(normalizer={"type": "Lowercase"}), "its words are cut"),
        ("tokenizer.json", lambda c: c["model"]["vocab"].update(more=600), "more tokens than weights"),
    ],
)
def test_what_a_file_cannot_hold_is_one_sentence(
    small: ModelFolder, tmp_path: Path, file: str, change: Change, sentence: str
) -> None:
    _change(small.path / file, change)
    with pytest.raises(ModelError, match=f"cannot be written as GGUF .*{sentence}") as caught:
        export_gguf(small, tmp_path / "out")
    assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["small"]


def test_other_activations_and_weights_are_refused(gpt2: Path, small: ModelFolder, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = _copy(gpt2, tmp_path / "other")
    _change(other.path / "config.json", lambda c: c.update(activation_function="relu"))
    with pytest.raises(ModelError, match="its activation is relu"):
        export_gguf(other, tmp_path / "out")
    weights = load_file(small.path / "model.safetensors")
    save_file({**weights, "model.extra.weight": np.zeros(3, np.float32)}, small.path / "model.safetensors")
    with pytest.raises(ModelError, match=r"no place for the weights model\.extra\.weight"):
        export_gguf(small, tmp_path / "out")
    weights["model.norm.weight"][:] = 1
    weights["model.embed_tokens.weight"][5, 5] = 1e9
    save_file(weights, small.path / "model.safetensors")
    with pytest.raises(ModelError, match="some of its weights are too large"):
        export_gguf(small, tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "small"]


@pytest.mark.parametrize("name", ["out", "out.gguf"])
def test_nothing_half_written_stays(
    small: ModelFolder, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Progress] = []
    with pytest.raises(Cancelled):
        export_gguf(small, tmp_path / name, "F16", told.append, lambda: len(told) > 0)
    assert [path.name for path in tmp_path.iterdir()] == ["small"]
    with monkeypatch.context() as full:
        full.setattr(gguf_file, "write_gguf", _no_space)
        full.setattr("writer.engine.gguf_export.export_gguf.write_gguf", _no_space)
        with pytest.raises(ModelError, match="cannot be written"):
            export_gguf(small, tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["small"]
    export_gguf(small, tmp_path / name, "F16", told.append)
    assert told[-1].total > 0
    with pytest.raises(ModelError, match="there already"):
        export_gguf(small, tmp_path / name)


def _no_space(_model: object, target: Path, _on_bytes: object) -> None:
    target.write_bytes(b"half")
    raise OSError(errno.ENOSPC, "No space left on device")
