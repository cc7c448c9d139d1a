"""The shapes of a decoder's tensors, by its configuration."""

from __future__ import annotations

from pathlib import Path

from writer.engine.weights.decoder_config import DecoderConfig
from writer.engine.weights.safetensors_reader import Weights
from writer.engine.weights.shape_check import ShapeCheck, Shapes


def require_decoder_shapes(folder: Path, config: DecoderConfig, weights: Weights) -> None:
    """Raise EngineError unless `weights` has each tensor of the decoder in its shape."""
    check = ShapeCheck(folder, weights, weights.prefix)
    check.require(_gpt2(config) if config.kind == "gpt2" else _llama(config))
    for layer in range(config.layers if config.kind == "llama" else 0):
        attention, mlp = f"layers.{layer}.self_attn.", f"layers.{layer}.mlp."
        keys = config.kv_heads * config.head_size
        sizes = {"q": config.heads * config.head_size, "k": keys, "v": keys}
        check.require_all_or_none((f"{attention}{part}_proj.bias", (size,)) for part, size in sizes.items())
        check.require_all_or_none([(f"{attention}o_proj.bias", (config.hidden,))])
        check.require_all_or_none((f"{mlp}{part}_proj.bias", (config.inner,)) for part in ("gate", "up"))
        check.require_all_or_none([(f"{mlp}down_proj.bias", (config.hidden,))])
    if not config.tied_embeddings:
        head = ShapeCheck(folder, weights, "")
        head.require_all_or_none([("lm_head.weight", (config.vocabulary, config.hidden))])


def _gpt2(config: DecoderConfig) -> Shapes:
    hidden, inner = config.hidden, config.inner
    yield "wte.weight", (config.vocabulary, hidden)
    yield "wpe.weight", (config.positions, hidden)
    for layer in range(config.layers):
        yield from _affine(f"h.{layer}.ln_1", hidden)
        yield from _affine(f"h.{layer}.ln_2", hidden)
        for name, inputs, outputs in (
            ("attn.c_attn", hidden, 3 * hidden),
            ("attn.c_proj", hidden, hidden),
            ("mlp.c_fc", hidden, inner),
            ("mlp.c_proj", inner, hidden),
        ):
            yield f"h.{layer}.{name}.weight", (inputs, outputs)
            yield f"h.{layer}.{name}.bias", (outputs,)
    yield from _affine("ln_f", hidden)


def _llama(config: DecoderConfig) -> Shapes:
    hidden, inner = config.hidden, config.inner
    queries, keys = config.heads * config.head_size, config.kv_heads * config.head_size
    yield "embed_tokens.weight", (config.vocabulary, hidden)
    for layer in range(config.layers):
        yield f"layers.{layer}.input_layernorm.weight", (hidden,)
        yield f"layers.{layer}.post_attention_layernorm.weight", (hidden,)
        if config.post_norms:
            yield f"layers.{layer}.pre_feedforward_layernorm.weight", (hidden,)
            yield f"layers.{layer}.post_feedforward_layernorm.weight", (hidden,)
        if config.qk_norm:
            yield f"layers.{layer}.self_attn.q_norm.weight", (config.head_size,)
            yield f"layers.{layer}.self_attn.k_norm.weight", (config.head_size,)
        for name, outputs, inputs in (
            ("self_attn.q_proj", queries, hidden),
            ("self_attn.k_proj", keys, hidden),
            ("self_attn.v_proj", keys, hidden),
            ("self_attn.o_proj", hidden, queries),
            ("mlp.gate_proj", inner, hidden),
            ("mlp.up_proj", inner, hidden),
            ("mlp.down_proj", hidden, inner),
        ):
            yield f"layers.{layer}.{name}.weight", (outputs, inputs)
    yield "norm.weight", (hidden,)


def _affine(name: str, size: int) -> Shapes:
    """The scale and the bias of a norm."""
    yield f"{name}.weight", (size,)
    yield f"{name}.bias", (size,)
