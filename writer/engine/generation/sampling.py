"""The choice of a token from logits: greedy, or sampled with a temperature."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from writer.engine.protocol import Parameters
from writer.engine.tokenizer.vocabulary import Ids
from writer.engine.weights.weights import Floats


@dataclass(frozen=True, slots=True)
class TokenChoice:
    """A token's id and its natural log-probability among the candidates; the runners-up with theirs."""

    id: int
    logprob: float
    runners_up: tuple[tuple[int, float], ...]


def choose_token(
    logits: Floats,
    candidates: Ids,
    parameters: Parameters,
    branch: int,
    random: np.random.Generator,
) -> TokenChoice | None:
    """Choose among `candidates` by `logits`, float32 [vocabulary].

    Greedy at temperature 0, where `branch` n takes the n-th likeliest, 0 the likeliest. None where there are
    no candidates.
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
    """An index sampled with the Gumbel-max trick."""
    noise = random.gumbel(size=len(scores))
    return int(np.argmax(scores / temperature + noise))
