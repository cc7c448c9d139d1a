"""The vocabulary of a model: its tokenizer, the bytes of its tokens, and a search by a byte prefix.

A token is a sequence of bytes, which may be a part of a Chinese character or an emoji. Three kinds of
tokenizers are supported: byte-level BPE, SentencePiece with byte fallback, and WordPiece. The search by a
byte prefix is what token healing needs.
"""

from __future__ import annotations

import itertools
import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from writer.base.errors import PanicError, panics_as_errors
from writer.engine.protocol import EngineError
from writer.engine.tokenizer.bpe_file import bpe_rules, read_rules, rules_name, write_rules
from writer.engine.tokenizer.byte_level_bpe import ByteLevelBpe
from writer.engine.tokenizer.text_tokenizer import BpeTokenizer, LibraryTokenizer, TextTokenizer
from writer.engine.tokenizer.token_bytes import (
    TokenTable,
    make_token_table,
    read_table,
    table_name,
    write_table,
)
from writer.models import manifest as manifests
from writer.models.derived_files import derived_folder
from writer.models.facts.declared_tokens import declared_tokens
from writer.models.facts.open_tokenizer import MAX_FILE_BYTES
from writer.models.facts.special_tokens import SpecialTokens, open_with_special_tokens
from writer.models.manifest import ModelError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Ids = NDArray[np.int64]

_PROBE = "The quick brown fox's 12345th jump, naïve_x(y) == “z”:\n我喜欢吃苹果，也喜欢喝茶。\n" * 16
_MAX_PROBE_SECONDS = 0.25
"""Seconds of the processor for encoding _PROBE, which has some thousand characters and takes 2 ms."""


OpenPaths = frozenset[tuple[int, ...]]

_CACHED_PREFIXES = 512

_T = TypeVar("_T")

_LETTERS = "abcdefghijklmnopqrstuvwxyz'"


def _remembered(known: dict[bytes, _T], prefix: bytes, find: Callable[[bytes], _T]) -> _T:
    """What `find` gives for `prefix`, kept in `known`, which forgets its oldest prefix where it is full."""
    if prefix not in known:
        known[prefix] = find(prefix)
        if len(known) > _CACHED_PREFIXES:
            known.pop(next(iter(known)))
    return known[prefix]


