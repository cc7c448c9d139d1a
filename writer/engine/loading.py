"""Loading of engines: from a model folder to a `LocalEngine` with the fitting device, decoder and prompt."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from writer.base.errors import Message
from writer.base.freed_memory import release_freed_memory
from writer.base.typed_data import DamagedError
from writer.engine.decoders.decoder import Decoder
from writer.engine.decoders.step_check import (
    EXACT,
    QUANTISED,
    ROUNDED,
    SHORT_TOKENS,
    random_text,
    require_equal_steps,
)
from writer.engine.devices import Device, choose_device
from writer.engine.onnx_graphs.graph_cache import ensure_decoder_graph, forget_graph
from writer.engine.onnx_graphs.graph_files import Precision
from writer.engine.protocol import EngineError, InfillModel, MachineError
from writer.engine.slow_models import slow_sentence
from writer.engine.tokenizer.trimmed_vocabulary import TrimmedVocabulary, trimmed_vocabulary
from writer.engine.weights.decoder_config import DecoderConfig, UnsupportedError
from writer.engine.weights.decoder_reader import read_decoder_config
from writer.engine.weights.decoder_shapes import require_decoder_shapes
from writer.engine.weights.decoder_weights import as_stored
from writer.engine.weights.weights import Weights, weight_files
from writer.models import compatibility, memory_estimate

if TYPE_CHECKING:
    from writer.engine.infill.masked_model_pool import FindMasked
    from writer.engine.local_engine import LocalEngine
    from writer.engine.tokenizer.vocabulary import Vocabulary

log = logging.getLogger(__name__)

OnOpening = Callable[[], None]
"""What is called when the library begins to open a decoder; it may never be called."""

CONTEXT_TOKENS = 640
"""The most tokens of a prompt; more cost memory and time."""

GENERATION_TOKENS = 128
"""Tokens of the KV cache that are reserved for generation."""

CHECK_TEXT = (
    "The morning was cold and clear, and the road ran straight through the fields to the town. She had left "
    "before the others were awake, with nothing but a letter. 清晨的空气又冷又清新，道路笔直地穿过田野。"
)
CHECK_TOKENS = 64
"""The text of a thorough check of a graph, and the most of its tokens that are read."""

CHECK_WORK = 250_000_000_000
"""Tokens by parameters of a thorough check: some ten seconds on two cores."""


def load(
    folder: Path,
    device: str = "auto",
    *,
    threads: int = 0,
    precision: Precision = "int8",
    find_masked: FindMasked = lambda _language: None,
    thorough: bool = False,
) -> LocalEngine:
    """Load the model in `folder` for generation.

    `device` is "auto", "cpu", "cuda" or "mps". `threads` 0 means `default_threads()`; `precision` applies to
    the CPU only. `find_masked` finds the masked models for infilling. A model without a graph is checked
    against itself, and any model with more tokens where this is `thorough`.

    Raises EngineError where the model does not generate text, is damaged or does not fit into memory, and
    StepMismatchError where it contradicts itself.
    """
    if why := compatibility.why_not_causal(folder):
        raise EngineError(why)
    trimmed = _trimmed(folder)
    chosen = choose_device(device)
    open_decoder, slow = _decoder_opener(folder, trimmed, chosen, threads, precision)
    tokenizer = trimmed.tokenizer if trimmed is not None else None
    wanted = _Wanted(folder, chosen, slow, find_masked, threads, thorough)
    prepare = partial(_prepare_engine, wanted, tokenizer)
    if trimmed is None:
        make_engine, decoder = _open(prepare, open_decoder)
    else:  # reading the vocabulary takes 200 MB, which would come on top of two copies of the head
        make_engine = prepare()
        release_freed_memory()
        decoder = open_decoder(lambda: None)
    return make_engine(decoder)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What an engine is made of beside its decoder; see `load`."""

    folder: Path
    device: Device
    slow: Message
    find_masked: FindMasked
    threads: int
    thorough: bool


