"""From a model folder to an engine: chooses the device, the decoder and the prompt that fit the model."""

from __future__ import annotations

import logging
import os
from functools import partial
from pathlib import Path

from writer.engine.decoders.decoder import Decoder
from writer.engine.devices import Device, choose_device
from writer.engine.generation.prompt import PromptBuilder
from writer.engine.infill.masked_model import load_masked
from writer.engine.infill.masked_model_pool import FindMasked, MaskedModelPool
from writer.engine.local_engine import LocalEngine
from writer.engine.onnx_graphs.graph_cache import ensure_decoder, forget_graph
from writer.engine.onnx_graphs.graph_files import Precision
from writer.engine.protocol import EngineError, InfillModel
from writer.engine.tokenizer.vocabulary import load_vocabulary
from writer.engine.weights.decoder_config import UnsupportedError, read_decoder_config
from writer.engine.weights.safetensors_reader import Weights, weight_files
from writer.models import compatibility, memory_estimate
from writer.models import manifest as manifests
from writer.models.manifest import ModelError

log = logging.getLogger(__name__)

CONTEXT_TOKENS = 640
"""Tokens that the model reads at the most; more cost memory and time."""

ROOM = 128
"""Tokens kept free behind the context for what is generated."""


def load(
    folder: Path,
    device: str = "auto",
    *,
    threads: int = 0,
    precision: Precision = "int8",
    find_masked: FindMasked = lambda _language: None,
) -> LocalEngine:
    """Load the model in `folder`. Raises EngineError with a sentence for the user.

    `device` is "auto", "cpu", "cuda" or "mps". `threads` 0 chooses by the machine; `precision` counts
    on the CPU only. `find_masked` tells which models find words for gaps better than this one.
    """
    if why := compatibility.why_not_writing(folder):
        raise EngineError(why)
    vocabulary = load_vocabulary(folder)
    chosen = choose_device(device)
    decoder = _decoder(folder, chosen, threads or default_threads(), precision)
    limit = max(decoder.capacity - ROOM, decoder.capacity // 2)
    prompt_builder = PromptBuilder(vocabulary, limit, _prefix(folder))
    masked_models = MaskedModelPool(find_masked, partial(load_infill_model, threads=threads))
    return LocalEngine(decoder, vocabulary, prompt_builder, masked_models, chosen.why)


def load_infill_model(folder: Path, device: str = "auto", *, threads: int = 0) -> InfillModel:
    """Load the model in `folder` to find words for gaps. Raises EngineError with a sentence for the user.

    A masked model runs on the CPU, which is quick enough for it; another one as `load` says.
    """
    if compatibility.kind_of(folder) == "masked":
        _require_memory(folder, choose_device("cpu"), memory_estimate.INT8)
        return load_masked(folder, threads=threads or default_threads())
    return load(folder, device, threads=threads)


def default_threads() -> int:
    """As many as there are cores, up to four: more do not read memory any faster."""
    return max(1, min(4, os.cpu_count() or 1))


def _decoder(folder: Path, device: Device, threads: int, precision: Precision) -> Decoder:
    capacity = CONTEXT_TOKENS + ROOM
    try:
        shape = read_decoder_config(folder)
    except UnsupportedError as reason:
        from writer.engine.decoders.transformers_decoder import TransformersDecoder

        _require_memory(folder, device, memory_estimate.FLOAT32)
        log.info("%s transformers runs %s", reason, folder.name)
        return TransformersDecoder(folder, device=device.name, capacity=capacity)
    _require_memory(folder, device, memory_estimate.INT8)
    if device.name != "cpu":
        from writer.engine.decoders.torch_decoder import TorchDecoder

        return TorchDecoder(folder.name, shape, Weights(folder), device=device.name, capacity=capacity)
    from writer.engine.decoders.onnx_decoder import GraphError, OnnxDecoder

    # Building reads all weights; they are mapped anew afterwards, so that their pages are given back.
    graph = ensure_decoder(folder, shape, Weights(folder), precision)
    try:
        return OnnxDecoder(folder.name, shape, Weights(folder), graph, threads=threads, capacity=capacity)
    except GraphError as error:
        log.warning("the graph of %s is damaged and built again: %s", folder.name, error)
        forget_graph(graph)
        graph = ensure_decoder(folder, shape, Weights(folder), precision)
        return OnnxDecoder(folder.name, shape, Weights(folder), graph, threads=threads, capacity=capacity)


def _require_memory(folder: Path, device: Device, each: float) -> None:
    """Raise EngineError where weights of `each` bytes do not fit into the processor's memory."""
    if device.name == "cpu":
        try:
            count = memory_estimate.parameters(weight_files(folder))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return  # whoever reads the weights says what is wrong with them
        if why := memory_estimate.refusal(memory_estimate.needed(count, each), memory_estimate.here()):
            raise EngineError(why)


def _prefix(folder: Path) -> str:
    """The token that the model's manifest wants in front of prose."""
    try:
        manifest = manifests.read(folder)
    except ModelError as error:
        raise EngineError(str(error)) from error
    return manifest.prefix if manifest is not None else ""
