"""A decoder in torch for GPUs (CUDA, MPS), for the GPT-2 and Llama types.

The KV cache is static, so that a pass has the same shapes at every length. On CUDA the decode step of one
token is captured once per KV cache as a CUDA graph and replayed: at batch size 1, launching some hundred
kernels takes longer than running them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from writer.engine.weights.decoder_config import DecoderConfig, rotary_tables
from writer.engine.weights.safetensors_reader import Floats, Weights

_POST_NORMS = ("attention", "feedforward")


@dataclass(slots=True)
class TorchKvCache:
    """The keys and values of one sequence, each [layers, kv_heads, capacity, head_size], and a CUDA graph."""

    keys: Tensor
    values: Tensor
    graph: Any = None


class TorchDecoder:
    """Runs a model in torch on `device` ("cuda", "mps"; "cpu" for tests).

    `dtype` is that of the weights and of the KV cache, by default `_default_dtype(device)`.
    """

    def __init__(
        self,
        name: str,
        config: DecoderConfig,
        weights: Weights,
        *,
        device: str,
        capacity: int,
        dtype: torch.dtype | None = None,
    ) -> None:
        self.name = name
        self.device = device
        self.capacity = min(capacity, config.positions)
        self.vocabulary = config.vocabulary
        self._config = config
        self._dtype = dtype or _default_dtype(device)
        self._model = _Model(config, weights, self.capacity).to(device=device, dtype=self._dtype).eval()
        self._token = torch.zeros(1, dtype=torch.long, device=device)
        self._position = torch.zeros(1, dtype=torch.long, device=device)
        self._logits = torch.zeros(1, config.vocabulary, device=device, dtype=self._dtype)

    def new_kv_cache(self) -> TorchKvCache:
        """An empty KV cache for `capacity` tokens."""
        config = self._config
        shape = (config.layers, config.kv_heads, self.capacity, config.head_size)
        keys, values = (torch.zeros(shape, device=self.device, dtype=self._dtype) for _ in range(2))
        return TorchKvCache(keys, values)

    @torch.inference_mode()
    def forward(self, ids: Sequence[int], past: int, logits_to_keep: int, kv_cache: TorchKvCache) -> Floats:
        """See `Decoder.forward`."""
        if len(ids) == 1 and self.device == "cuda":
            return self._replay_graph(ids[0], past, kv_cache)
        tokens = torch.tensor(ids, device=self.device)
        positions = torch.arange(past, past + len(ids), device=self.device)
        logits = self._model(tokens, positions, logits_to_keep, kv_cache.keys, kv_cache.values)
        return _floats(logits)

    def close(self) -> None:
        """Release the weights and torch's cached memory."""
        del self._model
        if self.device == "cuda":
            torch.cuda.empty_cache()

    def _replay_graph(self, token: int, past: int, kv_cache: TorchKvCache) -> Floats:
        """The logits of one token by the CUDA graph, float32 [1, vocabulary]."""
        self._token.fill_(token)
        self._position.fill_(past)
        if kv_cache.graph is None:
            kv_cache.graph = self._capture_graph(kv_cache)
        kv_cache.graph.replay()
        return _floats(self._logits)

    def _capture_graph(self, kv_cache: TorchKvCache) -> Any:
        """Capture a decode step as a CUDA graph, after the required warm-up on a side stream."""
        side = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(2):
                self._decode(kv_cache)
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self._decode(kv_cache)
        return graph

    def _decode(self, kv_cache: TorchKvCache) -> None:
        self._logits.copy_(self._model(self._token, self._position, 1, kv_cache.keys, kv_cache.values))


def _default_dtype(device: str) -> torch.dtype:
    """bfloat16 on CUDA (float16 on cards before Ampere), float16 on MPS, float32 elsewhere."""
    if device == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
        return torch.bfloat16 if native else torch.float16
    return torch.float16 if device == "mps" else torch.float32


def _floats(logits: Tensor) -> Floats:
    array: Floats = logits.float().cpu().numpy()
    return array


