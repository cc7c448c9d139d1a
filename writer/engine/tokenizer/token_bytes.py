"""The bytes of every token, and a table of them beside the model.

Making the table takes a tenth of a second, most of it in calls that hold the interpreter; reading it back
lets the window draw.
"""

from __future__ import annotations

import hashlib
import logging
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from writer.base.atomic_file import replacing
from writer.text.language import is_cjk

log = logging.getLogger(__name__)

_VERSION = 1


@dataclass(frozen=True, slots=True)
class TokenTable:
    """`pieces[i]`: what token i adds to a text, b"" for markers. `order`: ids sorted by their bytes."""

    pieces: list[bytes]
    order: NDArray[np.int64]


def make_token_table(tokenizer: Tokenizer, kind: str, specials: frozenset[int]) -> TokenTable:
    """From the tokenizer itself. `kind` is "bytes", "pieces", "words" or "plain"."""
    to_bytes = {"bytes": _byte_level, "pieces": _sentence_piece, "words": _word_piece}.get(kind, str.encode)
    vocabulary = tokenizer.get_vocab(with_added_tokens=True)
    pieces = [b""] * (max(vocabulary.values()) + 1)
    for token, i in vocabulary.items():
        if i not in specials:
            pieces[i] = to_bytes(token)
    return TokenTable(pieces, np.array(_sorted_ids(pieces), np.int64))


def table_name(tokenizer_file: Path) -> str:
    """The name of the table for this tokenizer, other for every other content."""
    digest = hashlib.sha256(tokenizer_file.read_bytes() + b"%d" % _VERSION)
    return f"pieces-{digest.hexdigest()[:16]}.npz"


def read_table(file: Path) -> TokenTable | None:
    """The table in `file`; None where there is none, or a damaged one."""
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as table:
            blob, ends, order = table["blob"].tobytes(), table["ends"].tolist(), table["order"]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        log.warning("the table %s is damaged and made again: %s", file, error)
        return None
    starts = [0, *ends[:-1]]
    return TokenTable([blob[start:end] for start, end in zip(starts, ends, strict=True)], order)


def write_table(file: Path, pieces: TokenTable) -> None:
    """Keep the table, whole or not at all; a full disk is no reason to fail."""
    ends = np.cumsum([len(piece) for piece in pieces.pieces])
    blob = np.frombuffer(b"".join(pieces.pieces), np.uint8)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with replacing(file, sync=False) as part:
            np.savez(part, blob=blob, ends=ends, order=pieces.order)
    except OSError as error:
        log.warning("the table %s cannot be kept: %s", file, error)


def _sorted_ids(pieces: list[bytes]) -> list[int]:
    """Ids of the non-empty pieces in the order of their bytes.

    In buckets, so that no single call holds the interpreter for long: the window draws meanwhile.
    """
    buckets: dict[bytes, list[int]] = {}
    for i, piece in enumerate(pieces):
        if piece:
            buckets.setdefault(piece[:2], []).append(i)
    return [i for first in sorted(buckets) for i in sorted(buckets[first], key=pieces.__getitem__)]


def _byte_level(token: str) -> bytes:
    return token.translate(_CODES).encode("latin-1", errors="ignore")


def _sentence_piece(token: str) -> bytes:
    if len(token) == 6 and token.startswith("<0x") and token.endswith(">"):
        return bytes([int(token[3:5], 16)])
    return token.replace("▁", " ").encode()


def _word_piece(token: str) -> bytes:
    """Continuations and Chinese characters join; a Latin word stands after a space."""
    if token.startswith("[unused") and token.endswith("]"):
        return b""
    if token.startswith("##"):
        return token[2:].encode()
    starts_word = token[:1].isalnum() and not is_cjk(token[0])
    return (b" " if starts_word else b"") + token.encode()


def _byte_codes() -> dict[int, int]:
    """The code points that stand for the 256 bytes in byte-level BPE (Radford et al. 2019)."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in set(printable)]
    return {byte: byte for byte in printable} | {256 + n: byte for n, byte in enumerate(others)}


_CODES = _byte_codes()
