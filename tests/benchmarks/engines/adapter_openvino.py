"""OpenVINO GenAI in int8. It reuses whole blocks of a prefix, through its paged attention."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import openvino
import openvino_genai
from adapter import Adapter, Floats

MEGABYTES = 256
"""Room for keys and values, a limit for the blocks that prefix caching keeps."""


class OpenVino(Adapter):
    """The pipeline with prefix caching switched on."""

    version = openvino_genai.__version__

    def __init__(self, folder: str, threads: int) -> None:
        self._folder = folder
        self._threads = threads
        self._plain: openvino.CompiledModel | None = None
        self._pipeline = self._load()

    def _load(self) -> openvino_genai.LLMPipeline:
        scheduler = openvino_genai.SchedulerConfig()
        scheduler.enable_prefix_caching = True
        scheduler.max_num_batched_tokens = 1024
        return openvino_genai.LLMPipeline(
            self._folder, "CPU", scheduler_config=scheduler, INFERENCE_NUM_THREADS=self._threads
        )

    def reset(self) -> None:
        """Cached blocks go only with the pipeline."""
        del self._pipeline
        self._pipeline = self._load()

    def run(
        self, ids: Sequence[int], new: int, stop: Callable[[], bool], told: Callable[[int], None]
    ) -> list[int]:
        context = np.array([list(ids)], np.int64)
        inputs = openvino_genai.TokenizedInputs(
            openvino.Tensor(context), openvino.Tensor(np.ones_like(context))
        )
        config = openvino_genai.GenerationConfig()
        config.max_new_tokens = config.min_new_tokens = new
        config.ignore_eos = True
        config.do_sample = False
        result = self._pipeline.generate(inputs, config, _Told(stop, told))
        return list(result.tokens[0])

    def logits(self, ids: Sequence[int]) -> Floats | None:
        """The same file run by OpenVINO itself, since the pipeline shows no logits."""
        if self._plain is None:
            core = openvino.Core()
            file = Path(self._folder) / "openvino_model.xml"
            self._plain = core.compile_model(str(file), "CPU", {"INFERENCE_NUM_THREADS": self._threads})
        request = self._plain.create_infer_request()
        context = np.array([list(ids)], np.int64)
        inputs = {
            "input_ids": context,
            "attention_mask": np.ones_like(context),
            "position_ids": np.arange(len(ids))[None],
            "beam_idx": np.zeros(1, np.int32),
        }
        names = {name for port in self._plain.inputs for name in port.names}
        request.infer({name: value for name, value in inputs.items() if name in names})
        return np.array(request.get_tensor("logits").data[0])


class _Told(openvino_genai.StreamerBase):
    """Passes tokens on and stops the pipeline."""

    def __init__(self, stop: Callable[[], bool], told: Callable[[int], None]) -> None:
        super().__init__()
        self._stop = stop
        self._told = told

    def write(self, token: int | list[int]) -> openvino_genai.StreamingStatus:
        for one in [token] if isinstance(token, int) else token:
            self._told(one)
        running = openvino_genai.StreamingStatus.RUNNING
        return openvino_genai.StreamingStatus.CANCEL if self._stop() else running

    def end(self) -> None:
        pass