def _prepare_engine(wanted: _Wanted, made: Path | None) -> Callable[[Decoder], LocalEngine]:
    """What makes the engine of a decoder. All that needs no decoder is imported and read before."""
    from writer.engine.generation.prompt import PromptBuilder
    from writer.engine.generation.word_search import TokenClasses
    from writer.engine.infill.masked_model_pool import MaskedModelPool
    from writer.engine.local_engine import LocalEngine
    from writer.engine.tokenizer.vocabulary import load_vocabulary
    from writer.suggestions.context import Context

    folder, device, slow = wanted.folder, wanted.device, wanted.slow
    vocabulary = load_vocabulary(folder, made)
    classes = TokenClasses.of(vocabulary)

    def make(decoder: Decoder) -> LocalEngine:
        if wanted.thorough:
            _check(decoder, vocabulary, folder, device, bool(slow))
        limit = max(decoder.capacity - GENERATION_TOKENS, decoder.capacity // 2)
        vocabulary.limit_to(decoder.vocabulary, folder)
        prompt_builder = PromptBuilder(vocabulary, limit)
        vocabulary.require_known(prompt_builder.prompt(Context(""), heal=False).ids, folder)
        masked = MaskedModelPool(wanted.find_masked, partial(load_infill_model, threads=wanted.threads))
        return LocalEngine(decoder, vocabulary, prompt_builder, masked, device.why, slow, classes)

    return make


def _open(
    prepare: Callable[[], Callable[[Decoder], LocalEngine]], open_decoder: Callable[[OnOpening], Decoder]
) -> tuple[Callable[[Decoder], LocalEngine], Decoder]:
    """Both at once: the library that opens a graph leaves the interpreter to other threads meanwhile."""
    opening = Event()

    def open_and_tell() -> Decoder:
        try:
            return open_decoder(opening.set)
        finally:
            opening.set()

    with ThreadPoolExecutor(1, "decoder") as pool:
        decoder = pool.submit(open_and_tell)
        opening.wait()
        return prepare(), decoder.result()


def load_infill_model(folder: Path, device: str = "auto", *, threads: int = 0) -> InfillModel:
    """Load the model in `folder` for infilling. Raises EngineError as `load` does.

    A masked model always runs on the CPU; a causal model is loaded as by `load`.
    """
    if compatibility.kind_of(folder) == "masked":
        from writer.engine.infill.masked_model import load_masked

        _require_memory(folder, choose_device("cpu"), memory_estimate.INT8)
        return load_masked(folder, threads=threads or default_threads())
    return load(folder, device, threads=threads)


def default_threads() -> int:
    """The number of cores, four at most: generation is bound by memory bandwidth."""
    return max(1, min(4, os.cpu_count() or 1))


def _check(decoder: Decoder, vocabulary: Vocabulary, folder: Path, device: Device, slow: bool) -> None:
    """Raise StepMismatchError where a decoder contradicts itself.

    One of transformers reads as many tokens as a whole prompt has, fewer where it is large. A graph of int8
    reads a real text: its rounding is made for such ones, and much coarser for random tokens.
    """
    if slow:
        count = max(1, memory_estimate.count_parameters(weight_files(folder)))
        ids = random_text(decoder, max(SHORT_TOKENS, min(CONTEXT_TOKENS, CHECK_WORK // count)))
        require_equal_steps(decoder, ids, EXACT if device.name == "cpu" else ROUNDED)
        return
    ids = vocabulary.encode(CHECK_TEXT)[:CHECK_TOKENS]
    if len(ids) >= SHORT_TOKENS and max(ids) < decoder.vocabulary and len(ids) <= decoder.capacity:
        require_equal_steps(decoder, ids, QUANTISED)


def _trimmed(folder: Path) -> TrimmedVocabulary | None:
    """The trimmed vocabulary of a model that has a graph, where it has many tokens."""
    try:
        return trimmed_vocabulary(folder, read_decoder_config(folder).vocabulary)
    except UnsupportedError:
        return None


def _decoder_opener(
    folder: Path, trimmed: TrimmedVocabulary | None, device: Device, threads: int, precision: Precision
) -> tuple[Callable[[OnOpening], Decoder], Message]:
    """What opens the decoder of a model, and the sentence why it is slow, "" where it is not.

    A graph that is missing is built here.
    """
    try:
        config = read_decoder_config(folder)
    except UnsupportedError as reason:
        from writer.engine.decoders.transformers_model import load_decoder

        _require_memory(folder, device, memory_estimate.FLOAT32)
        log.info("%s transformers runs %s", reason, folder.name)
        load_model = partial(
            load_decoder, folder, device=device.name, capacity=CONTEXT_TOKENS + GENERATION_TOKENS
        )
        return lambda _: load_model(), slow_sentence(reason)
    return _own_decoder_opener(folder, config, trimmed, device, threads, precision), ""


def _own_decoder_opener(
    folder: Path,
    config: DecoderConfig,
    trimmed: TrimmedVocabulary | None,
    device: Device,
    threads: int,
    precision: Precision,
) -> Callable[[OnOpening], Decoder]:
    """What opens the decoder of a model that has a graph."""
    capacity = CONTEXT_TOKENS + GENERATION_TOKENS
    _require_memory(folder, device, memory_estimate.INT8)
    stored = Weights(folder)
    require_decoder_shapes(folder, config, stored)
    config = as_stored(config, stored)
    rows = trimmed.rows if trimmed is not None else None
    if rows is not None:
        config = replace(config, vocabulary=len(rows))
    name, weights = folder.name, partial(Weights, folder, rows)
    if device.name != "cpu":
        from writer.engine.decoders.torch_decoder import TorchDecoder

        return lambda _: TorchDecoder(name, config, weights(), device=device.name, capacity=capacity)
    from writer.engine.decoders.onnx_decoder import OnnxDecoder
    from writer.engine.decoders.onnx_session import GraphError

    mapped = stored if rows is None else weights()
    graph = ensure_decoder_graph(folder, config, mapped, precision)
    mapped.release()  # building reads all of them

    def open_graph(on_opening: OnOpening) -> OnnxDecoder:
        open_file = partial(
            OnnxDecoder,
            name,
            config,
            threads=threads or default_threads(),
            capacity=capacity,
            adapts=not threads,
            reads_soon=True,
        )
        try:
            return open_file(mapped, graph, on_opening=on_opening)
        except GraphError as error:
            log.warning("the graph of %s is damaged and built again: %s", name, error)
            forget_graph(graph)
            return open_file(weights(), ensure_decoder_graph(folder, config, weights(), precision))

    return open_graph


def _require_memory(folder: Path, device: Device, each: float) -> None:
    """Raise EngineError where weights of `each` bytes per parameter do not fit into the CPU's memory."""
    if device.name == "cpu":
        try:
            count = memory_estimate.count_parameters(weight_files(folder))
        except (OSError, DamagedError):
            return  # reading the weights raises the precise error
        if why := memory_estimate.why_too_large(
            memory_estimate.required_bytes(count, each), memory_estimate.system_memory()
        ):
            raise MachineError(why)
