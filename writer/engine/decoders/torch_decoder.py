"""A decoder in torch for GPUs (CUDA, MPS).

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
from writer.engine.weights.decoder_weights import DecoderWeights, Linear
from writer.engine.weights.weights import Floats, Weights


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
    """The model, made by the description of its family."""

    def __init__(self, config: DecoderConfig, weights: Weights, capacity: int) -> None:
        super().__init__()
        self.config = config
        parts = DecoderWeights(config, weights)
        self.embedding = _parameter(parts.tokens().floats())
        positions = parts.positions()
        self.positions = None if positions is None else _parameter(positions.floats())
        self.blocks = nn.ModuleList([_Block(config, parts, i) for i in range(config.layers)])
        self.norm = _norm(config, parts, config.family.final_norm)
        self.head = _parameter(parts.head().floats()) if parts.own_head else self.embedding
        self.into, self.out_of = (_projection(parts.projection(way)) for way in ("in", "out"))
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
        residual = self.into(residual)
        if self.positions is not None:
            residual = residual + F.embedding(positions + config.family.position_offset, self.positions)
        masks = [_mask(positions, keys)]
        if config.local_layers:
            masks.append(_mask(positions, keys, config.window))
        rotations = self.rotations[:, :, positions]
        for i, block in enumerate(self.blocks):
            local = int(i in config.local_layers)
            residual = block(residual, positions, masks[local], rotations[local], keys[i], values[i])
        last = self.out_of(self.norm(residual[-logits_to_keep:]))
        return _capped(F.linear(last, self.head), config.logit_cap)


def _parameter(array: Floats) -> nn.Parameter:
    """The array as a parameter without a gradient."""
    return nn.Parameter(torch.from_numpy(np.array(array, order="C")), requires_grad=False)


class _Norm(nn.Module):
    def __init__(self, config: DecoderConfig, scale: Floats, bias: Floats | None = None) -> None:
        super().__init__()
        self.weight, self.bias = _parameter(scale), None if bias is None else _parameter(bias)
        self.epsilon = config.epsilon
        self.rms = config.family.norm == "rms"

    def forward(self, x: Tensor) -> Tensor:
        if self.rms:
            return F.rms_norm(x, x.shape[-1:], self.weight, self.epsilon)
        return F.layer_norm(x, x.shape[-1:], self.weight, self.bias, self.epsilon)


def _norm(config: DecoderConfig, parts: DecoderWeights, name: str) -> nn.Module:
    """The norm `name`; for "" none."""
    return _Norm(config, *parts.norm(name)) if name else nn.Identity()


class _Linear(nn.Module):
    def __init__(self, linear: Linear) -> None:
        super().__init__()
        matrix, bias = linear
        self.weight, self.bias = _parameter(matrix), None if bias is None else _parameter(bias)

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight, self.bias)


def _projection(matrix: Floats | None) -> nn.Module:
    return nn.Identity() if matrix is None else _Linear((matrix, None))


class _Block(nn.Module):
    def __init__(self, config: DecoderConfig, parts: DecoderWeights, layer: int) -> None:
        super().__init__()
        self.config = config
        self.rotates = config.rotates(layer)
        family = config.family
        self.attention_norm, self.mlp_norm, self.attention_update_norm, self.mlp_update_norm = (
            _norm(config, parts, family.of_layer(layer, name))
            for name in (
                family.attention_norm,
                family.mlp_norm,
                family.attention_update_norm,
                family.mlp_update_norm,
            )
        )
        self.qkv, self.out, self.up, self.down = (
            _Linear(part(layer)) for part in (parts.qkv, parts.out, parts.up, parts.down)
        )
        self.head_norms = (
            nn.ModuleList([_Norm(config, parts.head_norm(layer, part)) for part in "qk"])
            if config.qk_norm
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
        order = self.config.family.order
        normed = residual if order == "post" else self.attention_norm(residual)
        mixed = self._attend(normed, positions, mask, rotation, keys, values)
        update: Tensor = self.attention_update_norm(self.out(mixed))
        if order == "parallel":
            return residual + update + self._mlp(self.mlp_norm(residual))
        residual = residual + update
        if order == "post":
            residual = self.attention_norm(residual)
            result: Tensor = self.mlp_norm(residual + self._mlp(residual))
            return result
        return residual + self._mlp(self.mlp_norm(residual))

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
        q, k, v = self._heads(self.qkv(x))
        if self.rotates:
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

    def _heads(self, packed: Tensor) -> list[Tensor]:
        """The queries, keys and values, each [heads or kv_heads, new, head_size]."""
        config, norms = self.config, self.head_norms
        sizes = [heads * config.head_size for heads in (config.heads, config.kv_heads, config.kv_heads)]
        parts: list[Tensor] = list(torch.split(packed, sizes, dim=-1))
        if norms is not None and config.family.whole_qk_norm:
            parts[:2] = [norm(part) for norm, part in zip(norms, parts, strict=False)]
        parts = [part.reshape(len(part), -1, config.head_size).transpose(0, 1) for part in parts]
        if norms is not None and not config.family.whole_qk_norm:
            parts[:2] = [norm(part) for norm, part in zip(norms, parts, strict=False)]
        return parts

    def _mlp(self, x: Tensor) -> Tensor:
        result: Tensor = self.mlp_update_norm(self.down(self._activate(self.up(x))))
        return result

    def _activate(self, x: Tensor) -> Tensor:
        if self.config.family.gated:
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
    """Cosines and sines of global and of local layers, float32 [1 or 2, 2, length, rotary_size]."""
    kinds = (False, True) if config.local_layers else (False,)
    tables = [[np.concatenate([h, h], 1) for h in rotary_tables(config, length, local)] for local in kinds]
    return torch.from_numpy(np.array(tables))


def _rotate(x: Tensor, rotation: Tensor) -> Tensor:
    """Rotate each pair of a head's rotary part (first half, second half) by the angle of its position."""
    cosines, sines = rotation
    part, rest = x.tensor_split([cosines.shape[-1]], dim=-1)
    first, second = part.chunk(2, dim=-1)
    turned: Tensor = part * cosines + torch.cat((-second, first), dim=-1) * sines
    return torch.cat((turned, rest), dim=-1) if rest.shape[-1] else turned
