"""llama.cpp through its C interface, so that no Python stands between a pass and its logits."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

import llama_cpp as c
import numpy as np
from adapter import Floats, Stepping


class LlamaCpp(Stepping):
    """One GGUF file, one sequence; cropping is `llama_memory_seq_rm`."""

    version = c.__version__

    def __init__(self, file: str, threads: int, context: int = 1024) -> None:
        super().__init__()
        c.llama_log_set(_SILENT, ctypes.c_void_p(0))
        c.llama_backend_init()
        settings = c.llama_model_default_params()
        settings.n_gpu_layers = 0
        self._model = c.llama_model_load_from_file(file.encode(), settings)
        if not self._model:
            raise RuntimeError(f"llama.cpp cannot load {file}")
        settings = c.llama_context_default_params()
        settings.n_ctx = settings.n_batch = context
        settings.n_ubatch = 512
        settings.n_threads = settings.n_threads_batch = threads
        self._context = c.llama_init_from_model(self._model, settings)
        self._memory = c.llama_get_memory(self._context)
        self._vocabulary = c.llama_vocab_n_tokens(c.llama_model_get_vocab(self._model))
        self._batch = c.llama_batch_init(context, 0, 1)

    def forward(self, ids: Sequence[int], past: int, every: bool) -> Floats:
        c.llama_memory_seq_rm(self._memory, 0, past, -1)
        batch = self._batch
        batch.n_tokens = len(ids)
        for i, token in enumerate(ids):
            batch.token[i] = token
            batch.pos[i] = past + i
            batch.n_seq_id[i] = 1
            batch.seq_id[i][0] = 0
            batch.logits[i] = every or i == len(ids) - 1
        status = c.llama_decode(self._context, batch)
        if status:
            raise RuntimeError(f"llama_decode returned {status}")
        rows = len(ids) if every else 1
        return np.ctypeslib.as_array(c.llama_get_logits(self._context), (rows, self._vocabulary))


@c.llama_log_callback
def _SILENT(level: int, text: bytes, data: object) -> None:
    """Swallow what the library would write to standard error."""
