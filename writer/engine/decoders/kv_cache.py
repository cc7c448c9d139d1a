"""A preallocated KV cache for ONNX Runtime on a CPU, and the decode step of one token.

The decode step binds all inputs and outputs once. What changes from token to token is written into the bound
arrays, and the logits always appear in the same array.
"""

from __future__ import annotations

import math
import mmap
from typing import Any

import numpy as np
import onnxruntime as ort

from writer.engine.onnx_graphs.attention_bias import MASKED
from writer.engine.weights.decoder_config import DecoderConfig
from writer.engine.weights.weights import Floats


class KvCache:
    """The keys and values of one sequence, each float32 [1, kv_heads, capacity, head_size] for each layer.

    Each array is bound as an input and as the output of the same name, so a pass writes in place.
    """

    def __init__(self, session: Any, config: DecoderConfig, capacity: int) -> None:
        self._ort_values: dict[str, Any] = {}
        self._arrays = _mapped_zeros((config.layers, 2, 1, config.kv_heads, capacity, config.head_size))
        for layer in range(config.layers):
            for name, array in zip(("key", "value"), self._arrays[layer], strict=True):
                # The OrtValue uses the array's memory, so each needs an array of its own.
                self._ort_values[f"{name}_{layer}"] = ort.OrtValue.ortvalue_from_numpy(array)
        self._config, self._capacity = config, capacity
        self.attach(session)

    def attach(self, session: Any) -> None:
        """Let `session`, of the same graph, read and write these keys and values from now on."""
        self.binding = self.io_binding(session)
        self.decode_step = DecodeStep(session, self.io_binding(session), self._config, self._capacity)

    def detach(self) -> None:
        """Let go of the session."""
        del self.binding, self.decode_step

    def io_binding(self, session: Any) -> Any:
        """A new I/O binding of `session` with these keys and values; it holds a reference to the session."""
        binding = session.io_binding()
        for name, value in self._ort_values.items():
            binding.bind_ortvalue_input(name, value)
            binding.bind_ortvalue_output(f"new_{name}", value)
        return binding

    def keys_and_values(self, layer: int, total: int) -> tuple[Floats, Floats]:
        """Views of a layer's first `total` keys and values, each float32 [kv_heads, total, head_size]."""
        keys, values = self._arrays[layer]
        return keys[0, :, :total], values[0, :, :total]


def _mapped_zeros(shape: tuple[int, ...]) -> Floats:
    """Zeros whose pages take memory only once they are written to.

    Those of `np.zeros` take it at once where they are made of freed memory.
    """
    size = np.dtype(np.float32).itemsize * math.prod(shape)
    return np.frombuffer(mmap.mmap(-1, size), np.float32).reshape(shape)


class DecodeStep:
    """A pass of the decoder graph over one token; `binding` has the keys and values bound."""

    def __init__(self, session: Any, binding: Any, config: DecoderConfig, capacity: int) -> None:
        self._session = session
        self._binding = binding
        self._embedding = np.zeros((1, 1, config.hidden), np.float32)
        self._last = np.zeros(1, np.int32)
        self._total = np.zeros((), np.int32)
        self._position = np.zeros((1, 1), np.int64)
        self._bias = np.zeros((1, 1, 1, capacity), np.float32)
        self._local_bias = self._window_bias(config, capacity)
        self._logits = np.zeros((1, 1, config.vocabulary), np.float32)
        self._bind("embeddings", self._embedding)
        self._bind("last", self._last)
        self._bind("total", self._total)
        self._bind("positions", self._position)
        self._bind("rows", np.zeros(1, np.int64))
        binding.bind_ortvalue_output("logits", ort.OrtValue.ortvalue_from_numpy(self._logits))

    def run(self, embedding: Floats, past: int) -> Floats:
        """The logits of one token after `past` others, float32 [1, vocabulary], valid until the next step.

        `embedding` is the token's input to the first layer, float32 [1, 1, hidden].
        """
        self._embedding[:] = embedding
        self._last[:] = past
        self._total[...] = past + 1
        self._position[:] = past
        self._binding.bind_cpu_input("bias", self._bias[..., : past + 1])
        if self._local_bias is not None:
            self._binding.bind_cpu_input("local_bias", self._local_bias[..., -past - 1 :])
        self._session.run_with_iobinding(self._binding)
        logits: Floats = self._logits[0]
        return logits

    @staticmethod
    def _window_bias(config: DecoderConfig, capacity: int) -> Floats | None:
        """The bias of layers with sliding-window attention, whose end is that of every length."""
        if not config.local_layers:
            return None
        bias = np.zeros((1, 1, 1, capacity), np.float32)
        bias[..., : max(0, capacity - config.window)] = MASKED
        return bias

    def _bind(self, name: str, array: Any) -> None:
        self._binding.bind_ortvalue_input(name, ort.OrtValue.ortvalue_from_numpy(array))
