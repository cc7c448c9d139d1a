"""A masked encoder for the CPU, run by ONNX Runtime on a batch of sequences."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from writer.engine.decoders.onnx_session import GraphError, open_session
from writer.engine.onnx_graphs.graph_cache import ensure_graph, forget_graph
from writer.engine.onnx_graphs.graph_files import Precision
from writer.engine.weights.encoder_config import EncoderConfig, read_encoder_config
from writer.engine.weights.encoder_shapes import require_encoder_shapes
from writer.engine.weights.weights import Floats, Weights


class OnnxEncoder:
    """Runs the encoder graph of the model in `folder` with `threads` threads. See `MaskedEncoder`.

    Raises EngineError where the model is damaged, UnsupportedError where there is no graph for its type.
    """

    def __init__(self, folder: Path, *, threads: int, precision: Precision = "int8") -> None:
        self._config = config = read_encoder_config(folder)
        self.positions = config.positions
        self.vocabulary = config.vocabulary
        weights = Weights(folder)
        prefix = f"{config.kind}.embeddings."
        types = prefix + "token_type_embeddings.weight"
        require_encoder_shapes(folder, config, weights)
        self._words = weights[prefix + "word_embeddings.weight"]
        self._positions = weights[prefix + "position_embeddings.weight"]
        self._type: Floats | None = weights[types].floats()[0] if types in weights else None
        self._session = _session(folder, config, weights, threads, precision)

    def logits(self, sequences: Sequence[Sequence[int]], mask_positions: Sequence[tuple[int, int]]) -> Floats:
        """See `MaskedEncoder.logits`."""
        lengths = np.array([len(ids) for ids in sequences], np.int32)
        longest = int(lengths.max())
        ids = np.zeros((len(sequences), longest), np.int64)
        for row, sequence in zip(ids, sequences, strict=True):
            row[: len(sequence)] = sequence
        positions = np.arange(longest, dtype=np.int64) + self._config.first_position
        embeddings: Floats = self._words.rows(ids.ravel()).reshape(*ids.shape, -1)
        embeddings = embeddings + self._positions.rows(positions)
        if self._type is not None:
            embeddings = embeddings + self._type
        rows = np.array([sequence * longest + token for sequence, token in mask_positions], np.int64)
        inputs = {"embeddings": embeddings, "lengths": lengths, "rows": rows}
        result: Floats = self._session.run(None, inputs)[0]
        return result

    def close(self) -> None:
        """Release the session and its weights."""
        self._session = None


def _session(
    folder: Path, config: EncoderConfig, weights: Weights, threads: int, precision: Precision
) -> Any:
    """A session of the model's graph, which is built where it is missing or damaged."""

    def build(target: Path) -> None:
        from writer.engine.onnx_graphs.encoder_graph import build_encoder_graph

        build_encoder_graph(config, weights, precision, target)

    graph = ensure_graph(folder, "encoder.onnx", build, precision)
    try:
        return open_session(graph, threads)
    except GraphError:
        forget_graph(graph)
        return open_session(ensure_graph(folder, "encoder.onnx", build, precision), threads)
