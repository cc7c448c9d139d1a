"""The families of decoders: where each keeps its tensors, and in which order its layers compute.

A family is a description; graphs, the torch model and the numpy pass are made by it, and know no family.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Order = Literal["pre", "post", "parallel"]
"""How a layer adds its two updates to the residual stream x, with f for attention, g for the feed-forward
layers and n, m for their norms: "pre" is y = x + f(n(x)), then y + g(m(y)); "post" is y = n(x + f(x)), then
m(y + g(y)); "parallel" is x + f(n(x)) + g(m(x))."""


@dataclass(frozen=True, slots=True)
class Family:
    """The names of the tensors of one family, and what its layers compute.

    Names are without the prefix of all names and without ".weight" or ".bias"; those of a layer begin with
    `layers` and its number. `qkv` is one fused linear layer or three; `up` is one, or gate and up.
    """

    embedding: str
    layers: str
    attention_norm: str
    mlp_norm: str
    """The norms of the order; "" where there are none."""
    final_norm: str
    """The norm before the head; "" where there is none."""
    qkv: tuple[str, ...]
    out: str
    up: tuple[str, ...]
    down: str
    norm: Literal["layer", "rms"]
    norm_offset: float = 0.0
    """What is added to the weights of RMS norms."""
    attention_update_norm: str = ""
    mlp_update_norm: str = ""
    """The norms of what is added to the residual stream, where there are some."""
    order: Order = "pre"
    gated: bool = False
    """Whether the feed-forward layers multiply an activated gate with what goes up."""
    biased: bool = False
    """Whether every linear layer must have a bias; else those that are there count."""
    transposed: bool = False
    """Whether matrices are stored as [inputs, outputs]."""
    interleaved: bool = False
    """Whether rotary positions turn neighbours of a head, instead of its first half with its second."""
    whole_qk_norm: bool = False
    """Whether norms of queries and keys, where there are some, go over all heads together."""
    qkv_by_head: bool = False
    """Whether the fused layer has queries, keys and values of one head after those of another."""
    positions: str = ""
    """The embedding of learned positions; "" where positions are rotary."""
    position_offset: int = 0
    """The row of the learned positions that belongs to the first token."""
    project_in: str = "project_in"
    project_out: str = "project_out"
    """The linear layers between embeddings and layers, where these differ in size."""
    heads: tuple[str, ...] = ("lm_head",)
    """The names that an output matrix of its own may have; they have no prefix."""

    def of_layer(self, layer: int, name: str) -> str:
        """The name of a tensor of a layer; "" for ""."""
        return f"{self.layers}.{layer}.{name}" if name else ""


GPT2 = Family(
    embedding="wte",
    positions="wpe",
    layers="h",
    attention_norm="ln_1",
    mlp_norm="ln_2",
    final_norm="ln_f",
    qkv=("attn.c_attn",),
    out="attn.c_proj",
    up=("mlp.c_fc",),
    down="mlp.c_proj",
    norm="layer",
    biased=True,
    transposed=True,
)

LLAMA = Family(
    embedding="embed_tokens",
    layers="layers",
    attention_norm="input_layernorm",
    mlp_norm="post_attention_layernorm",
    final_norm="norm",
    qkv=("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
    out="self_attn.o_proj",
    up=("mlp.gate_proj", "mlp.up_proj"),
    down="mlp.down_proj",
    norm="rms",
    gated=True,
)
"""Llama, Mistral, Qwen 2 and 3, SmolLM3 and Granite."""

ERNIE = replace(LLAMA, interleaved=True)
"""ERNIE 4.5."""

PHI3 = replace(LLAMA, qkv=("self_attn.qkv_proj",), up=("mlp.gate_up_proj",))
"""Phi-3 and Phi-4."""

OLMO2 = replace(
    LLAMA,
    attention_norm="",
    mlp_norm="",
    attention_update_norm="post_attention_layernorm",
    mlp_update_norm="post_feedforward_layernorm",
    whole_qk_norm=True,
)

GEMMA = replace(LLAMA, norm_offset=1.0)

GEMMA2 = replace(
    GEMMA,
    mlp_norm="pre_feedforward_layernorm",
    attention_update_norm="post_attention_layernorm",
    mlp_update_norm="post_feedforward_layernorm",
)
"""Gemma 2 and 3."""

NEOX = Family(
    embedding="embed_in",
    layers="layers",
    attention_norm="input_layernorm",
    mlp_norm="post_attention_layernorm",
    final_norm="final_layer_norm",
    qkv=("attention.query_key_value",),
    qkv_by_head=True,
    out="attention.dense",
    up=("mlp.dense_h_to_4h",),
    down="mlp.dense_4h_to_h",
    norm="layer",
    order="parallel",
    biased=True,
    heads=("embed_out", "lm_head"),
)
"""GPT-NeoX and Pythia."""

OPT = Family(
    embedding="embed_tokens",
    positions="embed_positions",
    position_offset=2,
    layers="layers",
    attention_norm="self_attn_layer_norm",
    mlp_norm="final_layer_norm",
    final_norm="final_layer_norm",
    qkv=("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
    out="self_attn.out_proj",
    up=("fc1",),
    down="fc2",
    norm="layer",
    biased=True,
)
