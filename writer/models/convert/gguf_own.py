"""The converters of this program for GGUF files, chosen by the architecture that the file names.

A file stays as it is as the weights of the model, where each of its tensors is of a kind that is read there;
else its weights are widened into a safetensors file.
"""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from writer.base import atomic_file
from writer.models.convert.gguf_gemma import read_gemma
from writer.models.convert.gguf_header import GgufHeader, read_header
from writer.models.convert.gguf_llama import read_llama
from writer.models.convert.gguf_weights import Converted, File, index_entries
from writer.models.manifest import ModelError
from writer.models.safetensors_files import WEIGHTS
from writer.models.weights.gguf_index import GGUF, write_index

_READERS: Mapping[str, Callable[[File, GgufHeader], Converted | None]] = {
    "gemma3": read_gemma,
    "llama": read_llama,
}
_MANY_TOKENS = 60_000

log = logging.getLogger(__name__)


def convert(source: Path, folder: Path, keep: bool = False) -> None:
    """Write config, weights (see `gguf_weights`) and tokenizer of the GGUF file `source` into `folder`.

    With `keep`, a file that can stay as it is becomes the weights: it is moved from within `folder`, and
    copied from elsewhere. Raises ModelError where it is damaged or of another type.
    """
    try:
        header = read_header(source)
        read = _READERS.get(str(header.fields.get("general.architecture")))
        if read is None or header.order != "<":
            converted = None
        else:
            converted = read(np.memmap(source, np.uint8, "r"), header)
        if converted is not None:
            _write(converted, source, header, folder, keep)
    except Exception as error:  # the library checks few of the numbers in a file
        log.warning("a GGUF file is not converted: %s", type(error).__name__)
        raise ModelError("The model file {file} is damaged; get it again.", file=source.name) from error
    if converted is None:
        raise ModelError(
            "{file} is not a model of a kind that Writer can convert; choose another file.", file=source.name
        )


def _write(converted: Converted, source: Path, header: GgufHeader, folder: Path, keep: bool) -> None:
    # The vocabularies of later models have half a million entries, which are written in one line.
    many = converted.files["config.json"]["vocab_size"] > _MANY_TOKENS
    for name, value in converted.files.items():
        text = json.dumps(value, ensure_ascii=False, indent=None if many else 2)
        (folder / name).write_text(text + "\n", encoding="utf-8")
    entries = index_entries(converted, header) if keep else None
    if entries is not None:
        place = atomic_file.move if source.parent == folder else shutil.copyfile
        place(source, folder / GGUF)
        write_index(folder / GGUF, entries)
        return
    from safetensors.numpy import save_file

    file = np.memmap(source, np.uint8, "r")
    tensors = {name: tensor.weights(file, header) for name, tensor in converted.tensors.items()}
    save_file(tensors, folder / WEIGHTS, metadata={"format": "pt"})
