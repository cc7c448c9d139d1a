"""GGUF files with the metadata of published families, around tiny random weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tokenizers.pre_tokenizers import ByteLevel

_HIDDEN, _INNER, _HEADS, _KV_HEADS, _HEAD, _LAYERS = 64, 96, 4, 2, 16, 2
_MERGES = ("t h", "th e", "Ġ the", "i n", "Ġ a")
_NORMAL, _UNKNOWN, _CONTROL, _BYTE = 1, 2, 3, 6
"""The types of tokens."""


@dataclass(frozen=True)
class GgufModel:
    """A stand-in. `special` are its special tokens; byte-level BPE has them last, SentencePiece first.

    `pre` is the pre-tokenizer's name, "" for SentencePiece; `adds_bos` is None where the file says nothing.
    """

    name: str
    architecture: str
    special: tuple[str, ...]
    start: str
    stop: str
    pre: str = ""
    adds_bos: bool | None = None

    @property
    def tokens(self) -> list[str]:
        """The tokens in the order of their ids."""
        if self.pre:
            return [
                *sorted(ByteLevel.alphabet()),
                *(merge.replace(" ", "") for merge in _MERGES),
                *self.special,
            ]
        single = [f"<0x{byte:02X}>" for byte in range(256)]
        return [*self.special, *single, "▁", *"abcdefghijklmnopqrstuvwxyz", "th", "the", "▁the", "in", "▁a"]

    def write(self, path: Path) -> None:
        """Write the file."""
        import gguf

        writer = gguf.GGUFWriter(path, self.architecture)
        writer.add_block_count(_LAYERS)
        writer.add_context_length(256)
        writer.add_embedding_length(_HIDDEN)
        writer.add_feed_forward_length(_INNER)
        writer.add_head_count(_HEADS)
        writer.add_head_count_kv(_KV_HEADS)
        writer.add_layer_norm_rms_eps(1e-5)
        writer.add_rope_freq_base(10_000.0)
        writer.add_rope_dimension_count(_HEAD)
        if self.architecture == "gemma3":
            writer.add_key_length(_HEAD)
            writer.add_value_length(_HEAD)
            writer.add_sliding_window(64)
        self._add_tokenizer(writer)
        self._add_weights(writer)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()

    def _add_tokenizer(self, writer: object) -> None:
        from gguf import GGUFWriter

        assert isinstance(writer, GGUFWriter)
        tokens = self.tokens
        writer.add_vocab_size(len(tokens))
        writer.add_tokenizer_model("gpt2" if self.pre else "llama")
        writer.add_tokenizer_pre(self.pre or "default")
        writer.add_token_list(tokens)
        writer.add_token_types([self._kind(token) for token in tokens])
        if self.pre:
            writer.add_token_merges(_MERGES)
        else:
            writer.add_token_scores([-float(i) for i in range(len(tokens))])
        writer.add_bos_token_id(tokens.index(self.start))
        writer.add_eos_token_id(tokens.index(self.stop))
        if self.adds_bos is not None:
            writer.add_add_bos_token(self.adds_bos)

    def _kind(self, token: str) -> int:
        if token == "<unk>":
            return _UNKNOWN
        if token in self.special:
            return _CONTROL
        return _BYTE if token.startswith("<0x") else _NORMAL

    def _add_weights(self, writer: object) -> None:
        from gguf import GGUFWriter

        assert isinstance(writer, GGUFWriter)
        queries, keys = _HEADS * _HEAD, _KV_HEADS * _HEAD
        shapes: dict[str, tuple[int, ...]] = {
            "attn_norm.weight": (_HIDDEN,),
            "ffn_norm.weight": (_HIDDEN,),
            "attn_q.weight": (queries, _HIDDEN),
            "attn_k.weight": (keys, _HIDDEN),
            "attn_v.weight": (keys, _HIDDEN),
            "attn_output.weight": (_HIDDEN, queries),
            "ffn_gate.weight": (_INNER, _HIDDEN),
            "ffn_up.weight": (_INNER, _HIDDEN),
            "ffn_down.weight": (_HIDDEN, _INNER),
        }
        if self.architecture == "qwen2":
            shapes |= {"attn_q.bias": (queries,), "attn_k.bias": (keys,), "attn_v.bias": (keys,)}
        if self.architecture == "gemma3":
            shapes |= {"attn_q_norm.weight": (_HEAD,), "attn_k_norm.weight": (_HEAD,)}
            shapes |= dict.fromkeys(("post_attention_norm.weight", "post_ffw_norm.weight"), (_HIDDEN,))
        rng = np.random.default_rng(0)
        whole = {"token_embd.weight": (len(self.tokens), _HIDDEN), "output_norm.weight": (_HIDDEN,)}
        layers = {f"blk.{n}.{name}": shape for n in range(_LAYERS) for name, shape in shapes.items()}
        for name, shape in (whole | layers).items():
            writer.add_tensor(name, rng.normal(len(shape) == 1, 0.2, shape).astype(np.float32))


GGUF_MODELS = (
    GgufModel(
        "llama 3",
        "llama",
        ("<|begin_of_text|>", "<|end_of_text|>"),
        "<|begin_of_text|>",
        "<|end_of_text|>",
        "llama-bpe",
    ),
    GgufModel("llama 2", "llama", ("<unk>", "<s>", "</s>"), "<s>", "</s>"),
    GgufModel(
        "qwen 2", "qwen2", ("<|endoftext|>", "<|im_end|>"), "<|endoftext|>", "<|im_end|>", "qwen2", False
    ),
    GgufModel("gemma 3", "gemma3", ("<pad>", "<eos>", "<bos>", "<unk>"), "<bos>", "<eos>", adds_bos=True),
)
