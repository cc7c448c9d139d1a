"""A tokenizer of SentencePiece's kind as GGUF: BPE over characters, with a token for each byte.

llama.cpp joins the two neighbours whose token has the highest score, wherever they are tokens; a
`tokenizer.json` lists the pairs that may be joined, in order. Both are the same where the list has every pair
of tokens that make another one, as where it was made from a SentencePiece model.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from writer.base.errors import Sentence
from writer.engine.gguf_export.refusal import NotExpressibleError

SPACE = "▁"
"""What stands for a space in the tokens."""

_BYTE = re.compile(r"<0x[0-9A-F]{2}>")
_TO_SPACES = {"type": "Replace", "pattern": {"String": " "}, "content": SPACE}
_PREPEND = {"type": "Prepend", "prepend": SPACE}


def is_sentencepiece(definition: Mapping[str, Any]) -> bool:
    """Whether the tokenizer falls back to bytes and joins the tokens of a whole text."""
    model = definition["model"]
    return model.get("type") == "BPE" and bool(model.get("byte_fallback")) and not model.get("ignore_merges")


def adds_space(definition: Mapping[str, Any]) -> bool:
    """Whether a text gets a space before it. Raises NotExpressibleError where more is changed in it."""
    normalizer, before = definition["normalizer"], definition["pre_tokenizer"]
    steps = (normalizer or {}).get("normalizers", [normalizer])
    if before is not None and before["type"] == "Metaspace" and normalizer is None:
        if before.get("replacement") == SPACE and not before.get("split"):
            return bool(before.get("prepend_scheme", "always") != "never")
    elif steps in ([_TO_SPACES], [_PREPEND, _TO_SPACES]) and _splits_nothing(before):
        return len(steps) > 1
    raise NotExpressibleError(Sentence("its words are cut in a way that GGUF does not know"))


def scores(model: Mapping[str, Any], count: int) -> tuple[float, ...]:
    """The score of each token: the sooner its parts are joined, the higher. Raises NotExpressibleError."""
    vocabulary: Mapping[str, int] = model["vocab"]
    merges = [tuple(merge.split(" ") if isinstance(merge, str) else merge) for merge in model["merges"]]
    found = [-float(len(merges))] * count
    for rank, merge in reversed(list(enumerate(merges))):
        found[vocabulary["".join(merge)]] = -float(rank)
    _require_every_pair(vocabulary, set(merges))
    return tuple(found)


def is_byte(token: str) -> bool:
    """Whether a token stands for a single byte."""
    return _BYTE.fullmatch(token) is not None


def _splits_nothing(step: Mapping[str, Any] | None) -> bool:
    """Whether a pre-tokenizer leaves a text whole: none, or one for spaces, of which there are none left."""
    return step is None or (step["type"] == "Split" and step["pattern"] == {"String": " "})


def _require_every_pair(vocabulary: Mapping[str, int], merges: set[tuple[str, ...]]) -> None:
    """Raise NotExpressibleError where two tokens make a third, and are not in the list."""
    for token in vocabulary:
        for at in range(1, len(token)):
            pair = (token[:at], token[at:])
            if pair not in merges and pair[0] in vocabulary and pair[1] in vocabulary:
                raise NotExpressibleError(Sentence("its words are cut in a way that GGUF does not know"))
