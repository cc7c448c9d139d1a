"""Atomic checkpoints: written to a temporary file, synced, and renamed over the previous one.

Lightning's checkpoint is a torch file, read with `weights_only=True`, which runs no code; the best weights
are a safetensors file.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning.plugins.io import TorchCheckpointIO
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from writer.base.atomic_file import replacing
from writer.training.lora import trainable_weights
from writer.training.run_folder import disk_error


class AtomicCheckpointIO(TorchCheckpointIO):
    """Lightning's checkpoint plug-in, with atomic writing."""

    def save_checkpoint(
        self,
        checkpoint: dict[str, Any],
        path: str | os.PathLike[str],
        storage_options: Any = None,  # noqa: ARG002 - Lightning's own
    ) -> None:
        """Replace the file at `path` with `checkpoint`. Raises TrainingError; the file is then as it was."""
        _atomically(Path(path), lambda part: torch.save(checkpoint, part))


def save_trainable_weights(model: Any, file: Path) -> None:
    """Write the trainable weights of `model` to a safetensors file, float32. Raises TrainingError."""
    weights = {name: weight.detach().cpu().contiguous() for name, weight in trainable_weights(model).items()}
    _atomically(file, lambda part: save_file(weights, part))


def load_trainable_weights(model: Any, file: Path) -> None:
    """Read a file of `save_trainable_weights` into the trainable weights of `model`, prepared as then."""
    weights = load_file(file)
    with torch.no_grad():
        for name, weight in trainable_weights(model).items():
            weight.copy_(weights[name])


def _atomically(file: Path, write: Callable[[Path], object]) -> None:
    try:
        with replacing(file) as part:
            part.close()  # safetensors puts a file of its own there; the run's lock keeps others away
            write(Path(part.name))
    except (OSError, RuntimeError, SafetensorError) as error:  # torch's writer says RuntimeError
        cause = _disk_trouble(file, error) if isinstance(error, RuntimeError) else error
        raise disk_error(file, cause) from error


def _disk_trouble(file: Path, error: RuntimeError) -> OSError:
    """The system's error behind a RuntimeError of torch: disk full, or folder gone; else raises `error`."""
    import errno
    import shutil

    if not file.parent.is_dir():
        return FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    if shutil.disk_usage(file.parent).free < 1 << 20 or "write" in str(error):
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    raise error
