"""A masked encoder for all other masked models of transformers, in float32 on the CPU.

It is slower than the ONNX graphs, but runs every model that transformers can load from safetensors.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForMaskedLM

from writer.engine.protocol import EngineError
from writer.engine.weights.safetensors_reader import Floats

log = logging.getLogger(__name__)

_MAX_TOKENS = 512
"""The most tokens of a sequence, where the model's configuration allows as many."""


class TransformersEncoder:
    """Runs a model with transformers. See `MaskedEncoder`. Raises EngineError where it cannot be loaded."""

    def __init__(self, folder: Path) -> None:
        try:
            model: Any = AutoModelForMaskedLM.from_pretrained(
                folder,
                dtype=torch.float32,
                use_safetensors=True,
                local_files_only=True,
                trust_remote_code=False,
            )
        except Exception as error:  # a config of wrong types makes the library raise anything
            log.warning("transformers cannot load %s: %s", folder.name, type(error).__name__)
            first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            raise EngineError(
                "The model in {folder} cannot be loaded: {reason}", folder=folder, reason=first
            ) from error
        self._model = model.eval()
        config = model.config
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
