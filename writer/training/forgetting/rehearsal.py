"""Rehearsal: text that the base model writes by itself is learned together with that of the person.

A model that learns the texts of one person alone forgets how others write. What the model writes from nothing
stands for what it learned before (pseudo-rehearsal: Robins 1995, "Catastrophic forgetting, rehearsal and
pseudorehearsal"), in its own languages, and no text has to be shipped for it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
import safetensors.numpy
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from transformers import StoppingCriteria, StoppingCriteriaList

from writer.base import atomic_file
from writer.corpus.mixture import RowGroup
from writer.training.data_module import Rows
from writer.training.events import OnEvent, Stage
from writer.training.forgetting.amount import EVERY, rows_wanted
from writer.training.plan import Plan
from writer.training.run_folder import TrainingRun, write

log = logging.getLogger(__name__)

_AT_A_TIME = 32
_FILE, _NAME = "rehearsal.safetensors", "input_ids"

NOT_REHEARSED: NDArray[np.int32] = np.zeros((0, 1), np.int32)
"""The rows where the base writes none."""


class MixedRows(Sequence[Any]):
    """The rows of `texts`, and as each EVERY-th one a row of `rehearsed` (int32 [rows, window]).

    The latter are repeated where they are too few.
    """

    def __init__(self, texts: Rows, rehearsed: NDArray[np.int32]) -> None:
        self._texts = texts
        self._rehearsed = rehearsed

    def __len__(self) -> int:
        count = len(self._texts)
        return count + count // (EVERY - 1) * bool(len(self._rehearsed))

    def groups(self, of_texts: Sequence[RowGroup]) -> list[RowGroup]:
        """The groups of all rows, from those of the texts: each has the rehearsed ones among its rows."""
        ends = list(accumulate((group.rows for group in of_texts), initial=0))
        mixed = [end + end // (EVERY - 1) * bool(len(self._rehearsed)) for end in ends]
        return [replace(group, rows=b - a) for group, (a, b) in zip(of_texts, pairwise(mixed), strict=True)]

    def __getitem__(self, index: Any) -> Any:
        if not len(self._rehearsed):
            return self._texts[index]
        turn, place = divmod(index, EVERY)
        if place == EVERY - 1:
            return {"input_ids": self._rehearsed[turn % len(self._rehearsed)]}
        return self._texts[index - turn]


def rehearsed_rows(
    run: TrainingRun,
    model: Any,
    plan: Plan,
    device: str,
    start: Sequence[int],
    should_stop: Callable[[], bool],
    on_event: OnEvent,
) -> NDArray[np.int32]:
    """Rows that `model` writes behind the tokens `start`, int32 [rows, window], saved in the run's folder.

    `model` is the base, prepared for `plan`. The rows are few and not saved where `should_stop` ends it.
    Raises TrainingError.
    """
    saved = load(run)
    if saved is not None:
        return saved
    began_without = run.checkpoint.exists() and not (run.path / _FILE).exists()
    if began_without:  # in an earlier version
        return np.zeros((0, plan.window), np.int32)
    wanted = rows_wanted(plan, device)
    on_event(Stage("rehearsing", 0, wanted))
    parts: list[NDArray[np.int32]] = []
    with torch.random.fork_rng():
        torch.manual_seed(plan.seed)
        for done in range(0, wanted, _AT_A_TIME):
            parts.append(
                _write(model.to(device), min(_AT_A_TIME, wanted - done), plan.window, start, should_stop)
            )
            if should_stop():
                return parts[0]
            on_event(Stage("rehearsing", done + len(parts[-1]), wanted))
    rows = np.concatenate(parts)
    content = safetensors.numpy.save({_NAME: rows})
    write(run.path / _FILE, lambda file: atomic_file.replace(file, content))
    return rows


def load(run: TrainingRun) -> NDArray[np.int32] | None:
    """The rows in the run's folder; None where they are missing or damaged."""
    try:
        rows: NDArray[np.int32] = safetensors.numpy.load_file(run.path / _FILE)[_NAME]
    except FileNotFoundError:
        return None
    except (OSError, SafetensorError, KeyError) as error:
        log.warning("the rehearsed rows of a training are made again: %s", type(error).__name__)
        return None
    return rows if rows.dtype == np.int32 and rows.ndim == len(("rows", "window")) else None


class _Stop(StoppingCriteria):
    """Ends the writing of all rows when `should_stop`."""

    def __init__(self, should_stop: Callable[[], bool]) -> None:
        self._should_stop = should_stop

    def __call__(self, input_ids: Any, _scores: Any, **_more: Any) -> Any:
        return torch.full((len(input_ids),), self._should_stop(), device=input_ids.device)


def _write(
    model: Any, count: int, window: int, start: Sequence[int], should_stop: Callable[[], bool]
) -> NDArray[np.int32]:
    """`count` rows of `window` tokens, sampled from the model's own probabilities."""
    given = torch.tensor([list(start)] * count, device=model.device)
    was_training = model.training
    model.eval()
    with torch.inference_mode():
        found = model.generate(
            input_ids=given,
            attention_mask=torch.ones_like(given),
            min_new_tokens=window - len(start),
            max_new_tokens=window - len(start),
            do_sample=True,
            temperature=1.0,
            top_k=0,
            top_p=1.0,
            repetition_penalty=1.0,
            use_cache=True,
            pad_token_id=start[-1],
            stopping_criteria=StoppingCriteriaList([_Stop(should_stop)]),
        )
    model.train(was_training)
    rows: NDArray[np.int32] = found.cpu().numpy().astype(np.int32)
    return rows
