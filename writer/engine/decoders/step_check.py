"""A check of a decoder: read token by token, a text must give the logits that it gives read at once.

Some new type of model may lose something between two passes, and write rubbish from then on without an error.
The same holds for dropped tokens, for a sliding window, and for logits that are no numbers.
"""

from __future__ import annotations

import numpy as np

from writer.engine.decoders.decoder import Decoder, SupportsPrefill
from writer.engine.protocol import EngineError
from writer.engine.weights.weights import Floats

SHORT_TOKENS = 24
"""The tokens of the check at loading."""

_STEPS, _DROPPED = 6, 3

EXACT, ROUNDED, QUANTISED = 0.01, 0.15, 0.5
"""The largest error of logits, relative to their deviation: in float32, in 16 bits, and in graphs of int8.

Those read many tokens at once with coarser activations than one; what is lost between passes makes about 1.
"""


class StepMismatchError(EngineError):
    """A model that contradicts itself, or whose answers are no numbers."""


def random_text(decoder: Decoder, tokens: int) -> list[int]:
    """The ids of `tokens` random tokens, fewer where a KV cache has no room for them."""
    count = max(2 * _STEPS, min(tokens, decoder.capacity))
    return [int(i) for i in np.random.default_rng(0).integers(0, decoder.vocabulary, count)]


def require_equal_steps(decoder: Decoder, ids: list[int], tolerance: float) -> None:
    """Raise StepMismatchError where a decoder contradicts itself on the text `ids`.

    Its last tokens are read at once and one by one; then some are dropped, and read again behind others.
    """
    count = len(ids)
    past = count - _STEPS
    whole = decoder.forward(ids, 0, _STEPS, decoder.new_kv_cache()).copy()
    kv_cache = decoder.new_kv_cache()
    if isinstance(decoder, SupportsPrefill):
        decoder.prefill(ids[:past], 0, kv_cache)
    else:
        decoder.forward(ids[:past], 0, 1, kv_cache)
    steps = [decoder.forward(ids[at : at + 1], at, 1, kv_cache)[0].copy() for at in range(past, count)]
    decoder.forward(ids[:1], count - _DROPPED, 1, kv_cache)
    again = decoder.forward(ids[-_DROPPED:], count - _DROPPED, _DROPPED, kv_cache)
    if not np.isfinite(whole).all():
        raise StepMismatchError(
            "The weights of the model {model} are damaged: it answers with what is no number. "
            "Choose another model.",
            model=decoder.name,
        )
    error = max(_error(np.stack(steps), whole), _error(again, whole[-_DROPPED:]))
    if not error <= tolerance:
        raise StepMismatchError(
            "The model {model} contradicts itself: it reads a text otherwise in parts than in one piece. "
            "Choose another model.",
            model=decoder.name,
        )


def _error(found: Floats, expected: Floats) -> float:
    """The error of logits, relative to their deviation in each row; not a number where they are none."""
    deviation = np.linalg.norm(expected - expected.mean(axis=1, keepdims=True))
    return float(np.linalg.norm(found.astype(np.float64) - expected) / max(float(deviation), 1e-12))
