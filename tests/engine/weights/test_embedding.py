"""Rows of the token embeddings are read from the file, of whose pages few stay in memory."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from tests.fakes.mapped_pages import held
from writer.engine.weights import embedding
from writer.engine.weights.decoder_reader import read_decoder_config
from writer.engine.weights.embedding import Embedding
from writer.engine.weights.weights import Weights

ROWS, COLUMNS = 30_000, 64


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says which pages are held")
def test_many_rows_leave_few_pages(tmp_path: Path, llama: Path) -> None:
    table = np.arange(ROWS * COLUMNS, dtype=np.float32).reshape(ROWS, COLUMNS)
    file = tmp_path / "model.safetensors"
    save_file({"model.embed_tokens.weight": table}, file)
    config = replace(read_decoder_config(llama), vocabulary=ROWS, hidden=COLUMNS)
    embeddings, most = Embedding(config, Weights(tmp_path)), embedding.MAX_HELD_ROWS
    ids = np.random.default_rng(0).permutation(ROWS)[: most + 1]
    rows = [embeddings.look_up([i], np.arange(1))[0, 0] for i in ids[:-1]]
    assert held(file) > 0
    rows.append(embeddings.look_up(ids[-1:].tolist(), np.arange(1))[0, 0])
    assert held(file) == 0
    assert np.array_equal(np.stack(rows), table[ids])
