"""The conversion of a Gemma 3 from GGUF: the weights of each name, the config, and the tokenizer's merges."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import gguf
import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from writer.engine.weights.decoder_reader import read_decoder_config
from writer.engine.weights.decoder_shapes import require_decoder_shapes
from writer.engine.weights.weights import Weights
from writer.models.convert import gguf_own
from writer.models.convert.gguf_gemma import tokenizer_json
from writer.models.facts.special_tokens import open_with_special_tokens
from writer.models.manifest import ModelError

PIECES = ["<eos>", "<bos>", "<unk>", "  ", "   ", "\n", "\n\n", *"▁theac", "th", "▁the", "he", "▁t", "▁▁c"]
TYPES = [3, 3, 3, 4, 4, 4, 4, *[1] * (len(PIECES) - 7)]
HIDDEN, HEAD, HEADS, INNER, LAYERS = 64, 32, 4, 96, 6

Tensors = dict[str, NDArray[np.float32]]


def tensors() -> Tensors:
    """The tensors of a Gemma 3 by GGUF's names; norms hold 1 and what they learned."""
    random = np.random.default_rng(0)
    shapes: dict[str, tuple[int, ...]] = {
        "attn_q": (HEADS * HEAD, HIDDEN),
        "attn_k": (HEAD, HIDDEN),
        "attn_v": (HEAD, HIDDEN),
        "attn_output": (HIDDEN, HEADS * HEAD),
        "ffn_gate": (INNER, HIDDEN),
        "ffn_up": (INNER, HIDDEN),
        "ffn_down": (HIDDEN, INNER),
        "attn_q_norm": (HEAD,),
        "attn_k_norm": (HEAD,),
        **dict.fromkeys(("attn_norm", "post_attention_norm", "ffn_norm", "post_ffw_norm"), (HIDDEN,)),
    }
    all_shapes = {f"blk.{i}.{name}.weight": shape for i in range(LAYERS) for name, shape in shapes.items()}
    all_shapes |= {"token_embd.weight": (len(PIECES), HIDDEN), "output_norm.weight": (HIDDEN,)}
    return {name: random.normal(0, 0.2, shape).astype(np.float32) for name, shape in all_shapes.items()}


def write_gguf(
    path: Path, architecture: str = "gemma3", more: Callable[[gguf.GGUFWriter], None] = lambda _writer: None
) -> None:
    """A Gemma 3 of 6 layers with one head of keys, and a vocabulary of SentencePiece.

    `more` adds fields to the writer.
    """
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_block_count(LAYERS)
    writer.add_context_length(256)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(1)
    writer.add_key_length(HEAD)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(1_000_000.0)
    writer.add_sliding_window(16)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(PIECES)
    writer.add_token_scores([-1000.0 if kind != 1 else -float(i) for i, kind in enumerate(TYPES)])
    writer.add_token_types(TYPES)
    writer.add_eos_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_unk_token_id(2)
    writer.add_pad_token_id(0)
    more(writer)
    for name, weight in tensors().items():
        writer.add_tensor(name, weight)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def test_weights_config_and_tokenizer_are_those_of_a_gemma(tmp_path: Path) -> None:
    write_gguf(tmp_path / "small.gguf")
    gguf_own.convert(tmp_path / "small.gguf", tmp_path)
    config, given = read_decoder_config(tmp_path), tensors()
    require_decoder_shapes(tmp_path, config, Weights(tmp_path))
    assert config.local_layers == frozenset(range(5))
    assert (config.window, config.rope_theta, config.local_rope_theta) == (16, 1e6, 1e4)
    assert (config.head_size, config.attention_scale, config.tied_embeddings) == (HEAD, HEAD**-0.5, True)
    ours = load_file(tmp_path / "model.safetensors")
    first = "model.layers.0."
    queries, norm = ours[f"{first}self_attn.q_proj.weight"], ours[f"{first}pre_feedforward_layernorm.weight"]
    assert np.array_equal(queries, given["blk.0.attn_q.weight"])
    assert np.array_equal(norm, given["blk.0.ffn_norm.weight"] - np.float32(1))
    tokenizer = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    assert tokenizer.encode("the").tokens == ["<bos>", "th", "e"]
    assert tokenizer.encode(" the").tokens == ["<bos>", "▁", "th", "e"]
    assert tokenizer.encode("a\n\n  c").tokens == ["<bos>", "a", "\n\n", "▁▁c"]


def test_positions_stops_and_the_start_are_those_that_the_file_states(tmp_path: Path) -> None:
    def stated(writer: gguf.GGUFWriter) -> None:
        writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(8.0)
        writer.add_rope_freq_base_swa(12_000.0)
        writer.add_eot_token_id(9)
        writer.add_add_bos_token(False)

    write_gguf(tmp_path / "small.gguf", more=stated)
    gguf_own.convert(tmp_path / "small.gguf", tmp_path)
    config = read_decoder_config(tmp_path)
    assert dict(config.rope_scaling) == {"rope_type": "linear", "factor": 8.0}
    assert config.local_rope_theta == 12_000.0
    tokenizer, special = open_with_special_tokens(tmp_path)
    assert special.stops == {0, 9}
    assert tokenizer.encode("c").ids == [tokenizer.token_to_id("c")]


def test_positions_that_are_scaled_otherwise_are_left_to_others(tmp_path: Path) -> None:
    def stated(writer: gguf.GGUFWriter) -> None:
        writer.add_rope_scaling_type(gguf.RopeScalingType.YARN)

    write_gguf(tmp_path / "small.gguf", more=stated)
    with pytest.raises(ModelError, match="not a model of a kind"):
        gguf_own.convert(tmp_path / "small.gguf", tmp_path)


def test_pairs_of_the_best_score_come_first_and_runs_of_spaces_before_all() -> None:
    letters = [(letter, -float(i), 1) for i, letter in enumerate("▁ab")]
    pieces = [("<bos>", 0.0, 3), ("▁▁", -1000.0, 4), *letters]
    pieces += [("ab", -5.0, 1), ("▁a", -4.0, 1), ("▁ab", -6.0, 1)]
    merges = tokenizer_json(pieces, {"bos": 0, "unk": 0})["model"]["merges"]
    assert merges == [["▁", "▁"], ["▁", "a"], ["a", "b"], ["▁a", "b"], ["▁", "ab"]]


@pytest.mark.parametrize("architecture", ["gemma3n", "mamba"])
def test_other_architectures_are_left_to_others(tmp_path: Path, architecture: str) -> None:
    write_gguf(tmp_path / "small.gguf", architecture)
    with pytest.raises(ModelError, match=r"small\.gguf"):
        gguf_own.convert(tmp_path / "small.gguf", tmp_path)
