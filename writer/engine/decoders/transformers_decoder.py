"""A decoder for all other causal language models of transformers, with its cache cropped and reused.

It is slower than the ONNX graphs, but runs every model that transformers can load from safetensors. Models
whose cache cannot be cropped run in a `RecurrentDecoder`.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import DynamicCache
from transformers.cache_utils import (
    DummyLayer,
    DynamicIndexedLayer,
    DynamicLayer,
    DynamicSlidingWindowLayer,
)

from writer.engine.weights.weights import Floats

_CROPPABLE = (DynamicLayer, DynamicIndexedLayer, DummyLayer)
"""The layers of a cache that drop tokens exactly; others, also those made from them, are not believed to."""


@dataclass(slots=True)
class TransformersKvCache:
    """The cache of one sequence, a `transformers.DynamicCache`."""

    cache: Any


class TransformersDecoder:
    """Runs a `model` of transformers whose cache can be cropped, as `croppable_cache` says, on its device."""

    def __init__(self, name: str, model: Any, capacity: int) -> None:
        self.name = name
        self.device = str(model.device.type)
        self._model = model
        config = model.config.get_text_config(decoder=True)
        self.vocabulary = int(config.vocab_size)
        self.capacity = min(capacity, int(getattr(config, "max_position_embeddings", None) or capacity))
        self._keeps_logits = "logits_to_keep" in forward_parameters(model)

    def new_kv_cache(self) -> Any:
        """An empty KV cache."""
        return TransformersKvCache(croppable_cache(self._model))

    def forward(self, ids: Sequence[int], past: int, logits_to_keep: int, kv_cache: Any) -> Floats:
        """See `Decoder.forward`."""
        surplus = kv_cache.cache.get_seq_length() - past
        if surplus > 0:
            # transformers 5: crop takes the number of tokens to drop, as a negative count.
            kv_cache.cache.crop(-surplus)
        return self._run(ids, logits_to_keep, past_key_values=kv_cache.cache)[0]

    def close(self) -> None:
        """Release the model."""
        del self._model

    @torch.inference_mode()
    def _run(self, ids: Sequence[int], logits_to_keep: int, **cache: Any) -> tuple[Floats, Any]:
        """The logits of the last tokens of a pass, as of `Decoder.forward`, and all that the model returned.

        `cache` is the argument that holds what the model has read before.
        """
        tokens = torch.tensor([list(ids)], device=self._model.device)
        limits = {"logits_to_keep": logits_to_keep} if self._keeps_logits else {}
        result = self._model(tokens, use_cache=True, **cache, **limits)
        logits: Floats = result.logits[0, -logits_to_keep:].float().cpu().numpy()
        return logits, result


def croppable_cache(model: Any) -> DynamicCache | None:
    """An empty cache for `model` that can drop any number of its last tokens; None where there is none.

    A layer with a sliding window keeps all tokens in it: the model masks those outside the window, and a
    layer that forgets them cannot drop the tokens behind.
    """
    if "past_key_values" not in forward_parameters(model):
        return None
    cache = DynamicCache(config=model.config)
    cache.layers = [
        DynamicLayer()  # type: ignore[no-untyped-call]
        if type(layer) is DynamicSlidingWindowLayer
        else layer
        for layer in cache.layers
    ]
    croppable = cache.layers and all(type(layer) in _CROPPABLE for layer in cache.layers)
    return cache if croppable else None


def forward_parameters(model: Any) -> frozenset[str]:
    """The names of the arguments that a pass through `model` takes."""
    return frozenset(inspect.signature(model.forward).parameters)
