"""The conversion of a GGUF file in a child process, with limits: it reads untrusted files."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from writer.base import paths
from writer.base.child_process import ChildError, LimitError, Limits, run
from writer.base.errors import Sentence
from writer.base.progress import CancelCheck, never
from writer.base.typed_data import DamagedError, read_json
from writer.models import memory_estimate
from writer.models.manifest import ModelError

log = logging.getLogger(__name__)

CONVERT_SECONDS, SECONDS_PER_BYTE = 300.0, 1e-6
"""Seconds that the conversion of a GGUF file may take: for loading libraries, and for its bytes."""

CONVERT_MEMORY, MEMORY_PER_BYTE = 900_000_000, 48
"""Bytes of memory for it: some 400 MB for libraries; float32, twice, has 41 bytes for one of the file.

The file itself is mapped, and its pages are counted, too.
"""


def convert_in_child(source: Path, folder: Path, cancelled: CancelCheck = never) -> None:
    """Convert a GGUF file to a Hugging Face folder in a child process. Raises ModelError, Cancelled."""
    command = [*paths.program(), "models", "convert", str(source.resolve()), str(folder)]
    size = source.stat().st_size
    memory = min(
        CONVERT_MEMORY + MEMORY_PER_BYTE * size,
        max(CONVERT_MEMORY, memory_estimate.system_memory().total * memory_estimate.USABLE + size),
    )
    try:
        limits = Limits(CONVERT_SECONDS + SECONDS_PER_BYTE * size, memory)
        run(command, limits=limits, cancelled=cancelled, environment={"HF_HUB_OFFLINE": "1"})
    except (ChildError, LimitError) as error:
        if isinstance(error, ChildError) and (sentence := _sentence_in(error.output)):
            raise ModelError(sentence) from error
        last = (error.stderr.splitlines() or [""])[-1] if isinstance(error, ChildError) else ""
        log.warning("the conversion failed: %s: %s", error, last)
        raise ModelError(
            "{file} cannot be converted; get the model in the usual format (safetensors).", file=source.name
        ) from error


def _sentence_in(output: bytes) -> Sentence | None:
    """The sentence in the last line of the child's output, as JSON; None where there is none."""
    try:
        return Sentence.from_json(read_json((output.splitlines() or [b""])[-1], dict[str, Any]))
    except (DamagedError, ValueError):
        return None
