"""The writing of a GGUF file: fields first, then tensors, block by block."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from writer.engine.gguf_export.decoder_fields import add_decoder_fields
from writer.engine.gguf_export.general_fields import add_general_fields
from writer.engine.gguf_export.gguf_tensor import GgufTensor, Storage
from writer.engine.gguf_export.special_fields import SpecialFields
from writer.engine.gguf_export.tokenizer_fields import TokenizerFields
from writer.engine.weights.decoder_config import DecoderConfig
from writer.models.catalogue import Entry
from writer.models.manifest import Manifest


@dataclass(frozen=True, slots=True)
class GgufModel:
    """All that goes into a GGUF file; `base` is the catalogue's entry for the base model, None for none."""

    manifest: Manifest
    base: Entry | None
    architecture: str
    config: DecoderConfig
    tokenizer: TokenizerFields
    special: SpecialFields
    storage: Storage
    tensors: Sequence[GgufTensor]

    @property
    def bytes(self) -> int:
        """The bytes of the tensors."""
        return sum(tensor.bytes for tensor in self.tensors)


def write_gguf(model: GgufModel, target: Path, on_bytes: Callable[[int], object]) -> None:
    """Write the file. `on_bytes` is called with the bytes of each block; what it raises ends the work.

    Raises OSError, and FloatingPointError where a weight is too large for its storage.
    """
    from gguf import GGUFWriter

    writer: Any = GGUFWriter(target, model.architecture)
    try:
        _add_fields(writer, model)
        for tensor in model.tensors:
            _announce(writer, tensor)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        for tensor in model.tensors:
            writer.write_tensor_data(_Blocks(tensor, on_bytes))
        writer.flush()
    finally:
        writer.close()


def _add_fields(writer: Any, model: GgufModel) -> None:
    add_general_fields(writer, model.manifest, model.base, model.storage, model.tensors)
    add_decoder_fields(writer, model.config)
    _add_tokenizer(writer, model.tokenizer, model.special)


def _add_tokenizer(writer: Any, tokenizer: TokenizerFields, special: SpecialFields) -> None:
    writer.add_tokenizer_model(tokenizer.model)
    writer.add_tokenizer_pre(tokenizer.pre)
    writer.add_token_list(tokenizer.tokens)
    writer.add_token_types(tokenizer.types)
    if tokenizer.model == "llama":
        writer.add_token_scores(tokenizer.scores)
        writer.add_add_space_prefix(tokenizer.adds_space)
    else:
        writer.add_token_merges(tokenizer.merges)
    for kind, number in special.ids.items():
        getattr(writer, f"add_{kind}_token_id")(number)
    writer.add_add_bos_token(special.add_bos)
    writer.add_add_eos_token(False)
    if special.chat_template:
        writer.add_chat_template(special.chat_template)


def _announce(writer: Any, tensor: GgufTensor) -> None:
    import numpy as np
    from gguf import GGMLQuantizationType

    kind = GGMLQuantizationType[tensor.storage]
    writer.add_tensor_info(tensor.name, tensor.shape, np.dtype(np.float32), tensor.bytes, raw_dtype=kind)


class _Blocks:
    """A tensor in the place of an array that GGUFWriter writes, of which only a block is in memory."""

    def __init__(self, tensor: GgufTensor, on_bytes: Callable[[int], object]) -> None:
        self._tensor = tensor
        self._on_bytes = on_bytes
        self.nbytes = tensor.bytes

    def tofile(self, stream: Any) -> None:
        """Write the values to an open file."""
        for block in self._tensor.blocks():
            stream.write(block.tobytes())
            self._on_bytes(block.nbytes)
