"""CTranslate2 in int8. It reuses a prefix only as an exactly equal "static prompt"."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import ctranslate2
import numpy as np
from adapter import Adapter, Floats

RENEW = 64
"""Tokens that may follow the static prompt before a new, longer one is taken."""


class CTranslate2(Adapter):
    """Keeps the context as static prompt for as long as what is typed only adds to it."""

    version = ctranslate2.__version__

    def __init__(self, folder: str, threads: int) -> None:
        self._folder = folder
        self._threads = threads
        self._names = json.loads((Path(folder) / "vocabulary.json").read_text("utf-8"))
        self._static: list[int] = []
        self._generator = self._load()

    def _load(self) -> ctranslate2.Generator:
        return ctranslate2.Generator(
            self._folder, device="cpu", compute_type="int8", inter_threads=1, intra_threads=self._threads
        )

    def reset(self) -> None:
        """The cache of static prompts has no other way out than unloading the model."""
        if self._static:
            self._generator.unload_model()
            self._generator.load_model()
        self._static = []

    def run(
        self, ids: Sequence[int], new: int, stop: Callable[[], bool], told: Callable[[int], None]
    ) -> list[int]:
        known = len(self._static)
        if list(ids[:known]) != self._static or not 0 < len(ids) - known <= RENEW or not known:
            self._static = list(ids[:-1])

        def step(result: ctranslate2.GenerationStepResult) -> bool:
            told(result.token_id)
            return stop()

        results = self._generator.generate_batch(
            [[self._names[i] for i in ids[len(self._static) :]]],
            static_prompt=[self._names[i] for i in self._static],
            cache_static_prompt=True,
            max_length=new,
            min_length=new,
            sampling_topk=1,
            include_prompt_in_result=False,
            callback=step,
        )
        return list(results[0].sequences_ids[0])

    def logits(self, ids: Sequence[int]) -> Floats | None:
        return np.array(self._generator.forward_batch([list(ids)]))[0]
