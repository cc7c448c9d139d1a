"""What llama.cpp takes for granted of Gemma, instead of reading it from a GGUF file."""

from __future__ import annotations

import math

from writer.base.errors import Sentence
from writer.engine.gguf_export.refusal import NotExpressibleError
from writer.engine.weights.decoder_config import DecoderConfig

_EVERY = {"gemma2": 2, "gemma3": 6}
"""Which layers are global ones; the others have sliding windows."""

_LAYERS_OF_27B = {"gemma2": 46, "gemma3": 62}
"""The layers of the only size whose attention scores have a scale of their own."""


def require_gemma(architecture: str, config: DecoderConfig) -> None:
    """Raise NotExpressibleError where the model is not as llama.cpp computes all of its architecture."""
    every = _EVERY.get(architecture)
    local = frozenset(i for i in range(config.layers) if every is not None and (i + 1) % every)
    if (config.window or architecture == "gemma2") and config.local_layers != local:
        raise NotExpressibleError(Sentence("its layers with windows are others than usual"))
    size = config.head_size
    if config.layers == _LAYERS_OF_27B.get(architecture):
        size = config.hidden // config.heads
    if config.attention_scale is not None and not math.isclose(config.attention_scale, size**-0.5):
        raise NotExpressibleError(Sentence("its attention has another scale than usual"))
    if bool(config.attention_cap) != (architecture == "gemma2") or not config.tied_embeddings:
        raise NotExpressibleError(Sentence("its attention or its head is another than usual"))
