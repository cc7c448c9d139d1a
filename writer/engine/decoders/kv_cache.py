"""Keys and values on a CPU, and the pass that a key costs most often: one more token.

For that pass everything is bound once. What changes from token to token is written into the bound arrays,
and the logits appear where they did before, so that nothing but the multiplications takes time.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime as ort

from writer.engine.weights.decoder_config import DecoderConfig
from writer.engine.weights.safetensors_reader import Floats


class KvCache:
    """Keys and values of one sequence, which each graph takes as its inputs and outputs at once."""

    def __init__(self, session: Any, shape: DecoderConfig, capacity: int) -> None:
        self._values: dict[str, Any] = {}
        size = (1, shape.kv_heads, capacity, shape.head_size)
        self._arrays: list[tuple[Floats, Floats]] = []
        for layer in range(shape.layers):
            self._arrays.append((np.zeros(size, np.float32), np.zeros(size, np.float32)))
            for name, array in zip(("key", "value"), self._arrays[layer], strict=True):
                # The value lives in the array's own memory, so each needs its own.
                self._values[f"{name}_{layer}"] = ort.OrtValue.ortvalue_from_numpy(array)
        self.binding = self.bound(session)
        self.step = DecodeStep(session, self.bound(session), shape, capacity)

    def bound(self, session: Any) -> Any:
        """Inputs and outputs of a session with these keys and values among them; holds the session."""
        binding = session.io_binding()
        for name, value in self._values.items():
            binding.bind_ortvalue_input(name, value)
            binding.bind_ortvalue_output(f"new_{name}", value)
        return binding

    def kept(self, layer: int, total: int) -> tuple[Floats, Floats]:
        """Keys and values of the first `total` tokens in a layer, [kv_heads, total, head_size]; no copies."""
        keys, values = self._arrays[layer]
        return keys[0, :, :total], values[0, :, :total]


class DecodeStep:
    """One pass of the decoder graph over one token, behind keys and values that `binding` holds already."""

    def __init__(self, session: Any, binding: Any, shape: DecoderConfig, capacity: int) -> None:
        self._session = session
        self._binding = binding
        self._embedding = np.zeros((1, 1, shape.hidden), np.float32)
        self._last = np.zeros(1, np.int32)
        self._total = np.zeros((), np.int32)
        self._position = np.zeros((1, 1), np.int64)
        self._bias = np.zeros((1, 1, 1, capacity), np.float32)
        self._logits = np.zeros((1, 1, shape.vocabulary), np.float32)
        self._bind("embeddings", self._embedding)
        self._bind("last", self._last)
        self._bind("total", self._total)
        self._bind("positions", self._position)
        self._bind("rows", np.zeros(1, np.int64))
        binding.bind_ortvalue_output("logits", ort.OrtValue.ortvalue_from_numpy(self._logits))

    def run(self, embedding: Floats, past: int) -> Floats:
        """Logits float32 [1, vocabulary] of the token behind `past` others; they hold until the next step.

        `embedding` is float32 [1, 1, hidden].
        """
        self._embedding[:] = embedding
        self._last[:] = past
        self._total[...] = past + 1
        self._position[:] = past
        self._binding.bind_cpu_input("bias", self._bias[..., : past + 1])
        self._session.run_with_iobinding(self._binding)
        logits: Floats = self._logits[0]
        return logits

    def _bind(self, name: str, array: Any) -> None:
        self._binding.bind_ortvalue_input(name, ort.OrtValue.ortvalue_from_numpy(array))
