"""The loading of a base model for a training: with its usual weights, or in 4 bits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from writer.models.manifest import ModelError
from writer.training.events import TrainingRequest
from writer.training.lora import load_base, prepare_model
from writer.training.plan import Plan, processes
from writer.training.quantised import four_bits


@dataclass(frozen=True, slots=True)
class BaseLoader:
    """Loads bases. `load_quantised` gives the model of a folder on a device in 4 bits, if `can_quantise`."""

    load_quantised: Callable[[Path, str], Any] = four_bits.load_four_bits
    can_quantise: Callable[[], bool] = four_bits.is_installed

    def load(self, folder: Path, plan: Plan, device: str) -> Any:
        """The model in `folder`, prepared for training by the plan; in 4 bits it lies on `device` already.

        Raises ModelError and torch.OutOfMemoryError.
        """
        model = self._quantised(folder, device) if plan.method == "qlora" else load_base(folder)
        return prepare_model(model, plan)

    def may_quantise(self, request: TrainingRequest, device: str) -> bool:
        """Whether a plan may come to 4 bits by itself: on one card, and where nobody chose a method."""
        return device == "cuda" and not request.method and processes(request) == 1 and self.can_quantise()

    def _quantised(self, folder: Path, device: str) -> Any:
        try:
            model = self.load_quantised(folder, device)
        except torch.OutOfMemoryError:
            raise
        except (OSError, ValueError, RuntimeError, ImportError) as error:
            raise ModelError(
                "The model in {folder} cannot be loaded in 4 bits; choose another model or method.",
                folder=folder,
            ) from error
        model.config.use_cache = False
        return model
