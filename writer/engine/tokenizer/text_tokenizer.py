"""What writes a text as tokens: the library tokenizers, or the tables of a byte-level BPE."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from writer.engine.tokenizer.byte_level_bpe import BpeRules, ByteLevelBpe
from writer.engine.tokenizer.token_bytes import BYTE_CODES

if TYPE_CHECKING:
    from tokenizers import Tokenizer


class TextTokenizer(Protocol):
    """Writes texts as tokens, without the special ones around a text."""

    def encode(self, text: str) -> list[int]:
        """The ids of `text`. Raises what the library raises."""

    def id_of(self, name: str) -> int | None:
        """The id of a token by its name; None where there is none."""


class LibraryTokenizer:
    """The library's tokenizer, for whole texts."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()

    def encode(self, text: str) -> list[int]:
        """See `TextTokenizer.encode`."""
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    def id_of(self, name: str) -> int | None:
        """See `TextTokenizer.id_of`."""
        found: int | None = self._tokenizer.token_to_id(name)
        return found


class BpeTokenizer:
    """A byte-level BPE with `rules`; `open_library` opens that of the library for what they do not cover."""

    def __init__(self, rules: BpeRules, open_library: Callable[[], Tokenizer]) -> None:
        self._bpe = ByteLevelBpe(rules)
        self._reserved = rules.reserved
        self._open_library = open_library

    def encode(self, text: str) -> list[int]:
        """See `TextTokenizer.encode`."""
        ids = self._bpe.encode(text)
        return self._library.encode(text) if ids is None else ids

    def id_of(self, name: str) -> int | None:
        """See `TextTokenizer.id_of`. All names but the reserved ones consist of the letters of bytes."""
        if name in self._reserved:
            return self._reserved[name]
        return self._library.id_of(name) if all(ord(letter) in BYTE_CODES for letter in name) else None

    @cached_property
    def _library(self) -> LibraryTokenizer:
        return LibraryTokenizer(self._open_library())
