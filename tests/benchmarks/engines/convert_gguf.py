"""Writes a Hugging Face folder as GGUF in float32 and lets llama.cpp itself quantise it.

llama.cpp's own converter is no package, and it wants a tokenizer that it knows. Here only ids travel,
so the file says that it has no vocabulary.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import gguf
import llama_cpp
import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

KINDS = {"q8_0": llama_cpp.LLAMA_FTYPE_MOSTLY_Q8_0, "q4_0": llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_0}

LLAMA = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
GEMMA = LLAMA | {
    "post_attention_layernorm": "post_attention_norm",
    "pre_feedforward_layernorm": "ffn_norm",
    "post_feedforward_layernorm": "post_ffw_norm",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
}
GPT2 = {
    "ln_1": "attn_norm",
    "attn.c_attn": "attn_qkv",
    "attn.c_proj": "attn_output",
    "ln_2": "ffn_norm",
    "mlp.c_fc": "ffn_up",
    "mlp.c_proj": "ffn_down",
}


def main(folder: Path, target: Path) -> None:
    """Write target/f32.gguf, and beside it one file per kind of quantisation."""
    target.mkdir(parents=True, exist_ok=True)
    config = json.loads((folder / "config.json").read_text("utf-8"))
    weights = load_file(folder / "model.safetensors")
    plain = target / "f32.gguf"
    architecture, describe = ARCHITECTURES[config["model_type"]]
    writer = gguf.GGUFWriter(plain, architecture)
    writer.add_tokenizer_model("no_vocab")
    writer.add_vocab_size(config["vocab_size"])
    for name, value in describe(writer, config, weights).items():
        writer.add_tensor(name, np.ascontiguousarray(value, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    for name, kind in KINDS.items():
        settings = llama_cpp.llama_model_quantize_default_params()
        settings.ftype = kind
        settings.nthread = 2
        result = target / f"{name}.gguf"
        status = llama_cpp.llama_model_quantize(str(plain).encode(), str(result).encode(), settings)
        if status:
            sys.exit(f"llama.cpp could not write {result.name} ({status})")


def _llama(writer: gguf.GGUFWriter, config: dict, weights: dict[str, NDArray]) -> dict[str, NDArray]:
    heads, kv_heads = config["num_attention_heads"], config["num_key_value_heads"]
    rope = config.get("rope_parameters") or config
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_rope_dimension_count(config["hidden_size"] // heads)
    writer.add_rope_freq_base(rope["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    tensors = {
        "token_embd.weight": weights["model.embed_tokens.weight"],
        "output_norm.weight": weights["model.norm.weight"],
    }
    if not config.get("tie_word_embeddings"):
        tensors["output.weight"] = weights["lm_head.weight"]
    for i in range(config["num_hidden_layers"]):
        for source, name in LLAMA.items():
            value = weights[f"model.layers.{i}.{source}.weight"]
            if name in ("attn_q", "attn_k"):
                value = _interleave(value, heads if name == "attn_q" else kv_heads)
            tensors[f"blk.{i}.{name}.weight"] = value
    return tensors


def _interleave(weight: NDArray, heads: int) -> NDArray:
    """Rows in the order of llama.cpp's rotary positions, which rotate neighbours and not halves."""
    rows, columns = weight.shape
    return weight.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)


def _gemma(writer: gguf.GGUFWriter, config: dict, weights: dict[str, NDArray]) -> dict[str, NDArray]:
    """Gemma 3, whose norms have their one added, as llama.cpp wants them."""
    rope = config["rope_parameters"]
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_key_length(config["head_dim"])
    writer.add_value_length(config["head_dim"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base(rope["full_attention"]["rope_theta"])
    writer.add_sliding_window(config["sliding_window"])
    tensors = {
        "token_embd.weight": weights["model.embed_tokens.weight"],
        "output_norm.weight": weights["model.norm.weight"] + 1,
    }
    for i in range(config["num_hidden_layers"]):
        for source, name in GEMMA.items():
            value = weights[f"model.layers.{i}.{source}.weight"]
            tensors[f"blk.{i}.{name}.weight"] = value + 1 if value.ndim == 1 else value
    return tensors


def _gpt2(writer: gguf.GGUFWriter, config: dict, weights: dict[str, NDArray]) -> dict[str, NDArray]:
    writer.add_block_count(config["n_layer"])
    writer.add_context_length(config["n_positions"])
    writer.add_embedding_length(config["n_embd"])
    writer.add_feed_forward_length(4 * config["n_embd"])
    writer.add_head_count(config["n_head"])
    writer.add_layer_norm_eps(config["layer_norm_epsilon"])
    weights = {name.removeprefix("transformer."): value for name, value in weights.items()}
    tensors = {"token_embd.weight": weights["wte.weight"], "position_embd.weight": weights["wpe.weight"]}
    for part in ("weight", "bias"):
        tensors[f"output_norm.{part}"] = weights[f"ln_f.{part}"]
        for i in range(config["n_layer"]):
            for source, name in GPT2.items():
                value = weights[f"h.{i}.{source}.{part}"]
                tensors[f"blk.{i}.{name}.{part}"] = value.T if value.ndim == 2 else value
    return tensors


ARCHITECTURES = {"gpt2": ("gpt2", _gpt2), "llama": ("llama", _llama), "gemma3_text": ("gemma3", _gemma)}
"""llama.cpp's name of each architecture, and what describes a model of it."""

if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
