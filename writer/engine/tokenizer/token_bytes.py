"""The table of the bytes of every token, computed from the tokenizer and cached as a file.

Computing it takes a tenth of a second, most of it in calls that hold the interpreter lock and so block the
window; reading the file does not.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import math
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from writer.base.atomic_file import replacing
from writer.engine.tokenizer.byte_strings import ByteStrings
from writer.models.facts.open_tokenizer import MAX_TOKENS
from writer.models.facts.special_tokens import SpecialTokens
from writer.text.language import is_cjk

if TYPE_CHECKING:
    from tokenizers import Tokenizer

log = logging.getLogger(__name__)

_TABLE_VERSION = 2
_MAX_ARRAY_BYTES = 64 << 20
_BYTE = re.compile("<0x([0-9A-Fa-f]{2})>")


@dataclass(frozen=True, slots=True)
class TokenTable:
    """The bytes of tokens: `token_bytes[i]` is what token i adds to a text, b"" for special tokens.

    `sorted_ids`, int64 [n], are the ids of the tokens that may be generated, sorted by their bytes.
    """

    token_bytes: ByteStrings
    sorted_ids: NDArray[np.int64]


def make_token_table(tokenizer: Tokenizer, kind: str, special: SpecialTokens) -> TokenTable:
    """The table of a tokenizer; `kind` is "byte-level", "sentencepiece", "wordpiece" or "plain".

    Raises ValueError where it has no tokens, or ids of more than MAX_TOKENS.
    """
    to_bytes = {
        "byte-level": _byte_level_bytes,
        "sentencepiece": _sentencepiece_bytes,
        "wordpiece": _wordpiece_bytes,
    }.get(kind, str.encode)
    vocabulary = tokenizer.get_vocab(with_added_tokens=True)
    largest = max(vocabulary.values(), default=-1)
    if not 0 <= largest < MAX_TOKENS:
        raise ValueError("its tokens have no usable numbers")
    token_bytes = [b""] * (largest + 1)
    for token, i in vocabulary.items():
        if i not in special.hidden:
            token_bytes[i] = to_bytes(token)
    offered = [b"" if i in special.unoffered else data for i, data in enumerate(token_bytes)]
    return TokenTable(ByteStrings.of(token_bytes), np.array(_sorted_ids(offered), np.int64))


def table_name(content: bytes, special: SpecialTokens) -> str:
    """The file's name, which depends on the `content` of the tokenizer's file and on `special`."""
    kept = json.dumps([_TABLE_VERSION, sorted(special.hidden), sorted(special.unoffered)])
    digest = hashlib.sha256(content)
    digest.update(kept.encode())
    return f"pieces-{digest.hexdigest()[:16]}.npz"


def read_table(file: Path) -> TokenTable | None:
    """The table in `file`; None where there is no file or it is damaged."""
    try:
        with zipfile.ZipFile(file) as archive:
            blob, ends, sorted_ids = (read_array(archive, name) for name in ("blob", "ends", "order"))
        return _checked_table(blob, ends, sorted_ids)
    except FileNotFoundError:
        return None
    except Exception as error:  # noqa: BLE001  zipfile and numpy raise what they meet in damaged files
        log.warning("the table %s is damaged and made again: %s", file.name, type(error).__name__)
        return None


def read_array(archive: zipfile.ZipFile, name: str) -> NDArray[Any]:
    """An array of a file that numpy has saved. ValueError where its header speaks of other bytes."""
    member = archive.getinfo(f"{name}.npy")
    if member.file_size > _MAX_ARRAY_BYTES:
        raise ValueError(name)
    stream = io.BytesIO(archive.read(member))
    if np.lib.format.read_magic(stream) != (1, 0):
        raise ValueError(name)
    shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
    if dtype.hasobject or len(shape) != 1:
        raise ValueError(name)
    array = np.frombuffer(stream.getbuffer(), dtype, offset=stream.tell())
    if len(array) != math.prod(shape):
        raise ValueError(name)
    return array


def _checked_table(blob: NDArray[Any], ends: NDArray[Any], sorted_ids: NDArray[Any]) -> TokenTable:
    """The table of these arrays. ValueError where they do not fit together."""
    if [array.dtype.str for array in (blob, ends, sorted_ids)] != ["|u1", "<i8", "<i8"] or not len(ends):
        raise ValueError("types")
    lengths = np.diff(ends, prepend=0)
    if lengths.min() < 0 or ends[-1] != len(blob):
        raise ValueError("ends")
    if ((sorted_ids < 0) | (sorted_ids >= len(ends))).any():
        raise ValueError("ids")
    seen = np.zeros(len(ends), bool)
    seen[sorted_ids] = True
    if np.count_nonzero(seen) != len(sorted_ids):  # np.unique would import numpy.ma for it
        raise ValueError("ids")
    return TokenTable(ByteStrings(blob.tobytes(), ends.tolist()), sorted_ids)


def write_table(file: Path, table: TokenTable) -> None:
    """Write the table to `file` atomically, in place of any other there; a failure is logged and ignored."""
    ends = np.cumsum([len(data) for data in table.token_bytes])
    blob = np.frombuffer(b"".join(table.token_bytes), np.uint8)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with replacing(file, sync=False) as part:
            np.savez(part, blob=blob, ends=ends, order=table.sorted_ids)
        for other in set(file.parent.glob("pieces-*.npz")) - {file}:
            other.unlink(missing_ok=True)
    except OSError as error:
        log.warning("the table %s cannot be written: %s", file, error)


def _sorted_ids(token_bytes: list[bytes]) -> list[int]:
    """The ids of tokens with bytes, sorted by their bytes.

    They are sorted in buckets, so that no single call holds the interpreter lock for long.
    """
    buckets: dict[bytes, list[int]] = {}
    for i, data in enumerate(token_bytes):
        if data:
            buckets.setdefault(data[:2], []).append(i)
    return [i for first in sorted(buckets) for i in sorted(buckets[first], key=token_bytes.__getitem__)]


def _byte_level_bytes(token: str) -> bytes:
    """A token of other letters than those of bytes is an added one, which stands for itself."""
    if all(ord(letter) in BYTE_CODES for letter in token):
        return token.translate(BYTE_CODES).encode("latin-1")
    return token.encode()


def _sentencepiece_bytes(token: str) -> bytes:
    if byte := _BYTE.fullmatch(token):
        return bytes([int(byte[1], 16)])
    return token.replace("▁", " ").encode()


def _wordpiece_bytes(token: str) -> bytes:
    """A token of letters or digits has a space before it; continuations ("##") and Chinese have none."""
    if token.startswith("[unused") and token.endswith("]"):
        return b""
    if token.startswith("##"):
        return token[2:].encode()
    starts_word = token[:1].isalnum() and not is_cjk(token[0])
    return (b" " if starts_word else b"") + token.encode()


def _byte_codes() -> dict[int, int]:
    """From the code points of byte-level BPE (Radford et al., 2019) to the bytes that they stand for."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in set(printable)]
    return {byte: byte for byte in printable} | {256 + n: byte for n, byte in enumerate(others)}


BYTE_CODES = _byte_codes()
"""What the letters in the names of byte-level tokens stand for, by code point."""
