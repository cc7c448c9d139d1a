"""A decoder for all other causal language models of transformers, with its cache cropped and reused.

It is slower than the ONNX graphs, but runs every model that transformers can load from safetensors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, DynamicCache

from writer.engine.decoders.transformers_model import load_model
from writer.engine.protocol import EngineError
from writer.engine.weights.safetensors_reader import Floats


@dataclass(slots=True)
class TransformersKvCache:
    """The cache of one sequence, a `transformers.DynamicCache`."""

    cache: Any


class TransformersDecoder:
    """Runs a model with transformers: float32 on a CPU, bfloat16 on CUDA, float16 on MPS.

    Raises EngineError where transformers cannot load it.
    """

    def __init__(self, folder: Path, *, device: str, capacity: int) -> None:
        half = torch.float16 if device == "mps" else torch.bfloat16
        dtype = torch.float32 if device == "cpu" else half
        self._model = load_model(AutoModelForCausalLM, folder, dtype).to(device)
        self.name = folder.name
        self.device = device
        config = self._model.config
        self.vocabulary = int(config.vocab_size)
        self._require_attention(folder)
        self.capacity = min(capacity, int(getattr(config, "max_position_embeddings", capacity)))

    def new_kv_cache(self) -> TransformersKvCache:
        """An empty KV cache."""
        return TransformersKvCache(DynamicCache(config=self._model.config))

    def _require_attention(self, folder: Path) -> None:
        """Raise EngineError where the cache cannot be cropped, as that of a state-space model."""
        try:
            self.new_kv_cache().cache.get_seq_length()
        except ValueError as error:
            raise EngineError(
                "The model in {folder} cannot be loaded: {reason}", folder=folder, reason=error
            ) from error

    @torch.inference_mode()
    def forward(
        self, ids: Sequence[int], past: int, logits_to_keep: int, kv_cache: TransformersKvCache
    ) -> Floats:
        """See `Decoder.forward`."""
        surplus = kv_cache.cache.get_seq_length() - past
        if surplus > 0:
            # transformers 5: crop takes the number of tokens to drop, as a negative count.
            kv_cache.cache.crop(-surplus)
        tokens = torch.tensor([list(ids)], device=self._model.device)
        result = self._model(
            tokens, past_key_values=kv_cache.cache, use_cache=True, logits_to_keep=logits_to_keep
        )
        logits: Floats = result.logits[0].float().cpu().numpy()
        return logits

    def close(self) -> None:
        """Release the model."""
        del self._model
