"""The decoder on a graphics card: the same two families in torch, for CUDA and for Apple's MPS.

Keys and values lie in static buffers, so that a pass has the same shape at every length. On CUDA the pass
of one token is recorded once per buffer as a graph and replayed: at batch 1 the launches of some
hundred kernels would cost more than the kernels.
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


@dataclass(slots=True)
class TorchKvCache:
    """Keys and values of one sequence, each [layers, kv_heads, capacity, head_size], and a recorded pass."""

    keys: Tensor
    values: Tensor
    graph: Any = None


class TorchDecoder:
    """Runs a model in torch on `device` ("cuda", "mps"; "cpu" for tests).

    `number_type` is the type of the weights, by default what suits the device.
    """

    def __init__(
        self,
        name: str,
        shape: DecoderConfig,
        weights: Weights,
        *,
        device: str,
        capacity: int,
        number_type: torch.dtype | None = None,
    ) -> None:
        self.name = name
        self.device = device
        self.capacity = min(capacity, shape.positions)
        self.vocabulary = shape.vocabulary
        self._shape = shape
        self._type = number_type or _number_type(device)
        self._model = _Model(shape, weights, self.capacity).to(device=device, dtype=self._type).eval()
        self._token = torch.zeros(1, dtype=torch.long, device=device)
        self._position = torch.zeros(1, dtype=torch.long, device=device)
        self._logits = torch.zeros(1, shape.vocabulary, device=device, dtype=self._type)

    def new_kv_cache(self) -> TorchKvCache:
        """Empty keys and values for `capacity` tokens."""
        shape = self._shape
        size = (shape.layers, shape.kv_heads, self.capacity, shape.head_size)
        keys, values = (torch.zeros(size, device=self.device, dtype=self._type) for _ in range(2))
        return TorchKvCache(keys, values)

    @torch.inference_mode()
    def forward(self, ids: Sequence[int], past: int, wanted: int, buffer: TorchKvCache) -> Floats:
        """See `Decoder.forward`."""
        if len(ids) == 1 and self.device == "cuda":
            return self._replay(ids[0], past, buffer)
        tokens = torch.tensor(ids, device=self.device)
        positions = torch.arange(past, past + len(ids), device=self.device)
        logits = self._model(tokens, positions, wanted, buffer.keys, buffer.values)
        return _floats(logits)

    def close(self) -> None:
        """Drop the weights and what torch keeps of them."""
        del self._model
        if self.device == "cuda":
            torch.cuda.empty_cache()

    def _replay(self, token: int, past: int, buffer: TorchKvCache) -> Floats:
        """One token through the recorded pass; numbers go in and out through fixed tensors."""
        self._token.fill_(token)
        self._position.fill_(past)
        if buffer.graph is None:
            buffer.graph = self._record(buffer)
        buffer.graph.replay()
        return _floats(self._logits)

    def _record(self, buffer: TorchKvCache) -> Any:
        """Record one pass, after warming up on a side stream as CUDA graphs ask for."""
        side = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(2):
                self._step(buffer)
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self._step(buffer)
        return graph

    def _step(self, buffer: TorchKvCache) -> None:
        self._logits.copy_(self._model(self._token, self._position, 1, buffer.keys, buffer.values))


def _number_type(device: str) -> torch.dtype:
    """bfloat16 on CUDA (float16 on cards before Ampere), float16 on MPS, float32 elsewhere."""
    if device == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
        return torch.bfloat16 if native else torch.float16
    return torch.float16 if device == "mps" else torch.float32


def _floats(logits: Tensor) -> Floats:
    array: Floats = logits.float().cpu().numpy()
    return array


class _Model(nn.Module):
    """Both families in one: they differ in norms, positions and the feed-forward."""

    def __init__(self, shape: DecoderConfig, weights: Weights, capacity: int) -> None:
        super().__init__()
        self.shape = shape
        load = _Loader(weights, weights.prefix)
        gpt2 = shape.kind == "gpt2"
        self.embedding = load("wte.weight" if gpt2 else "embed_tokens.weight")
        self.positions = load("wpe.weight") if gpt2 else None
        self.blocks = nn.ModuleList([_Block(shape, load, i) for i in range(shape.layers)])
        self.norm = _Norm(shape, load, "ln_f" if gpt2 else "norm")
        untied = not shape.tied and "lm_head.weight" in weights
        self.head = _Loader(weights, "")("lm_head.weight") if untied else self.embedding
        cosines, sines = rotary_tables(shape, capacity)
        tables = [np.concatenate([half, half], axis=1) for half in (cosines, sines)]
        self.rotations: Tensor
        self.register_buffer("rotations", torch.from_numpy(np.stack(tables)))

    def forward(self, ids: Tensor, positions: Tensor, wanted: int, keys: Tensor, values: Tensor) -> Tensor:
        """Logits [wanted, vocabulary] of the last tokens; keys and values are written in place."""
        stream = F.embedding(ids, self.embedding)
        if self.positions is not None:
            stream = stream + F.embedding(positions, self.positions)
        mask = _mask(positions, keys)
        rotation = self.rotations[:, positions]
        for i, block in enumerate(self.blocks):
            stream = block(stream, positions, mask, rotation, keys[i], values[i])
        return F.linear(self.norm(stream[-wanted:]), self.head)


class _Loader:
    """Gives tensors of the folder as parameters that are not trained."""

    def __init__(self, weights: Weights, prefix: str) -> None:
        self._weights = weights
        self._prefix = prefix

    def __call__(self, *names: str, transposed: bool = False) -> nn.Parameter:
        """The tensors of these names, one above the other."""
        parts = [self._weights[self._prefix + name].floats() for name in names]
        matrix = np.concatenate(parts) if len(parts) > 1 else parts[0]
        tensor = torch.from_numpy(np.array(matrix.T if transposed else matrix, order="C"))
        return nn.Parameter(tensor, requires_grad=False)

    def maybe(self, *names: str) -> nn.Parameter | None:
        """The same; None where the first is missing."""
        return self(*names) if self._prefix + names[0] in self._weights else None


class _Norm(nn.Module):
    def __init__(self, shape: DecoderConfig, load: _Loader, name: str) -> None:
        super().__init__()
        self.weight, self.bias = load(name + ".weight"), load.maybe(name + ".bias")
        self.epsilon = shape.epsilon
        self.rms = shape.kind == "llama"

    def forward(self, x: Tensor) -> Tensor:
        if self.rms:
            return F.rms_norm(x, x.shape[-1:], self.weight, self.epsilon)
        return F.layer_norm(x, x.shape[-1:], self.weight, self.bias, self.epsilon)


class _Linear(nn.Module):
    def __init__(self, load: _Loader, *names: str, transposed: bool = False) -> None:
        super().__init__()
        self.weight = load(*(name + ".weight" for name in names), transposed=transposed)
        self.bias = load.maybe(*(name + ".bias" for name in names))

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight, self.bias)


class _Block(nn.Module):
    def __init__(self, shape: DecoderConfig, load: _Loader, layer: int) -> None:
        super().__init__()
        self.shape = shape
        self.gated = shape.kind == "llama"
        if self.gated:
            name = f"layers.{layer}."
            attention = name + "self_attn."
            self.first, self.second = (
                _Norm(shape, load, name + part) for part in ("input_layernorm", "post_attention_layernorm")
            )
            self.qkv = _Linear(load, *(attention + f"{part}_proj" for part in "qkv"))
            self.out = _Linear(load, attention + "o_proj")
            self.up = _Linear(load, name + "mlp.gate_proj", name + "mlp.up_proj")
            self.down = _Linear(load, name + "mlp.down_proj")
        else:
            name, attention = f"h.{layer}.", ""
            self.first, self.second = _Norm(shape, load, name + "ln_1"), _Norm(shape, load, name + "ln_2")
            parts = ("attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj")
            self.qkv, self.out, self.up, self.down = (
                _Linear(load, name + part, transposed=True) for part in parts
            )
        self.head_norms = (
            nn.ModuleList([_Norm(shape, load, attention + f"{part}_norm") for part in "qk"])
            if shape.norm_heads
            else None
        )

    def forward(
        self,
        stream: Tensor,
        positions: Tensor,
        mask: Tensor,
        rotation: Tensor,
        keys: Tensor,
        values: Tensor,
    ) -> Tensor:
        stream = stream + self.out(self._attend(self.first(stream), positions, mask, rotation, keys, values))
        result: Tensor = stream + self.down(self._activate(self.up(self.second(stream))))
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
        shape = self.shape
        heads = self.qkv(x).unflatten(-1, (-1, shape.head_size)).transpose(0, 1)
        q, k, v = heads.split([shape.heads, shape.kv_heads, shape.kv_heads])
        if self.head_norms is not None:
            q, k = self.head_norms[0](q), self.head_norms[1](k)
        if self.gated:
            q, k = _rotate(q, rotation), _rotate(k, rotation)
        keys.index_copy_(1, positions, k)
        values.index_copy_(1, positions, v)
        mixed = F.scaled_dot_product_attention(
            q[None], keys[None], values[None], attn_mask=mask, enable_gqa=shape.heads != shape.kv_heads
        )
        joined: Tensor = mixed[0].transpose(0, 1).flatten(1)
        return joined

    def _activate(self, x: Tensor) -> Tensor:
        if self.gated:
            gate, up = x.chunk(2, dim=-1)
            return F.silu(gate) * up
        if self.shape.activation == "relu":
            return F.relu(x)
        return F.gelu(x, approximate="none" if self.shape.activation == "gelu" else "tanh")


def _mask(positions: Tensor, keys: Tensor) -> Tensor:
    """What a token at each of `positions` adds to its attention: 0, and minus infinity to what is behind it.

    As numbers, since attention would turn truth values into numbers again in every layer.
    """
    behind = torch.arange(keys.shape[2], device=keys.device)[None] > positions[:, None]
    return torch.zeros(behind.shape, dtype=keys.dtype, device=keys.device).masked_fill_(behind, -math.inf)


def _rotate(x: Tensor, rotation: Tensor) -> Tensor:
    """Turn each pair (first half, second half) of a head by its position's angle."""
    cosines, sines = rotation
    first, second = x.chunk(2, dim=-1)
    turned: Tensor = x * cosines + torch.cat((-second, first), dim=-1) * sines
    return turned
