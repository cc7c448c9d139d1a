"""Samples of a training: continuations of held-out texts by the model before and during the training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from writer.engine.tokenizer.vocabulary import Vocabulary
from writer.evaluation.documents import EvaluationDocument
from writer.training.events import Sample

_PROMPT = 48
"""Tokens of the prompt that the model reads."""

_NEW = 16
_COUNT = 2
SHOWN = 120
"""Characters of the prompt that are shown."""


class TextSampler:
    """Continues the first half of some documents; `model` as it is at construction is the one before."""

    def __init__(self, documents: Sequence[EvaluationDocument], vocabulary: Vocabulary, model: Any) -> None:
        self._vocabulary = vocabulary
        self._prompts = sample_prompts(documents)
        self._before = [self._continue(model, prompt) for prompt in self._prompts]

    def __call__(self, model: Any) -> tuple[Sample, ...]:
        """The prompts with both continuations."""
        return tuple(
            Sample(prompt[-SHOWN:], before, self._continue(model, prompt))
            for prompt, before in zip(self._prompts, self._before, strict=True)
        )

    def _continue(self, model: Any, prompt: str) -> str:
        ids = [*self._vocabulary.special.start, *self._vocabulary.encode(prompt)[-_PROMPT:]]
        if not ids:
            return ""
        was_training = model.training
        model.eval()
        given = torch.tensor([ids], device=model.device)
        with torch.inference_mode():
            found = model.generate(
                input_ids=given,
                attention_mask=torch.ones_like(given),
                max_new_tokens=_NEW,
                do_sample=False,
                use_cache=True,
                pad_token_id=0,
            )
        model.train(was_training)
        return self._vocabulary.decode(found[0, len(ids) :].tolist()).decode("utf-8", errors="ignore")


def sample_prompts(documents: Sequence[EvaluationDocument]) -> tuple[str, ...]:
    """The prompts of a sample: the first halves of the first documents."""
    return tuple(_first_half(document.text) for document in documents[:_COUNT])


def _first_half(text: str) -> str:
    """The first half of a text, up to the end of a word."""
    half = text[: max(1, len(text) // 2)]
    return half[: half.rfind(" ")] if " " in half[-40:] else half