class _Model(nn.Module):
    """The model of both types, which differ in norms, positions and the feed-forward layers."""

    def __init__(self, config: DecoderConfig, weights: Weights, capacity: int) -> None:
        super().__init__()
        self.config = config
        load = _WeightLoader(weights, weights.prefix)
        gpt2 = config.kind == "gpt2"
        self.embedding = load("wte.weight" if gpt2 else "embed_tokens.weight")
        self.positions = load("wpe.weight") if gpt2 else None
        self.blocks = nn.ModuleList([_Block(config, load, i) for i in range(config.layers)])
        self.norm = _Norm(config, load, "ln_f" if gpt2 else "norm")
        untied = not config.tied_embeddings and "lm_head.weight" in weights
        self.head = _WeightLoader(weights, "")("lm_head.weight") if untied else self.embedding
        self.rotations: Tensor
        self.register_buffer("rotations", _rotations(config, capacity))

    def forward(
        self, ids: Tensor, positions: Tensor, logits_to_keep: int, keys: Tensor, values: Tensor
    ) -> Tensor:
        """The logits of the last tokens, [logits_to_keep, vocabulary]; keys and values are written in place.

        `ids` and `positions` are int64 [new]; `keys` and `values` [layers, kv_heads, capacity, head_size].
        """
        config = self.config
        residual = F.embedding(ids, self.embedding)
        if config.embedding_scale != 1:
            residual = residual * config.embedding_scale
        if self.positions is not None:
            residual = residual + F.embedding(positions, self.positions)
        masks = [_mask(positions, keys)]
        if config.local_layers:
            masks.append(_mask(positions, keys, config.window))
        rotations = self.rotations[:, :, positions]
        for i, block in enumerate(self.blocks):
            local = int(i in config.local_layers)
            residual = block(residual, positions, masks[local], rotations[local], keys[i], values[i])
        return _capped(F.linear(self.norm(residual[-logits_to_keep:]), self.head), config.logit_cap)


class _WeightLoader:
    """Loads tensors of the model folder as parameters without gradients."""

    def __init__(self, weights: Weights, prefix: str) -> None:
        self._weights = weights
        self._prefix = prefix

    def __call__(self, *names: str, transposed: bool = False) -> nn.Parameter:
        """The tensors of these names, concatenated along the first axis."""
        parts = [self._weights[self._prefix + name].floats() for name in names]
        matrix = np.concatenate(parts) if len(parts) > 1 else parts[0]
        tensor = torch.from_numpy(np.array(matrix.T if transposed else matrix, order="C"))
        return nn.Parameter(tensor, requires_grad=False)

    def optional(self, *names: str) -> nn.Parameter | None:
        """The tensors of these names; None where the first is missing."""
        return self(*names) if self._prefix + names[0] in self._weights else None


class _Norm(nn.Module):
    def __init__(self, config: DecoderConfig, load: _WeightLoader, name: str) -> None:
        super().__init__()
        self.weight, self.bias = load(name + ".weight"), load.optional(name + ".bias")
        if config.offset_norms:
            self.weight = nn.Parameter(self.weight + 1, requires_grad=False)
        self.epsilon = config.epsilon
        self.rms = config.kind == "llama"

    def forward(self, x: Tensor) -> Tensor:
        if self.rms:
            return F.rms_norm(x, x.shape[-1:], self.weight, self.epsilon)
        return F.layer_norm(x, x.shape[-1:], self.weight, self.bias, self.epsilon)


class _Linear(nn.Module):
    def __init__(self, load: _WeightLoader, *names: str, transposed: bool = False) -> None:
        super().__init__()
        self.weight = load(*(name + ".weight" for name in names), transposed=transposed)
        self.bias = load.optional(*(name + ".bias" for name in names))

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight, self.bias)


