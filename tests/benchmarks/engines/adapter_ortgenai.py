"""ONNX Runtime GenAI in int8: its generator kept alive and rewound to the common prefix."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import onnxruntime_genai as genai
from adapter import Adapter, Floats, common_prefix

LENGTH = 1024


class OrtGenAi(Adapter):
    """One generator for the whole session."""

    version = genai.__version__

    def __init__(self, folder: str, threads: int) -> None:
        config = genai.Config(folder)
        config.overlay(
            f'{{"model": {{"decoder": {{"session_options": {{"intra_op_num_threads": {threads}}}}}}}}}'
        )
        self._model = genai.Model(config)
        self.reset()

    def reset(self) -> None:
        settings = genai.GeneratorParams(self._model)
        settings.set_search_options(
            max_length=LENGTH, min_length=LENGTH, do_sample=False, past_present_share_buffer=True
        )
        self._generator = genai.Generator(self._model, settings)
        self._cached: list[int] = []

    def run(
        self, ids: Sequence[int], new: int, stop: Callable[[], bool], told: Callable[[int], None]
    ) -> list[int]:
        self._feed(list(ids))
        produced: list[int] = []
        while len(produced) < new and not stop():
            self._generator.generate_next_token()
            token = int(self._generator.get_next_tokens()[0])
            produced.append(token)
            told(token)
        self._cached = list(ids) + produced
        self.passes += len(produced)
        return produced

    def _feed(self, ids: list[int]) -> None:
        keep = min(common_prefix(self._cached, ids), len(ids) - 1)
        if keep < len(self._cached):
            self._generator.rewind_to(keep)
        self._generator.append_tokens(np.array([ids[keep:]], np.int32))
        self._cached = ids

    def logits(self, ids: Sequence[int]) -> Floats | None:
        self.reset()
        self._feed(list(ids))
        return np.array(self._generator.get_output("logits"))[0]