class Vocabulary:
    """A tokenizer with the bytes of its tokens.

    `token_bytes[i]` is what token i adds to a text; b"" for special, unknown and unused tokens. `allowed` are
    the ids of those that may be generated, int64 [n], in ascending order. `special` are the ids of the
    special tokens by what they mean, `special_ids` all of them for which the model has weights.
    """

    def __init__(
        self, tokenizer: TextTokenizer, kind: str, table: TokenTable, special: SpecialTokens
    ) -> None:
        self._tokenizer = tokenizer
        self.token_bytes = table.token_bytes
        self.special = special
        self.special_ids = special.hidden
        self._count = len(table.token_bytes)
        self._ids: Ids = table.sorted_ids
        self.allowed: Ids = np.sort(self._ids)
        self._matches: dict[bytes, Ids] = {}
        self._newline = self.encode("\n")
        self.adds_space = kind == "sentencepiece" and self.decode(self.encode("a"))[:1] == b" "
        """Whether `encode` puts a space before the text, as many SentencePiece tokenizers do."""
        self.has_spaces = kind != "wordpiece"
        """Whether tokens include spaces; a WordPiece token without "##" implies one."""
        self._open_paths: dict[bytes, OpenPaths | None] = {}

    def limit_to(self, count: int, folder: Path) -> None:
        """Leave out the special tokens for which a model of `count` tokens has no weights.

        Raises EngineError where a token that may be generated is among them.
        """
        self._count = count
        self.special_ids = frozenset(i for i in self.special_ids if i < count)
        self.require_known(self.allowed[-1:].tolist(), folder)

    def require_known(self, ids: Iterable[int], folder: Path) -> None:
        """Raise EngineError where one of `ids` is none of the model's, see `limit_to`."""
        if any(i >= self._count for i in ids):
            raise EngineError(
                "The list of words in {folder} does not fit its model. Get the model again.", folder=folder
            )

    def encode(self, text: str) -> list[int]:
        """The ids of `text`, without special tokens. Raises EngineError where the tokenizer fails on it."""
        try:
            with panics_as_errors():
                ids = self._tokenizer.encode(text)
        except PanicError as error:
            raise EngineError("This model cannot read the text. Choose another model in Settings.") from error
        return ids if max(ids, default=0) < self._count else [i for i in ids if i < self._count]

    def encode_after(self, text: str) -> list[int]:
        """The ids of `text` as it follows another: without the space that may stand before a beginning."""
        if not self.adds_space:
            return self.encode(text)
        ids = self.encode("\n" + text)
        begin = len(self._newline)
        return ids[begin:] if ids[:begin] == self._newline else self.encode(text)

    def id_of(self, token: str) -> int | None:
        """The id of a token by its name; None where there is none."""
        return self._tokenizer.id_of(token)

    def decode(self, ids: Sequence[int]) -> bytes:
        """The concatenated bytes of `ids`."""
        return b"".join(self.token_bytes[i] for i in ids)

    def covering(self, prefix: bytes) -> Ids:
        """The ids, int64 [n], of tokens whose bytes begin with `prefix`."""
        return self._ids[self._first(prefix) : self._first(prefix + b"\xff" * 16)]

    def _first(self, data: bytes) -> int:
        """The place in `_ids` of the first token whose bytes are not less than `data`."""
        token_bytes = self.token_bytes
        return bisect_left(self._ids, data, key=lambda i: token_bytes[i])

    def open_paths(self, prefix: bytes) -> OpenPaths | None:
        """Paths of ids whose bytes are a beginning of `prefix`, as texts that begin with it are tokenized.

        Of all ways to write `prefix` with tokens these are the ones that a model has learned: the tokens of
        `prefix` and of it with one more letter, as far as they end before `prefix` does. None where the
        tokenizer does not write `prefix` as such at the start of a text.
        """
        return _remembered(self._open_paths, prefix, self._find_open_paths)

    def _find_open_paths(self, prefix: bytes) -> OpenPaths | None:
        text = prefix.decode("utf-8", errors="ignore")
        written = [ids for letter in ("", *_LETTERS) if (ids := self._encode_exactly(text + letter))]
        paths = set[tuple[int, ...]]()
        for ids in written:
            ends = itertools.accumulate(len(self.token_bytes[i]) for i in ids)
            paths.update(tuple(ids[:n]) for n, end in enumerate(ends, 1) if end < len(prefix))
        return frozenset(paths) if written else None

    def _encode_exactly(self, text: str) -> list[int]:
        """The ids of `text` where their bytes are those of `text`, else none; SentencePiece adds a space."""
        for given in (text, text.removeprefix(" ")):
            ids = self.encode(given)
            if self.decode(ids) == text.encode():
                return ids
        return []

    def matching(self, prefix: bytes) -> Ids:
        """The ids, int64 [n], of tokens whose bytes begin with `prefix` or are the beginning of it."""
        if not prefix:
            return self.allowed
        return _remembered(self._matches, prefix, self._find_matching)

    def _find_matching(self, prefix: bytes) -> Ids:
        return np.sort(np.concatenate([self.covering(prefix), self.beginning(prefix)]))

    def beginning(self, prefix: bytes) -> Ids:
        """The ids, int64 [n], of tokens whose bytes are a beginning of `prefix`, and shorter than it."""
        found = []
        for end in range(1, len(prefix)):
            start = prefix[:end]
            low = high = self._first(start)
            while high < len(self._ids) and self.token_bytes[self._ids[high]] == start:
                high += 1
            found.append(self._ids[low:high])
        return np.concatenate([np.empty(0, np.int64), *found])


