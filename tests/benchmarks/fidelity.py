"""How true each engine is to the model in float32: perplexity and first choices on held-out English."""

from __future__ import annotations

import math
import shutil

from tests.benchmarks.engine_process import EngineProcess
from tests.benchmarks.models import BUILD, BenchModel, encode, held_out_text

WINDOW = 512
FROM = 32
"""Tokens at a window's beginning that are not scored: nobody is asked after three words."""

FOLDER = BUILD / "truth"


def windows(model: BenchModel, count: int) -> list[list[int]]:
    """512 tokens each of `count` places in prose; lists and tables of numbers are left out."""
    texts = [encode(model, text) for text in held_out_text() if _is_prose(text)]
    whole = [ids[at : at + WINDOW] for at in (WINDOW, 3 * WINDOW) for ids in texts if len(ids) >= at + WINDOW]
    return [[*model.start, *ids][:WINDOW] for ids in whole[:count]]


def _is_prose(text: str) -> bool:
    return sum(1 for c in text if c.isalpha() or c == " ") > 0.88 * len(text)


def forget_reference() -> None:
    """The next engine that is measured becomes the reference."""
    shutil.rmtree(FOLDER, ignore_errors=True)


def measure(engine: EngineProcess, texts: list[list[int]]) -> dict[str, float]:
    """{"perplexity", "perplexity_ratio", "top1"} of one engine, top1 in percent; empty without logits."""
    loss = reference = equal = scored = 0.0
    for number, ids in enumerate(texts):
        file = FOLDER / f"{number}.npz"
        answer = engine.ask("truth", ids=ids, reference=str(file), **{"from": FROM})
        if not answer["scored"]:
            return {}
        loss += answer["loss"]
        reference += answer["reference_loss"]
        equal += answer["equal"]
        scored += answer["scored"]
    return {
        "perplexity": math.exp(loss / scored),
        "perplexity_ratio": math.exp((loss - reference) / scored),
        "top1": 100 * equal / scored,
        "scored": scored,
    }
