"""Puts checkpoints on the disk so that one is always whole: written beside, synced, renamed.

They are torch's own format because Lightning wants it, and are read with `weights_only`, which runs no code.
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
    """What Lightning writes checkpoints with."""

    def save_checkpoint(
        self,
        checkpoint: dict[str, Any],
        path: str | os.PathLike[str],
        storage_options: Any = None,  # noqa: ARG002 - Lightning's own
    ) -> None:
        """Write `checkpoint` to `path`; whoever is killed meanwhile leaves the one before."""
        _atomically(Path(path), lambda part: torch.save(checkpoint, part))


def save_trainable_weights(model: Any, file: Path) -> None:
    """Keep the weights that learn in a safetensors file. Raises TrainingError."""
    weights = {name: weight.detach().cpu().contiguous() for name, weight in trainable_weights(model).items()}
    _atomically(file, lambda part: save_file(weights, part))


def load_trainable_weights(model: Any, file: Path) -> None:
    """Put the weights of such a file into the model that they came from."""
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
    """What lies behind torch's complaint: the disk, or a folder that went away."""
    import errno
    import shutil

    if not file.parent.is_dir():
        return FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    if shutil.disk_usage(file.parent).free < 1 << 20 or "write" in str(error):
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    raise error