def load_vocabulary(folder: Path, made: Path | None = None) -> Vocabulary:
    """The vocabulary of a Hugging Face folder, or in the file `made` that was made from its tokenizer.

    The library's tokenizer is opened where its merges do not lie beside the model. Raises EngineError where
    it is missing or damaged.
    """
    try:
        with panics_as_errors():
            vocabulary = _load(folder, made)
        if not vocabulary.allowed.size:
            raise ValueError("it has no tokens")
        return vocabulary
    except ModelError as error:
        raise EngineError(error.sentence) from error
    except Exception as error:  # the library raises no narrower class
        raise EngineError(
            "The model's list of words in {folder} cannot be read ({reason}). Get the model again.",
            folder=folder,
            reason=error,
        ) from error


def _load(folder: Path, made: Path | None) -> Vocabulary:
    source, derived = made or folder / "tokenizer.json", derived_folder(folder)
    content = source.read_bytes() if source.is_file() and source.stat().st_size <= MAX_FILE_BYTES else b""
    if not content:
        tokenizer, special = _open(folder, made)
        kind = _kind(tokenizer)
        return Vocabulary(
            LibraryTokenizer(tokenizer), kind, make_token_table(tokenizer, kind, special), special
        )
    manifest = manifests.read(folder)
    prefix = manifest.prefix if manifest is not None else ""
    merges = derived / rules_name(content, declared_tokens(folder), prefix)
    if (stored := read_rules(merges)) is not None:
        known, special = stored
        if (table := read_table(derived / table_name(content, special))) is not None:
            open_library = partial(_open_tokenizer, folder, made)
            return Vocabulary(BpeTokenizer(known, open_library), "byte-level", table, special)
    tokenizer, special = _open(folder, made)
    rules = bpe_rules(tokenizer, special)
    if rules is not None and ByteLevelBpe(rules).encode(_PROBE) == LibraryTokenizer(tokenizer).encode(_PROBE):
        write_rules(merges, rules, special)
    file = derived / table_name(content, special)
    return Vocabulary(
        LibraryTokenizer(tokenizer), _kind(tokenizer), _load_table(file, tokenizer, special), special
    )


def _open(folder: Path, made: Path | None) -> tuple[Tokenizer, SpecialTokens]:
    tokenizer, special = open_with_special_tokens(folder, made)
    _require_speed(tokenizer)
    return tokenizer, special


def _open_tokenizer(folder: Path, made: Path | None) -> Tokenizer:
    return open_with_special_tokens(folder, made)[0]


def _require_speed(tokenizer: Tokenizer) -> None:
    """Raise ValueError where ordinary text takes much time, as with a pattern that tries too many ways.

    The library holds the interpreter's lock meanwhile, so that the window stands still. The text grows, so
    that this takes little time, too.
    """
    length = 16
    while length <= len(_PROBE):
        started = time.thread_time()
        tokenizer.encode(_PROBE[:length], add_special_tokens=False)
        if time.thread_time() - started > _MAX_PROBE_SECONDS:
            raise ValueError("it is too slow")
        length *= 2


def _load_table(file: Path, tokenizer: Tokenizer, special: SpecialTokens) -> TokenTable:
    """The token table, read from its file, or computed and written where there is none."""
    table = read_table(file)
    if table is None or len(table.token_bytes) < tokenizer.get_vocab_size():
        table = make_token_table(tokenizer, _kind(tokenizer), special)
        write_table(file, table)
    return table


def _kind(tokenizer: Tokenizer) -> str:
    """The kind of a tokenizer: "byte-level" (BPE), "sentencepiece", "wordpiece" or "plain"."""
    if type(tokenizer.model).__name__ == "WordPiece":
        return "wordpiece"
    decoders = repr(tokenizer.decoder)
    if "ByteLevel" in decoders:
        return "byte-level"
    if "ByteFallback" in decoders or "Metaspace" in decoders or "▁" in decoders:
        return "sentencepiece"
    return "plain"
