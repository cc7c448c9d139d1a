"""How the model was found to read fastest on this computer, as a sentence for About."""

from __future__ import annotations

from writer.app.suggestions.engine_client import EngineState
from writer.base.errors import Message, Sentence
from writer.engine.engine_state import EngineReady
from writer.engine.onnx_graphs import kernels
from writer.models.derived_files import derived_folder
from writer.models.store import ModelError, installed_store


def kernels_sentence(state: EngineState) -> Message:
    """What was measured when the graphs of the running model were made; "" where nothing was. Reads files."""
    if not isinstance(state, EngineReady) or state.device != "cpu":
        return ""
    try:
        found = kernels.read(derived_folder(installed_store().find(state.model).path))
    except ModelError:
        return ""
    if found is None:
        return ""
    values = {name: getattr(found, name) for name in ("tokens", "bytes_ms", "blocks_ms", "instructions")}
    if found.reading == "bytes":
        return Sentence(
            "The model reads by products of bytes ({instructions}): when it was prepared, {tokens} tokens "
            "took {bytes_ms} ms so, and {blocks_ms} ms by blocks.",
            values,
        )
    return Sentence(
        "The model reads by blocks ({instructions}): when it was prepared, {tokens} tokens took {blocks_ms} "
        "ms so, and {bytes_ms} ms by products of bytes.",
        values,
    )
