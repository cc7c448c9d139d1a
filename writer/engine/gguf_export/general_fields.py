"""What a GGUF file says of the model as a whole: its name, size, origin, languages and licence.

The keys are those of docs/gguf.md of https://github.com/ggml-org/ggml.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from writer.engine.gguf_export.gguf_tensor import GgufTensor, Storage
from writer.models.catalogue import Entry
from writer.models.licences import licence_of
from writer.models.manifest import Manifest

_WEB = ("https://", "http://")
_HUB = "https://huggingface.co/"


def add_general_fields(
    writer: Any, manifest: Manifest, base: Entry | None, storage: Storage, tensors: Sequence[GgufTensor]
) -> None:
    """Add the facts of the manifest to a GGUFWriter; `base` is the catalogue's entry for its base model."""
    from gguf import GGML_QUANT_VERSION, GGUFType, LlamaFileType, size_label

    writer.add_type(GGUFType.MODEL)
    writer.add_name(manifest.name)
    writer.add_size_label(size_label(sum(math.prod(tensor.shape) for tensor in tensors), 0, 0, 0))
    if manifest.source.startswith(_WEB):
        writer.add_source_url(manifest.source)
    if manifest.base:
        writer.add_base_model_count(1)
        writer.add_base_model_name(0, base.name if base is not None else manifest.base)
        if base is not None and base.hub is not None:
            writer.add_base_model_repo_url(0, _HUB + base.hub.id)
    _add_licence(writer, manifest.licence)
    writer.add_languages(manifest.languages)
    kinds = {"F32": LlamaFileType.ALL_F32, "F16": LlamaFileType.MOSTLY_F16, "Q8_0": LlamaFileType.MOSTLY_Q8_0}
    writer.add_file_type(kinds[storage])
    writer.add_quantization_version(GGML_QUANT_VERSION)


def _add_licence(writer: Any, stated: str) -> None:
    """Add what is known of the licence that a manifest states."""
    licence = licence_of(stated)
    known = {
        writer.add_license: licence.identifier,
        writer.add_license_name: licence.name,
        writer.add_license_link: licence.link,
    }
    for add, value in known.items():
        if value:
            add(value)
