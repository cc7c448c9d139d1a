"""The rules of a byte-level BPE, taken from the library's tokenizer once, and kept beside the model."""

from __future__ import annotations

import hashlib
import json
import logging
import zipfile
from array import array
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from writer.base.atomic_file import replacing
from writer.base.typed_data import read_json
from writer.engine.tokenizer.byte_level_bpe import BpeRules
from writer.engine.tokenizer.token_bytes import BYTE_CODES, read_array
from writer.models.facts.declared_tokens import DeclaredTokens
from writer.models.facts.open_tokenizer import MAX_FILE_BYTES, MAX_TOKENS
from writer.models.facts.special_tokens import SpecialTokens

if TYPE_CHECKING:
    from tokenizers import Tokenizer

log = logging.getLogger(__name__)

_VERSION = 1
_MAX_VALUES = 1 << 23
_BYTES = 256
_SHIFT = 32

_WORDS = {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True}
_DIGITS = {"type": "Digits", "individual_digits": True}
_BEYOND = (
    *("dropout", "byte_fallback", "ignore_merges"),
    *("continuing_subword_prefix", "end_of_word_suffix"),
)
"""What a BPE may do beyond merging."""


@dataclass(frozen=True, slots=True)
class _About:
    """What a file says beside its arrays: the fields of `BpeRules` and `SpecialTokens` that are no arrays."""

    digits_apart: bool
    reserved: dict[str, int]
    start: tuple[int, ...]
    end: tuple[int, ...]
    stops: tuple[int, ...]
    hidden: tuple[int, ...]
    mask: int | None


def rules_name(content: bytes, declared: DeclaredTokens, prefix: str) -> str:
    """The file's name, which depends on the `content` of the tokenizer's file and on all that is declared."""
    told = json.dumps([_VERSION, asdict(declared), prefix], sort_keys=True, default=sorted)  # of sets
    digest = hashlib.sha256(content)
    digest.update(told.encode())
    return f"merges-{digest.hexdigest()[:16]}.npz"


def bpe_rules(tokenizer: Tokenizer, special: SpecialTokens) -> BpeRules | None:
    """The rules of the library's tokenizer; None where it does more than `ByteLevelBpe` covers."""
    model, words = tokenizer.model, tokenizer.pre_tokenizer
    if type(model).__name__ != "BPE" or tokenizer.normalizer is not None or words is None or special.literal:
        return None
    digits_apart = _digits_apart(read_json(words.__getstate__(), dict[str, Any]))
    if digits_apart is None or any(getattr(model, name) for name in _BEYOND):
        return None
    content = read_json(tokenizer.to_str(), dict[str, Any], MAX_FILE_BYTES, _MAX_VALUES)
    ids: dict[str, int] = content["model"]["vocab"]
    reserved = {token["content"]: token["id"] for token in content["added_tokens"]}
    if any(ord(letter) not in BYTE_CODES for name in ids.keys() - reserved.keys() for letter in name):
        return None
    merged: dict[int, int] = {}
    for rank, pair in enumerate(content["model"]["merges"]):
        left, right = pair if isinstance(pair, list) else pair.split(" ")
        merged[ids[left] << _SHIFT | ids[right]] = rank << _SHIFT | ids[left + right]
    pairs = sorted(merged)
    letters = {byte: chr(code) for code, byte in BYTE_CODES.items()}
    return BpeRules(
        pairs=array("q", pairs),
        merged=array("q", [merged[pair] for pair in pairs]),
        byte_ids=tuple(ids.get(letters[byte], -1) for byte in range(_BYTES)),
        digits_apart=digits_apart,
        reserved=reserved,
    )


def _digits_apart(words: dict[str, Any]) -> bool | None:
    """Whether a pre-tokenizer splits digits before it splits words as GPT-2 does; None for any other one."""
    *before, last = words["pretokenizers"] if words["type"] == "Sequence" else [words]
    if before not in ([], [_DIGITS]) or any(last.get(name) != value for name, value in _WORDS.items()):
        return None
    return bool(before)


def read_rules(file: Path) -> tuple[BpeRules, SpecialTokens] | None:
    """The rules and special tokens in `file`; None where there is no file or it is damaged."""
    try:
        with zipfile.ZipFile(file) as archive:
            pairs, merged, byte_ids, told = (
                read_array(archive, name) for name in ("pairs", "merged", "bytes", "about")
            )
        _check(pairs, merged, byte_ids)
        about = read_json(told.tobytes(), _About)
    except FileNotFoundError:
        return None
    except Exception as error:  # noqa: BLE001  zipfile and numpy raise what they meet in damaged files
        log.warning("the merges %s are damaged and made again: %s", file.name, type(error).__name__)
        return None
    special = SpecialTokens(
        start=about.start,
        end=about.end,
        stops=frozenset(about.stops),
        hidden=frozenset(about.hidden),
        literal={},
        unoffered=frozenset(),
        mask=about.mask,
    )
    numbers = array("q", pairs.tobytes()), array("q", merged.tobytes())
    return BpeRules(*numbers, tuple(byte_ids.tolist()), about.digits_apart, about.reserved), special


def _check(pairs: NDArray[Any], merged: NDArray[Any], byte_ids: NDArray[Any]) -> None:
    """Raise ValueError where the arrays are none of rules."""
    if [values.dtype.str for values in (pairs, merged, byte_ids)] != ["<i8", "<i8", "<i8"]:
        raise ValueError("types")
    if len(pairs) != len(merged) or len(byte_ids) != _BYTES or (np.diff(pairs) <= 0).any():
        raise ValueError("sizes")
    ids = np.concatenate([merged & ((1 << _SHIFT) - 1), byte_ids])
    if (merged < 0).any() or (ids < -1).any() or (ids >= MAX_TOKENS).any():
        raise ValueError("ids")


def write_rules(file: Path, rules: BpeRules, special: SpecialTokens) -> None:
    """Write them to `file` atomically, in place of any other there; a failure is logged and ignored."""
    about = _About(
        digits_apart=rules.digits_apart,
        reserved=rules.reserved,
        start=special.start,
        end=special.end,
        stops=tuple(special.stops),
        hidden=tuple(special.hidden),
        mask=special.mask,
    )
    arrays: dict[str, NDArray[Any]] = {
        "pairs": np.frombuffer(rules.pairs, np.int64),
        "merged": np.frombuffer(rules.merged, np.int64),
        "bytes": np.array(rules.byte_ids, np.int64),
        "about": np.frombuffer(json.dumps(asdict(about)).encode(), np.uint8),
    }
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with replacing(file, sync=False) as part:
            np.savez(part, allow_pickle=False, **arrays)
        for other in set(file.parent.glob("merges-*.npz")) - {file}:
            other.unlink(missing_ok=True)
    except OSError as error:
        log.warning("the merges %s cannot be written: %s", file, error)
