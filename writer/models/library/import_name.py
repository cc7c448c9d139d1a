"""The name of a model that is imported: that of its file or folder, or what the path around it tells.

Caches call folders by a commit and files by a hash, and trainers call them `checkpoint-500`: such names tell
nothing of the model.
"""

from __future__ import annotations

import re
from pathlib import Path

from writer.models.convert.gguf_facts import gguf_facts

FALLBACK = "model"
"""The name where nothing tells one."""

_SILENT = re.compile(
    r"\..*|(sha256[-:])?[0-9a-f]{12,}|(pytorch|ggml|hf)?[-_]?models?([-_](b?f16|f32|q\d\w*))?|checkpoint(-\d+)?"
    r"|snapshots?|blobs|main|final|last|best|merged|outputs?|adapter|export|tmp\w*|downloads?|desktop|documents",
    re.IGNORECASE,
)
"""Names that tell nothing of a model."""

_CACHED = re.compile(r"models--(.+)")
"""The folder of a repository in the Hub's cache: `models--OWNER--NAME`."""

_MAX_LEVELS = 3


def told_name(source: Path) -> str:
    """The name that the path of a folder or file tells, or the metadata of a GGUF file; FALLBACK for none."""
    source = source.absolute()
    own = source.name if source.is_dir() else source.stem
    if not _SILENT.fullmatch(own):
        return _CACHED.sub(_repository, own)
    if source.is_file() and (stated := gguf_facts(source).name) and not _SILENT.fullmatch(stated):
        return stated
    around = [folder.name for folder in source.parents][:_MAX_LEVELS]
    cached = next((_repository(found) for name in around if (found := _CACHED.fullmatch(name))), "")
    above = around[0] if around and not _SILENT.fullmatch(around[0]) else ""
    return cached or above or FALLBACK


def _repository(found: re.Match[str]) -> str:
    return found[1].rpartition("--")[2]
