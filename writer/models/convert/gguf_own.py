"""The converters of this program for GGUF files, chosen by the architecture that the file names."""

from __future__ import annotations

import logging
from pathlib import Path

from writer.models.convert import gguf_gemma, gguf_llama
from writer.models.convert.gguf_header import HeaderError, read_header
from writer.models.manifest import ModelError

log = logging.getLogger(__name__)


def convert(source: Path, folder: Path) -> None:
    """Write config, weights (float32) and tokenizer of the GGUF file `source` into `folder`.

    Raises ModelError where the file is damaged or of another type.
    """
    try:
        header = read_header(source)
    except (HeaderError, OSError) as error:
        log.warning("a GGUF file is not read: %s", type(error).__name__)
        raise ModelError("The model file {file} is damaged; get it again.", file=source.name) from error
    if header.fields.get("general.architecture") == gguf_gemma.ARCHITECTURE:
        gguf_gemma.convert(source, folder, header)
    else:
        gguf_llama.convert(source, folder)
