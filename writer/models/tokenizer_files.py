"""The files that hold a tokenizer in a folder of Hugging Face.

Some are read as they are. A SentencePiece model is made into a `tokenizer.json` when it arrives.
"""

from __future__ import annotations

from collections.abc import Collection

READABLE = (("tokenizer.json",), ("vocab.json", "merges.txt"), ("vocab.txt",))
"""The files of a tokenizer that is read, the preferred first; those of a group belong together."""

SHIFTED = "sentencepiece.bpe.model"
"""The SentencePiece model of XLM-R and its kin, whose pieces have other ids than in the model itself."""

SENTENCEPIECE = ("tokenizer.model", "spiece.model", SHIFTED)
"""The SentencePiece models."""

FILES = (*(name for group in READABLE for name in group), *SENTENCEPIECE)
"""All of them."""


def is_readable(names: Collection[str]) -> bool:
    """Whether files of these names hold a tokenizer that is read as it is."""
    return any(all(name in names for name in group) for group in READABLE)


def sentencepiece_file(names: Collection[str]) -> str:
    """The SentencePiece model among files of these names, "" for none."""
    return next((name for name in SENTENCEPIECE if name in names), "")
