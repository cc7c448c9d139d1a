"""Between text and token ids, byte for byte.

A token is some bytes; of Chinese characters and emoji often only a part. This module knows the bytes of
every token of the three kinds of tokenizers (byte-level BPE, SentencePiece with byte fallback,
WordPiece), which tokens may be suggested at all, and which of them agree with a byte prefix: the
table behind token healing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from writer.engine.protocol import EngineError
from writer.engine.tokenizer.token_bytes import (
    TokenTable,
    make_token_table,
    read_table,
    table_name,
    write_table,
)
from writer.models.derived_files import derived_folder

Ids = NDArray[np.int64]


class Vocabulary:
    """A tokenizer, and the bytes of its tokens.

    `pieces[i]` holds what token i adds to a text; b"" for tokens that must never be suggested (markers of
    chats, padding, unknown, unused).
    """

    def __init__(self, tokenizer: Tokenizer, table: TokenTable, specials: frozenset[int]) -> None:
        self._tokenizer = tokenizer
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self.pieces = table.pieces
        self.specials = specials
        self._ids: Ids = table.order
        self._sorted = [self.pieces[i] for i in self._ids.tolist()]
        self.allowed: Ids = np.sort(self._ids)
        self._matches: dict[bytes, Ids] = {}

    @property
    def has_spaces(self) -> bool:
        """Whether tokens know of spaces; WordPiece tells the beginning of a word by lacking "##"."""
        return _kind(self._tokenizer) != "words"

    def encode(self, text: str) -> list[int]:
        """The ids of `text`, with no markers added."""
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    def id_of(self, token: str) -> int | None:
        """The id of a token by its name."""
        found: int | None = self._tokenizer.token_to_id(token)
        return found

    def decode(self, ids: Sequence[int]) -> bytes:
        """The bytes that `ids` add up to."""
        return b"".join(self.pieces[i] for i in ids)

    def matching(self, prefix: bytes) -> Ids:
        """Tokens that agree with `prefix`: those that start with it and those that are a start of it."""
        if not prefix:
            return self.allowed
        known = self._matches.get(prefix)
        if known is None:
            known = self._matches[prefix] = self._search(prefix)
            if len(self._matches) > 512:
                self._matches.pop(next(iter(self._matches)))
        return known

    def _search(self, prefix: bytes) -> Ids:
        first = bisect_left(self._sorted, prefix)
        last = bisect_left(self._sorted, prefix + b"\xff" * 16)
        found = [self._ids[first:last]]
        for end in range(1, len(prefix)):
            start = prefix[:end]
            low = bisect_left(self._sorted, start)
            high = low
            while high < len(self._sorted) and self._sorted[high] == start:
                high += 1
            found.append(self._ids[low:high])
        return np.sort(np.concatenate(found))


def load_vocabulary(folder: Path) -> Vocabulary:
    """The tokenizer of a Hugging Face folder. Raises EngineError where it is missing or damaged."""
    try:
        tokenizer = _open(folder)
    except EngineError:
        raise
    except Exception as error:  # the library raises no narrower class
        raise EngineError(
            "The tokenizer in {folder} cannot be read ({reason}). Get the model again.",
            folder=folder,
            reason=error,
        ) from error
    specials = _specials(tokenizer)
    return Vocabulary(tokenizer, _table(folder, tokenizer, specials), specials)


def _table(folder: Path, tokenizer: Tokenizer, specials: frozenset[int]) -> TokenTable:
    """The bytes of the tokens, from the table beside the model where there is one."""
    source = folder / "tokenizer.json"
    if not source.is_file():
        return make_token_table(tokenizer, _kind(tokenizer), specials)
    file = derived_folder(folder) / table_name(source)
    table = read_table(file)
    if table is None:
        table = make_token_table(tokenizer, _kind(tokenizer), specials)
        write_table(file, table)
    return table


def _open(folder: Path) -> Tokenizer:
    whole = folder / "tokenizer.json"
    if whole.is_file():
        return Tokenizer.from_file(str(whole))
    merges, vocabulary = folder / "merges.txt", folder / "vocab.json"
    if merges.is_file() and vocabulary.is_file():
        from tokenizers import ByteLevelBPETokenizer

        return Tokenizer.from_str(ByteLevelBPETokenizer.from_file(str(vocabulary), str(merges)).to_str())
    words = folder / "vocab.txt"
    if words.is_file():
        from tokenizers import BertWordPieceTokenizer

        return Tokenizer.from_str(BertWordPieceTokenizer(str(words), lowercase=True).to_str())
    raise EngineError("The model folder {folder} has no tokenizer. Get the model again.", folder=folder)


def _kind(tokenizer: Tokenizer) -> str:
    """One of "bytes" (byte-level BPE), "pieces" (SentencePiece), "words" (WordPiece), "plain"."""
    if type(tokenizer.model).__name__ == "WordPiece":
        return "words"
    decoders = repr(tokenizer.decoder)
    if "ByteLevel" in decoders:
        return "bytes"
    if "ByteFallback" in decoders or "Metaspace" in decoders or "▁" in decoders:
        return "pieces"
    return "plain"


def _specials(tokenizer: Tokenizer) -> frozenset[int]:
    """Added tokens are markers, whatever they are called; so is the unknown token."""
    found = set(tokenizer.get_added_tokens_decoder())
    for name in (
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[PAD]",
        "[MASK]",
        "<unk>",
        "<s>",
        "</s>",
        "<pad>",
        "<|endoftext|>",
    ):
        marker = tokenizer.token_to_id(name)
        if marker is not None:
            found.add(marker)
    return frozenset(found)
