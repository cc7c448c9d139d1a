"""transformers in float32: the reference for truth, and two ways of calling it for speed."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence

import torch
import transformers
from adapter import Adapter, Floats, Stepping


def _model(folder: str, threads: int):
    torch.set_num_threads(threads)
    warnings.simplefilter("ignore")
    transformers.logging.set_verbosity_error()
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    return model.eval()


class Generate(Adapter):
    """`generate` called with the whole context every time, as documented."""

    version = transformers.__version__

    def __init__(self, folder: str, threads: int) -> None:
        self._model = _model(folder, threads)

    def reset(self) -> None:
        pass

    @torch.inference_mode()
    def run(
        self, ids: Sequence[int], new: int, stop: Callable[[], bool], told: Callable[[int], None]
    ) -> list[int]:
        streamer = _Told(told)
        context = torch.tensor([list(ids)])
        result = self._model.generate(
            context,
            attention_mask=torch.ones_like(context),
            max_new_tokens=new,
            min_new_tokens=new,
            do_sample=False,
            pad_token_id=0,
            streamer=streamer,
            stopping_criteria=[lambda tokens, scores, **_: torch.full((len(tokens),), stop())],
        )
        produced = result[0, len(ids) :].tolist()
        self.passes += len(produced)
        return produced

    @torch.inference_mode()
    def logits(self, ids: Sequence[int]) -> Floats | None:
        return self._model(torch.tensor([list(ids)])).logits[0].numpy()


class _Told(transformers.generation.streamers.BaseStreamer):
    """Passes generated tokens on; the first call carries the context."""

    def __init__(self, told: Callable[[int], None]) -> None:
        self._told = told
        self._context = True

    def put(self, value: torch.Tensor) -> None:
        if not self._context:
            self._told(int(value.reshape(-1)[-1]))
        self._context = False

    def end(self) -> None:
        pass


class Cached(Stepping):
    """The model called directly, with its cache kept between keystrokes and cropped."""

    version = transformers.__version__

    def __init__(self, folder: str, threads: int) -> None:
        super().__init__()
        self._model = _model(folder, threads)
        self._cache = transformers.DynamicCache(config=self._model.config)

    def reset(self) -> None:
        super().reset()
        self._cache = transformers.DynamicCache(config=self._model.config)

    @torch.inference_mode()
    def forward(self, ids: Sequence[int], past: int, every: bool) -> Floats:
        surplus = self._cache.get_seq_length() - past
        if surplus:
            self._cache.crop(-surplus)
        output = self._model(
            torch.tensor([list(ids)]),
            past_key_values=self._cache,
            use_cache=True,
            logits_to_keep=0 if every else 1,
        )
        return output.logits[0].numpy()
