"""The conversion equals transformers' own, value for value and token for token."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from tests.models.conftest import write_gguf
from writer.base.paths import resources_dir
from writer.models.adapters.widened import widened
from writer.models.convert import gguf_own, gguf_transformers
from writer.models.manifest import ModelError

TEXTS = ["the cat in the hat", "It's 1234 o'clock,\n\n  the", "写作。😀 the", "", "<|start|>the"]


@pytest.fixture
def folder(tmp_path: Path, gguf_file: Path) -> Path:
    folder = tmp_path / "converted"
    folder.mkdir()
    gguf_own.convert(gguf_file, folder)
    return folder


@pytest.fixture
def reference(gguf_file: Path):
    """The same file, read by transformers."""
    import torch
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(
        gguf_file.parent, gguf_file=gguf_file.name, dtype=torch.float32
    )


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_weights_equal_those_of_transformers(folder: Path, reference) -> None:
    ours = load_file(folder / "model.safetensors")
    theirs = {name: tensor.numpy() for name, tensor in reference.state_dict().items()}
    assert set(theirs) - set(ours) == {"lm_head.weight"}  # tied to the embedding
    assert [name for name in ours if not np.array_equal(ours[name], theirs[name])] == []
    assert all(array.dtype == np.float32 for array in ours.values())


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_folder_loads_and_writes_the_same(folder: Path, reference) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(folder)
    ids = torch.tensor([[5, 80, 100, 260]])
    ours, theirs = (
        m.generate(
            ids, attention_mask=torch.ones_like(ids), max_new_tokens=20, do_sample=False, eos_token_id=None
        )
        for m in (model, reference)
    )
    assert ours.tolist() == theirs.tolist()
    for name in ("rope_parameters", "num_key_value_heads", "tie_word_embeddings", "hidden_act"):
        assert getattr(model.config, name) == getattr(reference.config, name)
    assert model.config.rms_norm_eps == pytest.approx(reference.config.rms_norm_eps, rel=1e-6)


def test_text_survives_the_tokenizer(folder: Path) -> None:
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    for text in TEXTS:
        assert tokenizer.decode(tokenizer.encode(text).ids, skip_special_tokens=False) == text
    assert tokenizer.encode("in the 12").tokens == ["in", "Ġthe", "Ġ", "1", "2"]
    assert tokenizer.encode("<|start|>the").ids[0] == 1


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_transformers_reads_the_tokenizer_the_same(folder: Path) -> None:
    from transformers import AutoTokenizer

    theirs = AutoTokenizer.from_pretrained(folder)
    ours = Tokenizer.from_file(str(folder / "tokenizer.json"))
    assert [theirs(text)["input_ids"] for text in TEXTS] == [ours.encode(text).ids for text in TEXTS]
    assert (theirs.bos_token, theirs.eos_token, theirs.pad_token) == ("<|start|>", "<|stop|>", "<|stop|>")


LLAMA3 = {"rope_type": "llama3", "factor": 32.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}
LLAMA3 |= {"original_max_position_embeddings": 8192, "rope_theta": 10_000.0}


def llama3_factors(writer: Any) -> None:
    """What llama.cpp writes for the rotary positions of Llama 3, as its converter computes it."""
    factors = []
    for frequency in 10_000.0 ** -(np.arange(0, 32, 2) / 32):
        wave = 2 * np.pi / frequency
        smooth = (8192 / wave - 1.0) / (4.0 - 1.0)
        between = 1 / ((1 - smooth) / 32.0 + smooth)
        factors.append(1.0 if wave < 8192 / 4.0 else 32.0 if wave > 8192 / 1.0 else between)
    writer.add_tensor("rope_freqs.weight", np.array(factors, np.float32))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_llama3_is_converted_without_transformers(tmp_path: Path) -> None:
    write_gguf(tmp_path / "x.gguf", pre="llama-bpe", more=llama3_factors)
    folder = tmp_path / "out"
    folder.mkdir()
    gguf_own.convert(tmp_path / "x.gguf", folder)
    config = json.loads((folder / "config.json").read_text())
    assert config["rope_parameters"] == LLAMA3
    ours = Tokenizer.from_file(str(folder / "tokenizer.json"))
    assert ours.encode("the 12345").tokens == ["<|start|>", "the", "Ġ", "1", "2", "3", "4", "5"]
    split = [piece for piece, _ in ours.pre_tokenizer.pre_tokenize_str("It's 12345  o'clock")]
    assert split == ["It", "'s", "Ġ", "123", "45", "Ġ", "Ġo", "'clock"]
    from transformers import AutoTokenizer

    theirs = AutoTokenizer.from_pretrained(tmp_path, gguf_file="x.gguf")
    expected = [theirs(text, add_special_tokens=False)["input_ids"] for text in TEXTS]
    assert [ours.encode(text, add_special_tokens=False).ids for text in TEXTS] == expected


def test_other_rotary_positions_are_left_to_transformers(tmp_path: Path) -> None:
    def odd(writer: Any) -> None:
        writer.add_tensor("rope_freqs.weight", np.linspace(1, 9, 16).astype(np.float32))

    write_gguf(tmp_path / "x.gguf", pre="llama-bpe", more=odd)
    with pytest.raises(ModelError):
        gguf_own.convert(tmp_path / "x.gguf", tmp_path)


@pytest.mark.parametrize(
    ("key", "number"), [("attention.sliding_window", 64), ("rope.dimension_count", 16), ("expert_count", 8)]
)
def test_what_a_plain_llama_does_not_have_is_left_to_transformers(
    tmp_path: Path, key: str, number: int
) -> None:
    def stated(writer: Any) -> None:
        writer.kv_data[0][f"llama.{key}"] = gguf.GGUFValue(number, gguf.GGUFValueType.UINT32)

    write_gguf(tmp_path / "x.gguf", more=stated)
    with pytest.raises(ModelError, match="not a model of a kind"):
        gguf_own.convert(tmp_path / "x.gguf", tmp_path)


def test_weights_of_16_bits_stay_as_they_are(tmp_path: Path) -> None:
    write_gguf(tmp_path / "x.gguf", layers="F16")
    gguf_own.convert(tmp_path / "x.gguf", tmp_path)
    ours = load_file(tmp_path / "model.safetensors")
    given = {tensor.name: tensor.data for tensor in gguf.GGUFReader(tmp_path / "x.gguf").tensors}
    up = ours["model.layers.1.mlp.up_proj.weight"]
    assert up.dtype == np.float16
    assert np.array_equal(up, given["blk.1.ffn_up.weight"])
    assert ours["model.norm.weight"].dtype == ours["model.embed_tokens.weight"].dtype == np.float32


@pytest.mark.parametrize(
    "part",
    [
        lambda w: w.add_uint16("split.count", 2),
        lambda w: w.add_type("adapter"),
        lambda w: w.add_type("mmproj"),
    ],
)
def test_a_part_of_a_model_is_told_as_what_it_is(tmp_path: Path, part: Callable[[Any], None]) -> None:
    write_gguf(tmp_path / "x.gguf", more=part)
    with pytest.raises(ModelError, match=r"x\.gguf is only a part of a model; choose a whole one"):
        gguf_transformers.convert(tmp_path / "x.gguf", tmp_path)


def test_the_end_of_a_turn_ends_a_text_too(tmp_path: Path) -> None:
    write_gguf(tmp_path / "x.gguf", more=lambda writer: writer.add_eot_token_id(1))
    gguf_own.convert(tmp_path / "x.gguf", tmp_path)
    assert json.loads((tmp_path / "generation_config.json").read_text())["eos_token_id"] == [2, 1]
    assert json.loads((tmp_path / "config.json").read_text())["eos_token_id"] == 2


def test_damaged_file_is_one_sentence(tmp_path: Path, gguf_file: Path) -> None:
    data = gguf_file.read_bytes()
    for broken in (data[: len(data) // 2], data[:40], b"", b"not GGUF at all" * 100):
        gguf_file.write_bytes(broken)
        with pytest.raises(ModelError, match=r"damaged.*\.$"):
            gguf_own.convert(gguf_file, tmp_path)


@pytest.mark.starter
def test_starter_reads_plain_english_well(starter: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(starter)
    with widened(starter) as folder:
        model = AutoModelForCausalLM.from_pretrained(folder)
    assert model.dtype == torch.float32
    text = (resources_dir() / "general" / "en.txt").read_text("utf-8")
    ids = tokenizer(tokenizer.eos_token + text, return_tensors="pt").input_ids[:, :256]
    with torch.inference_mode():
        loss = model(ids, labels=ids).loss
    assert loss.exp() < 40
    assert json.loads((starter / "manifest.json").read_text())["licence"] == "Apache-2.0"