class _Block(nn.Module):
    def __init__(self, config: DecoderConfig, load: _WeightLoader, layer: int) -> None:
        super().__init__()
        self.config = config
        self.gated = config.kind == "llama"
        if self.gated:
            name = f"layers.{layer}."
            attention = name + "self_attn."
            between = "pre_feedforward_layernorm" if config.post_norms else "post_attention_layernorm"
            self.attention_norm, self.mlp_norm = (
                _Norm(config, load, name + part) for part in ("input_layernorm", between)
            )
            self.qkv = _Linear(load, *(attention + f"{part}_proj" for part in "qkv"))
            self.out = _Linear(load, attention + "o_proj")
            self.up = _Linear(load, name + "mlp.gate_proj", name + "mlp.up_proj")
            self.down = _Linear(load, name + "mlp.down_proj")
        else:
            name, attention = f"h.{layer}.", ""
            self.attention_norm, self.mlp_norm = (
                _Norm(config, load, name + "ln_1"),
                _Norm(config, load, name + "ln_2"),
            )
            parts = ("attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj")
            self.qkv, self.out, self.up, self.down = (
                _Linear(load, name + part, transposed=True) for part in parts
            )
        self.head_norms = (
            nn.ModuleList([_Norm(config, load, attention + f"{part}_norm") for part in "qk"])
            if config.qk_norm
            else None
        )
        self.post_norms = (
            nn.ModuleList([_Norm(config, load, name + f"post_{p}_layernorm") for p in _POST_NORMS])
            if config.post_norms
            else None
        )

    def forward(
        self,
        residual: Tensor,
        positions: Tensor,
        mask: Tensor,
        rotation: Tensor,
        keys: Tensor,
        values: Tensor,
    ) -> Tensor:
        mixed = self.out(self._attend(self.attention_norm(residual), positions, mask, rotation, keys, values))
        if self.post_norms is not None:
            mixed = self.post_norms[0](mixed)
        residual = residual + mixed
        inner = self.down(self._activate(self.up(self.mlp_norm(residual))))
        if self.post_norms is not None:
            inner = self.post_norms[1](inner)
        result: Tensor = residual + inner
        return result

    def _attend(
        self,
        x: Tensor,
        positions: Tensor,
        mask: Tensor,
        rotation: Tensor,
        keys: Tensor,
        values: Tensor,
    ) -> Tensor:
        config = self.config
        heads = self.qkv(x).unflatten(-1, (-1, config.head_size)).transpose(0, 1)
        q, k, v = heads.split([config.heads, config.kv_heads, config.kv_heads])
        if self.head_norms is not None:
            q, k = self.head_norms[0](q), self.head_norms[1](k)
        if self.gated:
            q, k = _rotate(q, rotation), _rotate(k, rotation)
        keys.index_copy_(1, positions, k)
        values.index_copy_(1, positions, v)
        if config.attention_cap:
            mixed = _capped_attention(config, q, keys, values, mask)
        else:
            mixed = F.scaled_dot_product_attention(
                q[None],
                keys[None],
                values[None],
                attn_mask=mask,
                scale=config.attention_scale,
                enable_gqa=config.heads != config.kv_heads,
            )[0]
        joined: Tensor = mixed.transpose(0, 1).flatten(1)
        return joined

    def _activate(self, x: Tensor) -> Tensor:
        if self.gated:
            gate, up = x.chunk(2, dim=-1)
            silu = self.config.activation == "silu"
            return (F.silu(gate) if silu else F.gelu(gate, approximate="tanh")) * up
        if self.config.activation == "relu":
            return F.relu(x)
        return F.gelu(x, approximate="none" if self.config.activation == "gelu" else "tanh")


def _mask(positions: Tensor, keys: Tensor, window: int = 0) -> Tensor:
    """The causal attention mask, [new, capacity]: 0 up to each of `positions` and minus infinity after it.

    With a `window` only that many tokens up to each position are 0. The mask is numeric, because attention
    would convert a boolean one again in every layer.
    """
    distance = positions[:, None] - torch.arange(keys.shape[2], device=keys.device)[None]
    hidden = (distance < 0) | (distance >= window) if window else distance < 0
    return torch.zeros(hidden.shape, dtype=keys.dtype, device=keys.device).masked_fill_(hidden, -math.inf)


def _capped(x: Tensor, cap: float) -> Tensor:
    """The soft cap of x, where there is one."""
    return torch.tanh(x / cap) * cap if cap else x


def _capped_attention(config: DecoderConfig, q: Tensor, keys: Tensor, values: Tensor, mask: Tensor) -> Tensor:
    """Attention with a soft cap of its scores, which torch's own lacks; [heads, new, head_size]."""
    group = config.heads // config.kv_heads
    keys, values = (x.repeat_interleave(group, dim=0) for x in (keys, values))
    scores = q @ keys.transpose(1, 2) * (config.attention_scale or config.head_size**-0.5)
    shares = F.softmax(_capped(scores, config.attention_cap) + mask, dim=-1, dtype=torch.float32)
    return shares.to(values.dtype) @ values


def _rotations(config: DecoderConfig, length: int) -> Tensor:
    """Cosines and sines of global and of local layers, float32 [1 or 2, 2, length, head_size]."""
    kinds = (False, True) if config.local_layers else (False,)
    tables = [[np.concatenate([h, h], 1) for h in rotary_tables(config, length, local)] for local in kinds]
    return torch.from_numpy(np.array(tables))


def _rotate(x: Tensor, rotation: Tensor) -> Tensor:
    """Rotate each pair (first half, second half) of a head by the angle of its position."""
    cosines, sines = rotation
    first, second = x.chunk(2, dim=-1)
    turned: Tensor = x * cosines + torch.cat((-second, first), dim=-1) * sines
    return turned
