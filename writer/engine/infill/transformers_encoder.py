"""Any other masked model of transformers, in float32 on the CPU.

Slower than a graph of our own, but it runs whatever transformers can load from safetensors.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForMaskedLM

from writer.engine.protocol import EngineError
from writer.engine.weights.safetensors_reader import Floats

_MOST = 512
"""Tokens of a sequence at the most, less than the shortest models of this kind have in transformers."""


class TransformersEncoder:
    """Runs a model through transformers. See `masked.Reader`. Raises EngineError where it cannot."""

    def __init__(self, folder: Path) -> None:
        try:
            model: Any = AutoModelForMaskedLM.from_pretrained(
                folder,
                dtype=torch.float32,
                use_safetensors=True,
                local_files_only=True,
                trust_remote_code=False,
            )
        except (OSError, ValueError, RuntimeError, ImportError) as error:
            first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            raise EngineError(
                "The model in {folder} cannot be loaded: {reason}", folder=folder, reason=first
            ) from error
        self._model = model.eval()
        config = model.config
        # Models of RoBERTa's kind count positions from behind the one of their padding.
        self._padding = int(getattr(config, "pad_token_id", None) or 0)
        self.positions = min(
            _MOST, int(getattr(config, "max_position_embeddings", _MOST)) - self._padding - 1
        )

    @torch.inference_mode()
    def logits(self, sequences: Sequence[Sequence[int]], places: Sequence[tuple[int, int]]) -> Floats:
        """See `masked.Reader.logits`."""
        longest = max(map(len, sequences))
        ids = torch.full((len(sequences), longest), self._padding)
        mask = torch.zeros_like(ids)
        for row, sequence in enumerate(sequences):
            ids[row, : len(sequence)] = torch.tensor(list(sequence))
            mask[row, : len(sequence)] = 1
        result = self._model(ids, attention_mask=mask).logits
        wanted: Floats = torch.stack([result[row, token] for row, token in places]).numpy()
        return wanted

    def close(self) -> None:
        """Drop the model."""
        del self._model
