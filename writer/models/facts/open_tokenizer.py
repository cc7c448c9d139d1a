"""The tokenizer in the files of a model folder: whole, or made from the lists of words of older models."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec

from writer.base.typed_data import read_json_file
from writer.models.facts.declared_tokens import DeclaredTokens
from writer.models.manifest import ModelError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MAX_TOKENS = 1 << 22
"""The ids that a tokenizer may have, many times as many as the largest has."""

TokenId = Annotated[int, msgspec.Meta(ge=0, lt=MAX_TOKENS)]

MAX_FILE_BYTES = 256 << 20
"""Bytes of a tokenizer's file; the largest have 40 million."""


def open_tokenizer(folder: Path, declared: DeclaredTokens, made: Path | None = None) -> Tokenizer:
    """The tokenizer of the files in `folder`, with the tokens that are declared as special.

    `made` is a `tokenizer.json` that was made from that of the folder, and is opened in its place. Raises
    ModelError where there is none, ValueError and what the library raises where it is damaged.
    """
    files = [folder / name for name in ("tokenizer.json", "merges.txt", "vocab.json", "vocab.txt")]
    if any(file.stat().st_size > MAX_FILE_BYTES for file in files if file.is_file()):
        raise ValueError("it is too large")
    tokenizer = _open(folder, declared, made or folder / "tokenizer.json")
    _add_declared(tokenizer, declared)
    return tokenizer


def _open(folder: Path, declared: DeclaredTokens, whole: Path) -> Tokenizer:
    from tokenizers import ByteLevelBPETokenizer, Tokenizer

    if whole.is_file():
        return Tokenizer.from_file(str(whole))
    merges, vocabulary = folder / "merges.txt", folder / "vocab.json"
    if merges.is_file() and vocabulary.is_file():
        # The library allocates memory for the largest id.
        read_json_file(vocabulary, dict[str, TokenId], MAX_FILE_BYTES)
        made = ByteLevelBPETokenizer.from_file(str(vocabulary), str(merges))
        return Tokenizer.from_str(made.to_str())
    if (folder / "vocab.txt").is_file():
        return _word_pieces(folder / "vocab.txt", declared)
    raise ModelError("The model in {folder} lacks its list of words. Get the model again.", folder=folder)


def _word_pieces(file: Path, declared: DeclaredTokens) -> Tokenizer:
    """The WordPiece tokenizer of a `vocab.txt`, without its special tokens."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers

    words = file.read_text("utf-8").rstrip("\n").split("\n")
    unknown = declared.names.get("unk", "[UNK]")
    vocabulary = {word.rstrip("\r"): i for i, word in enumerate(words)}
    lower_case = declared.lower_case
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token=unknown))
    tokenizer.normalizer = normalizers.BertNormalizer(
        clean_text=True,
        handle_chinese_chars=declared.split_han is not False,
        strip_accents=declared.strip_accents,
        lowercase=not _has_capitals(words) if lower_case is None else lower_case,
    )
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


def _has_capitals(words: list[str]) -> bool:
    """Whether the words were learned from a text with capitals; "[CLS]" and the like are none."""
    return any(word != word.lower() for word in words if not (word.startswith("[") and word.endswith("]")))


def _add_declared(tokenizer: Tokenizer, declared: DeclaredTokens) -> None:
    """Add the declared tokens that the tokenizer does not know as such; none gets another id."""
    from tokenizers import AddedToken

    known = {token.content for token in tokenizer.get_added_tokens_decoder().values()}
    for i, (name, special) in declared.added.items():
        if name not in known and tokenizer.token_to_id(name) in (None, i) and i <= tokenizer.get_vocab_size():
            token = AddedToken(name, normalized=not special)
            (tokenizer.add_special_tokens if special else tokenizer.add_tokens)([token])
            known.add(name)
    named = sorted({*declared.names.values(), *declared.extra} - known)
    here = [name for name in named if tokenizer.token_to_id(name) is not None]
    tokenizer.add_special_tokens([AddedToken(name, normalized=False) for name in here])
