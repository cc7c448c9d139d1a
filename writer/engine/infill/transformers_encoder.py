"""A masked encoder for all other masked models of transformers, in float32 on the CPU.

It is slower than the ONNX graphs, but runs every model that transformers can load from safetensors.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from transformers import AutoModelForMaskedLM

from writer.engine.decoders.transformers_model import load_model
from writer.engine.weights.weights import Floats

_MAX_TOKENS = 512
"""The most tokens of a sequence, where the model's configuration allows as many."""


class TransformersEncoder:
    """Runs a model with transformers. See `MaskedEncoder`. Raises EngineError where it cannot be loaded."""

    def __init__(self, folder: Path) -> None:
        self._model = load_model(AutoModelForMaskedLM, folder, torch.float32)
        config = self._model.config
        self.vocabulary = int(config.vocab_size)
        # Models like RoBERTa count positions from the one after that of the padding token.
        self._padding = int(getattr(config, "pad_token_id", None) or 0)
        self.positions = min(
            _MAX_TOKENS, int(getattr(config, "max_position_embeddings", _MAX_TOKENS)) - self._padding - 1
        )

    @torch.inference_mode()
    def logits(self, sequences: Sequence[Sequence[int]], mask_positions: Sequence[tuple[int, int]]) -> Floats:
        """See `MaskedEncoder.logits`."""
        longest = max(map(len, sequences))
        ids = torch.full((len(sequences), longest), self._padding)
        mask = torch.zeros_like(ids)
        for row, sequence in enumerate(sequences):
            ids[row, : len(sequence)] = torch.tensor(list(sequence))
            mask[row, : len(sequence)] = 1
        result = self._model(ids, attention_mask=mask).logits
        wanted: Floats = torch.stack([result[row, token] for row, token in mask_positions]).numpy()
        return wanted

    def close(self) -> None:
        """Release the model."""
        del self._model
