"""The architecture of a decoder as GGUF: its name, its numbers and its tensors.

Names, keys and the order of rows are those of llama.cpp's converter (`conversion/` in
https://github.com/ggml-org/llama.cpp).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from writer.base.errors import Sentence
from writer.engine.gguf_export.gemma import require_gemma
from writer.engine.gguf_export.gguf_tensor import GgufTensor, Storage, matrix, transposed, vector
from writer.engine.gguf_export.refusal import NotExpressibleError
from writer.engine.weights.decoder_config import DecoderConfig, rotary_tables
from writer.engine.weights.weights import Floats, Weights

ARCHITECTURES = {
    "gpt2": "gpt2",
    "llama": "llama",
    "mistral": "llama",
    "qwen2": "qwen2",
    "qwen3": "qwen3",
    "gemma": "gemma",
    "gemma2": "gemma2",
    "gemma3": "gemma3",
    "gemma3_text": "gemma3",
}
"""GGUF's name of the architecture by the `model_type` of a `config.json`."""

GPT2_TANH = ("gelu_new", "gelu_pytorch_tanh")
"""The names of the only activation that llama.cpp has for GPT-2."""

_GPT2 = {
    "attn.c_attn": "attn_qkv",
    "attn.c_proj": "attn_output",
    "mlp.c_fc": "ffn_up",
    "mlp.c_proj": "ffn_down",
}
_LLAMA = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
_LLAMA_NORMS = {
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
}
_GEMMA_NORMS = {
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "post_attention_norm",
    "pre_feedforward_layernorm": "ffn_norm",
    "post_feedforward_layernorm": "post_ffw_norm",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
}
"""The norms of Gemma 2 and 3."""

_BIASES = {
    "llama": ("attn_q", "attn_k", "attn_v", "attn_output"),
    "qwen2": ("attn_q", "attn_k", "attn_v"),
}
"""The linear layers that may have a bias, by architecture."""


def architecture_of(model_type: str, config: DecoderConfig) -> str:
    """GGUF's name of the architecture. Raises NotExpressibleError where there is none for this model."""
    name = ARCHITECTURES.get(model_type)
    if name is None:
        raise NotExpressibleError(Sentence("its type is {kind}", {"kind": model_type}))
    if name == "gpt2" and config.activation not in GPT2_TANH:
        raise NotExpressibleError(Sentence("its activation is {kind}", {"kind": config.activation}))
    if dict(config.rope_scaling).get("rope_type") == "llama3" and name != "llama":
        raise NotExpressibleError(Sentence("its positions are scaled as in Llama 3, and it is none"))
    if name.startswith("gemma"):
        require_gemma(name, config)
    return name


