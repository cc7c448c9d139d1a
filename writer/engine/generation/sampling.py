"""From logits to a choice: the likeliest candidate, or one drawn by chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from writer.engine.protocol import Parameters
from writer.engine.tokenizer.vocabulary import Ids
from writer.engine.weights.safetensors_reader import Floats


@dataclass(frozen=True, slots=True)
class TokenChoice:
    """A token, the logarithm of its probability among the candidates, and the next likeliest ones."""

    id: int
    logprob: float
    runners_up: tuple[tuple[int, float], ...]


def choose(
    logits: Floats,
    candidates: Ids,
    parameters: Parameters,
    branch: int,
    random: np.random.Generator,
) -> TokenChoice | None:
    """Choose among `candidates` by `logits` of shape [vocabulary].

    Greedy at temperature 0, where `branch` n takes the n-th likeliest. None where there is nothing to
    choose from.
    """
    if not len(candidates):
        return None
    scores = logits[candidates]
    highest = float(scores.max())
    normaliser = highest + float(np.log(np.exp(scores - highest).sum(dtype=np.float64)))
    wanted = min(len(candidates), parameters.runners_up + 1 + branch)
    top = np.argpartition(scores, -wanted)[-wanted:]
    top = top[np.argsort(-scores[top], kind="stable")]
    if parameters.temperature > 0:
        chosen = _draw(scores, parameters.temperature, random)
    else:
        chosen = int(top[min(branch, wanted - 1)])
    others = [int(i) for i in top if i != chosen][: parameters.runners_up]
    return TokenChoice(
        int(candidates[chosen]),
        float(scores[chosen]) - normaliser,
        tuple((int(candidates[i]), float(scores[i]) - normaliser) for i in others),
    )


def _draw(scores: Floats, temperature: float, random: np.random.Generator) -> int:
    """Sample by the Gumbel trick."""
    noise = random.gumbel(size=len(scores))
    return int(np.argmax(scores / temperature + noise))
