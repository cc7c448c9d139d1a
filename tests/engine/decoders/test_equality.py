"""The engine beside transformers: the same logits, the same tokens, the same words."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file
from transformers import AutoModelForCausalLM

from tests.fakes import small_models
from writer.engine.decoders.decoder import branch_logits
from writer.engine.decoders.onnx_decoder import OnnxDecoder
from writer.engine.loading import load
from writer.engine.onnx_graphs.decoder_graph import build_decoder_graph
from writer.engine.protocol import EngineError, Parameters
from writer.engine.tokenizer.vocabulary import load_vocabulary
from writer.engine.weights.decoder_config import UnsupportedError
from writer.engine.weights.decoder_reader import read_decoder_config
from writer.engine.weights.weights import Weights
from writer.suggestions.context import Context

FAMILIES = ["gpt2", "llama", "qwen3", "gemma", "gemma2", "gemma3", "neox", "opt", "opt_post"]


def decoder(folder: Path, precision: str, work: Path, capacity: int = 128) -> OnnxDecoder:
    config, weights = read_decoder_config(folder), Weights(folder)
    graph = work / f"{precision}.onnx"
    build_decoder_graph(config, weights, precision, graph)
    return OnnxDecoder("small", config, weights, graph, threads=1, capacity=capacity)


def reference(folder: Path, ids: list[int]) -> np.ndarray:
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    with torch.no_grad():
        return model(torch.tensor([ids])).logits[0].numpy()


def some_ids(folder: Path, count: int) -> list[int]:
    vocabulary = load_vocabulary(folder)
    ids = vocabulary.encode(" ".join(small_models.SENTENCES))
    return (ids * 4)[:count]


@pytest.mark.parametrize("name", FAMILIES)
def test_float32_logits_equal_transformers(name: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    folder = request.getfixturevalue(name)
    ids = some_ids(folder, 40)
    expected = reference(folder, ids)
    runner = decoder(folder, "float32", tmp_path)
    at_once = runner.forward(ids, 0, 40, runner.new_kv_cache())
    assert np.abs(at_once - expected).max() < 2e-4
    kv_cache = runner.new_kv_cache()
    runner.forward(ids[:25], 0, 1, kv_cache)
    rest = runner.forward(ids[25:], 25, 15, kv_cache)
    assert np.abs(rest - expected[25:]).max() < 2e-4
    back = runner.forward(ids[10:12], 10, 1, kv_cache)
    assert np.abs(back[0] - expected[11]).max() < 2e-4


@pytest.mark.parametrize("name", FAMILIES)
def test_branches_side_by_side_equal_each_alone(
    name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    folder = request.getfixturevalue(name)
    ids = some_ids(folder, 60)
    before, branches = ids[:20], [ids[20:25], ids[31:32], ids[40:52]]
    runner = decoder(folder, "float32", tmp_path)
    kv_cache = runner.new_kv_cache()
    runner.forward(before, 0, 1, kv_cache)
    together = [rows.copy() for rows in branch_logits(runner, branches, 20, kv_cache)]
    for branch, rows in zip(branches, together, strict=True):
        assert np.abs(rows - reference(folder, before + branch)[20:]).max() < 2e-4
        assert np.abs(rows - runner.forward(branch, 20, len(branch), kv_cache)).max() < 2e-4


@pytest.mark.parametrize("name", ["gemma2", "gemma3"])
def test_tokens_one_by_one_beyond_the_window_equal_transformers(
    name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    folder = request.getfixturevalue(name)
    ids = some_ids(folder, 48)
    expected = reference(folder, ids)
    runner = decoder(folder, "float32", tmp_path)
    assert len(ids) > 3 * runner.config.window
    kv_cache = runner.new_kv_cache()
    for past in range(len(ids)):
        found = runner.forward(ids[past : past + 1], past, 1, kv_cache)
        assert np.abs(found[0] - expected[past]).max() < 2e-4


def test_the_text_part_of_a_model_that_sees_is_read_from_its_older_config(
    gemma3: Path, tmp_path: Path
) -> None:
    ids = some_ids(gemma3, 40)
    before = json.loads((gemma3 / "config.json").read_text("utf-8"))
    rope = before.pop("rope_parameters")
    before |= {
        "rope_theta": rope["full_attention"]["rope_theta"],
        "rope_local_base_freq": rope["sliding_attention"]["rope_theta"],
    }
    old = {"model_type": "gemma3", "text_config": before}
    (tmp_path / "config.json").write_text(json.dumps(old), "utf-8")
    weights = {
        name.replace("model.", "language_model.model.", 1): tensor
        for name, tensor in load_file(gemma3 / "model.safetensors").items()
    }
    save_file(weights, tmp_path / "model.safetensors")
    runner = decoder(tmp_path, "float32", tmp_path)
    found = runner.forward(ids, 0, 40, runner.new_kv_cache())
    assert np.abs(found - reference(gemma3, ids)).max() < 2e-4


def test_llama3_rotary_scaling_equals_transformers(tmp_path: Path) -> None:
    folder = small_models.make_llama(
        tmp_path / "scaled",
        steps=0,
        rope_parameters={
            "rope_type": "llama3",
            "rope_theta": 10000.0,
            "factor": 8.0,
            "low_freq_factor": 1.0,
            "high_freq_factor": 4.0,
            "original_max_position_embeddings": 32,
        },
    )
    ids = some_ids(folder, 100)
    runner = decoder(folder, "float32", tmp_path)
    assert np.abs(runner.forward(ids, 0, 100, runner.new_kv_cache()) - reference(folder, ids)).max() < 2e-4


def test_layers_of_neox_in_a_row_equal_transformers_up_to_the_last_position(tmp_path: Path) -> None:
    folder = small_models.make_neox(
        tmp_path / "serial",
        use_parallel_residual=False,
        hidden_act="gelu_new",
        max_position_embeddings=64,
        rope_parameters={"rope_type": "default", "rope_theta": 500.0, "partial_rotary_factor": 0.5},
    )
    ids = some_ids(folder, 64)
    runner = decoder(folder, "float32", tmp_path)
    assert runner.capacity == len(ids)
    assert np.abs(runner.forward(ids, 0, 64, runner.new_kv_cache()) - reference(folder, ids)).max() < 2e-4


def test_opt_without_a_last_norm_equals_transformers_up_to_the_last_position(tmp_path: Path) -> None:
    folder = small_models.make_opt(
        tmp_path / "old", _remove_final_layer_norm=True, enable_bias=False, max_position_embeddings=64
    )
    ids = some_ids(folder, 64)
    runner = decoder(folder, "float32", tmp_path)
    kv_cache = runner.new_kv_cache()
    runner.forward(ids[:63], 0, 1, kv_cache)
    last = runner.forward(ids[63:], 63, 1, kv_cache)
    assert np.abs(last[0] - reference(folder, ids)[-1]).max() < 2e-4
    engine = load(folder, "cpu", threads=1)
    text = Context(" ".join(small_models.SENTENCES) * 3)
    assert list(engine.continue_text(text, Parameters(max_tokens=4), lambda: False))
    engine.close()


def test_an_output_matrix_that_is_missing_is_an_error(neox: Path, tmp_path: Path) -> None:
    weights = load_file(neox / "model.safetensors")
    weights.pop(next(name for name in weights if name in ("embed_out.weight", "lm_head.weight")))
    save_file(weights, tmp_path / "model.safetensors")
    for name in ("config.json", "tokenizer.json"):
        (tmp_path / name).write_bytes((neox / name).read_bytes())
    with pytest.raises(EngineError, match=r"lack 'embed_out\.weight'"):
        load(tmp_path, "cpu", threads=1)


def test_untied_output_equals_transformers(tmp_path: Path) -> None:
    folder = small_models.make_llama(tmp_path / "untied", steps=0, tie_word_embeddings=False)
    ids = some_ids(folder, 30)
    runner = decoder(folder, "float32", tmp_path)
    assert np.abs(runner.forward(ids, 0, 30, runner.new_kv_cache()) - reference(folder, ids)).max() < 2e-4


def test_greedy_continuations_equal_generate(model: Path) -> None:
    engine = load(model, "cpu", threads=1, precision="float32")
    vocabulary = load_vocabulary(model)
    hugging_face = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
    for sentence in small_models.SENTENCES:
        prompt = sentence[: len(sentence) // 2].rstrip()
        ids = [0, *vocabulary.encode(prompt)]
        with torch.no_grad():
            whole = hugging_face.generate(
                torch.tensor([ids]),
                attention_mask=torch.ones(1, len(ids), dtype=torch.long),
                max_new_tokens=12,
                do_sample=False,
                pad_token_id=0,
            )[0].tolist()
        expected = [i for i in whole[len(ids) :] if i != 0]
        parameters = Parameters(max_tokens=12, heal=False)
        tokens = list(engine.continue_text(Context(prompt), parameters, lambda: False))
        assert [token.id for token in tokens] == expected
    engine.close()


def test_learned_sentences_are_continued_after_every_cut(model: Path) -> None:
    engine = load(model, "cpu", threads=1)
    right = total = 0
    for sentence in small_models.SENTENCES:
        for cut in range(len(sentence) // 3, len(sentence) - 1):
            tokens = engine.continue_text(Context(sentence[:cut]), Parameters(max_tokens=2), lambda: False)
            text = b"".join(token.text for token in tokens).decode("utf-8", errors="ignore")
            total += 1
            right += bool(text) and sentence[cut:].startswith(text[:1])
    engine.close()
    assert right / total > 0.9


def test_int8_stays_close_to_float32(model: Path, tmp_path: Path) -> None:
    ids = some_ids(model, 60)
    true = decoder(model, "float32", tmp_path)
    small = decoder(model, "int8", tmp_path)
    first = true.forward(ids, 0, 60, true.new_kv_cache())
    second = small.forward(ids, 0, 60, small.new_kv_cache())
    assert (first.argmax(-1) == second.argmax(-1)).mean() >= 0.95


def test_other_types_are_named(gpt2: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "mamba"}')
    with pytest.raises(UnsupportedError, match="mamba"):
        read_decoder_config(tmp_path)