def add_decoder_fields(writer: Any, config: DecoderConfig) -> None:
    """Add the numbers of the architecture to a GGUFWriter."""
    from gguf import RopeScalingType

    writer.add_block_count(config.layers)
    writer.add_context_length(config.positions)
    writer.add_embedding_length(config.hidden)
    writer.add_feed_forward_length(config.inner)
    writer.add_head_count(config.heads)
    writer.add_vocab_size(config.vocabulary)
    if config.family.norm == "layer":
        writer.add_layer_norm_eps(config.epsilon)
        return
    writer.add_head_count_kv(config.kv_heads)
    writer.add_key_length(config.head_size)
    writer.add_value_length(config.head_size)
    writer.add_layer_norm_rms_eps(config.epsilon)
    writer.add_rope_dimension_count(config.head_size)
    writer.add_rope_freq_base(config.rope_theta)
    scaling = dict(config.rope_scaling)
    if scaling.get("rope_type") == "linear":
        writer.add_rope_scaling_type(RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(scaling["factor"])
    if config.window:
        writer.add_sliding_window(config.window)
        writer.add_rope_freq_base_swa(config.local_rope_theta)
    if config.attention_cap:
        writer.add_attn_logit_softcapping(config.attention_cap)
    if config.logit_cap:
        writer.add_final_logit_softcapping(config.logit_cap)


def decoder_tensors(
    config: DecoderConfig, architecture: str, weights: Weights, storage: Storage
) -> list[GgufTensor]:
    """The tensors in their order in the file; matrices in `storage`.

    `weights` have been compared with `config` (`require_decoder_shapes`). Raises NotExpressibleError where
    there are weights that the architecture has no place for.
    """
    plan = _Plan(config, architecture, weights, storage)
    tensors = list(plan.gpt2() if architecture == "gpt2" else plan.llama())
    plan.require_all_used()
    return tensors


class _Plan:
    """Finds the weights of a decoder, and remembers which it has used."""

    def __init__(self, config: DecoderConfig, architecture: str, weights: Weights, storage: Storage) -> None:
        self._config = config
        self._architecture = architecture
        self._weights = weights
        self._storage = storage
        self._prefix = weights.prefix
        self._used: set[str] = set()

    def gpt2(self) -> Iterator[GgufTensor]:
        """GPT-2: its matrices are kept as [inputs, outputs]."""
        yield self._matrix("wte", "token_embd")
        yield self._positions()
        for layer in range(self._config.layers):
            source, target = f"h.{layer}.", f"blk.{layer}."
            yield from self._affine(source + "ln_1", target + "attn_norm")
            yield from self._affine(source + "ln_2", target + "ffn_norm")
            for name, other in _GPT2.items():
                weight = self._take(f"{source}{name}.weight")
                yield transposed(f"{target}{other}.weight", self._weights[weight], self._storage)
                yield self._vector(f"{source}{name}.bias", f"{target}{other}.bias")
        yield from self._affine("ln_f", "output_norm")
        yield from self._head()

    def llama(self) -> Iterator[GgufTensor]:
        """The Llama type, and Gemma's."""
        norms = _GEMMA_NORMS if self._architecture in ("gemma2", "gemma3") else _LLAMA_NORMS
        yield self._matrix("embed_tokens", "token_embd")
        yield from self._rotary_factors()
        for layer in range(self._config.layers):
            source, target = f"layers.{layer}.", f"blk.{layer}."
            for name, other in norms.items():
                if self._has(f"{source}{name}.weight"):
                    yield self._norm(source + name, target + other)
            for name, other in _LLAMA.items():
                order = self._rotary_order(other)
                yield self._matrix(source + name, target + other, order)
                if other in _BIASES.get(self._architecture, ()) and self._has(f"{source}{name}.bias"):
                    yield self._vector(f"{source}{name}.bias", f"{target}{other}.bias", order)
        yield self._norm("norm", "output_norm")
        yield from self._head()

    def require_all_used(self) -> None:
        """Raise NotExpressibleError where weights are left that take part in the model's computation."""
        ignored = (".attn.bias", ".attn.masked_bias", ".rotary_emb.inv_freq", "lm_head.weight")
        for name in self._weights:
            if name not in self._used and not name.endswith(ignored):
                raise NotExpressibleError(
                    Sentence("its type has no place for the weights {name}", {"name": name})
                )

    def _rotary_order(self, part: str) -> NDArray[np.int64] | None:
        """The order of the rows of a query or key projection of Llama: pairs instead of two halves."""
        if self._architecture != "llama" or part not in ("attn_q", "attn_k"):
            return None
        config = self._config
        heads = config.heads if part == "attn_q" else config.kv_heads
        rows = np.arange(heads * config.head_size, dtype=np.int64)
        return rows.reshape(heads, 2, config.head_size // 2).swapaxes(1, 2).ravel()

    def _rotary_factors(self) -> Iterator[GgufTensor]:
        """The divisors of the rotary frequencies, where those are scaled as in Llama 3."""
        if dict(self._config.rope_scaling).get("rope_type") == "llama3":
            cosines, sines = rotary_tables(self._config, 2)
            scaled = np.arctan2(sines[1], cosines[1])  # the angles of position 1 are the frequencies
            half = self._config.head_size // 2
            plain = self._config.rope_theta ** -(np.arange(half, dtype=np.float64) / half)
            factors: Floats = (plain / scaled).astype(np.float32)
            yield GgufTensor("rope_freqs.weight", factors.shape, "F32", lambda _rows: factors)

    def _positions(self) -> GgufTensor:
        return matrix("position_embd.weight", self._weights[self._take("wpe.weight")], "F32")

    def _head(self) -> Iterator[GgufTensor]:
        if not self._config.tied_embeddings and "lm_head.weight" in self._weights:
            yield matrix("output.weight", self._weights["lm_head.weight"], self._storage)

    def _affine(self, source: str, target: str) -> Iterator[GgufTensor]:
        for part in ("weight", "bias"):
            yield self._vector(f"{source}.{part}", f"{target}.{part}")

    def _matrix(self, source: str, target: str, order: NDArray[np.int64] | None = None) -> GgufTensor:
        tensor = self._weights[self._take(f"{source}.weight")]
        return matrix(f"{target}.weight", tensor, self._storage, order)

    def _norm(self, source: str, target: str) -> GgufTensor:
        tensor = self._weights[self._take(f"{source}.weight")]
        return vector(f"{target}.weight", tensor, offset=self._config.family.norm_offset)

    def _vector(self, source: str, target: str, order: NDArray[np.int64] | None = None) -> GgufTensor:
        return vector(target, self._weights[self._take(source)], order)

    def _has(self, name: str) -> bool:
        return self._prefix + name in self._weights

    def _take(self, name: str) -> str:
        self._used.add(self._prefix + name)
        return self._prefix + name
