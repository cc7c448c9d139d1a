"""A converter from a GGUF file of any type that transformers reads to a Hugging Face folder.

For the child process only: it imports torch, and it parses untrusted files.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

from writer.models import loading_report, memory_estimate
from writer.models.convert import gguf_header, gguf_own
from writer.models.convert.gguf_header import HeaderError
from writer.models.manifest import ModelError

_PARTS = ("adapter", "mmproj", "vocab")
"""The types of GGUF files that are no whole model."""

log = logging.getLogger(__name__)

FLOAT16_PARAMETERS = 1_500_000_000
"""The number of weights from which they are written as float16 instead of float32."""


def convert(source: Path, folder: Path) -> None:
    """Write config, weights and tokenizer of the GGUF file `source` into `folder`; see `gguf_own.convert`.

    Raises ModelError.
    """
    count = _require_memory(source)
    try:
        gguf_own.convert(source, folder, keep=True)
    except ModelError as error:
        log.info("%s; transformers tries", error)
        _convert_with_transformers(source, folder, half=count >= FLOAT16_PARAMETERS)


def _require_memory(source: Path) -> int:
    """The number of weights.

    Raises ModelError where they do not fit into memory, are damaged, or are no whole model.
    """
    try:
        gguf_header.check_header(source)
        header = gguf_header.read_header(source)
    except (HeaderError, OSError) as error:
        log.warning("a GGUF file is not read: %s", type(error).__name__)
        raise ModelError("The model file {file} is damaged; get it again.", file=source.name) from error
    if header.fields.get("general.type") in _PARTS or header.fields.get("split.count", 0) not in (0, 1):
        raise ModelError("{file} is only a part of a model; choose a whole one.", file=source.name)
    count = sum(tensor.size for tensor in header.tensors)
    why = memory_estimate.why_too_large(
        memory_estimate.required_bytes(count, memory_estimate.FLOAT32), memory_estimate.system_memory()
    )
    if why:
        raise ModelError(why)
    return count


def _convert_with_transformers(source: Path, folder: Path, half: bool) -> None:
    import torch
    from safetensors.torch import save_file
    from transformers import AutoModelForCausalLM, AutoTokenizer

    options: dict[str, Any] = {"gguf_file": source.name, "trust_remote_code": False, "local_files_only": True}
    dtype = torch.float16 if half else torch.float32
    try:
        tokenizer = AutoTokenizer.from_pretrained(source.parent, **options)
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            source.parent, dtype=dtype, output_loading_info=True, **options
        )
        model, report = loaded
        if missing := loading_report.missing_weight(report):
            raise ValueError(f"it lacks {missing}")
    except Exception as error:  # a file of wrong types makes the libraries raise anything
        log.warning("transformers: %s", error)
        raise ModelError(
            "{file} is of a type that cannot be converted; get the model in the usual format (safetensors).",
            file=source.name,
        ) from error
    tied = model.config.tie_word_embeddings
    weights = {
        name: tensor.contiguous()
        for name, tensor in model.state_dict().items()
        if not (tied and name == "lm_head.weight")
    }
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    config = model.config.to_dict()
    config.pop("quantization_config", None)
    config |= {"architectures": [type(model).__name__], "dtype": str(dtype).removeprefix("torch.")}
    (folder / "config.json").write_text(json.dumps(config, indent=2, default=str) + "\n", encoding="utf-8")
    tokenizer.save_pretrained(folder)
