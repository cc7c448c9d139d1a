"""The vocabulary of a model for many languages, trimmed to what English and Chinese texts need.

Of the 262,144 tokens of Gemma 3 some 95,000 hold letters of other scripts, or accents. Without them head and
embedding have a third fewer rows; what they stood for is read and written as bytes. A token is kept where
each of its characters is: ASCII, Han, or a punctuation mark, space or symbol of any script. Pairs that are
merged into a kept token consist of such characters, too, so texts of them have the same tokens as before.
"""

from __future__ import annotations

import json
import logging
import shutil
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from writer.base import atomic_file
from writer.base.errors import os_reason
from writer.base.leftovers import new_name, temporary_folder
from writer.base.typed_data import DamagedError, read_json_file
from writer.engine.protocol import EngineError, MachineError
from writer.models import manifest as manifests
from writer.models.derived_files import derived_folder
from writer.models.manifest import ModelError
from writer.text.characters import is_han
from writer.text.language import LANGUAGES

log = logging.getLogger(__name__)

FEWEST_TOKENS = 200_000
"""Tokens from which a vocabulary is trimmed; those of fewer languages have up to some 150,000."""

UNTOUCHED = 512
"""The first ids, which are special tokens and bytes, keep their numbers: config files speak of some."""

RULE_VERSION = 2
"""Increased whenever other tokens are kept, or they are written in another way."""

_FOLDER, _TOKENIZER = "vocabulary", "tokenizer.json"
_MAX_FILE_BYTES, _MAX_VALUES = 256 << 20, 1 << 23
_ALPHABETS = ("LATIN", "GREEK", "CYRILLIC", "HIRAGANA", "KATAKANA")
"""Scripts whose single letters stand in English and Chinese texts."""

_JOINERS = "\ufe0f\u200d"
"""What joins the parts of an emoji."""


@dataclass(frozen=True, slots=True)
class TrimmedVocabulary:
    """A tokenizer's file with fewer tokens, and `rows`, int64 [tokens]: the ids that they had before."""

    tokenizer: Path
    rows: NDArray[np.int64]


def trimmed_vocabulary(folder: Path, count: int) -> TrimmedVocabulary | None:
    """The trimmed vocabulary of the model in `folder`, which has `count` rows; made where it is missing.

    None where it has few tokens, is of another kind, or the model says that it writes other languages, too.
    Raises EngineError where it cannot be written.
    """
    source = folder / _TOKENIZER
    if count < FEWEST_TOKENS or not source.is_file() or not _is_for_these_languages(folder):
        return None
    status = source.stat()
    place = derived_folder(folder) / f"{_FOLDER}-{RULE_VERSION}-{status.st_size}-{status.st_mtime_ns}"
    try:
        if not (place / _TOKENIZER).is_file() and not _make(source, count, place):
            return None
        rows = np.fromfile(place / "rows.bin", np.int64)
        return TrimmedVocabulary(place / _TOKENIZER, rows)
    except OSError as error:
        raise MachineError(
            "The model cannot be prepared in {folder}: {reason}.",
            folder=place.parent,
            reason=os_reason(error),
        ) from error


def trim(tokenizer: Mapping[str, Any], count: int) -> tuple[dict[str, Any], NDArray[np.int64]] | None:
    """The content of a `tokenizer.json` with the kept tokens alone, and their ids before, int64 [tokens].

    Ids from `count` on, for which the model has no rows, are left out, too. None where the tokenizer is no
    BPE with bytes for what it does not know.
    """
    model = tokenizer.get("model", {})
    if model.get("type") != "BPE" or not model.get("byte_fallback"):
        return None
    vocabulary: dict[str, int] = model["vocab"]
    kept = {token: i for token, i in vocabulary.items() if i < count and (i < UNTOUCHED or is_kept(token))}
    rows = np.array(sorted(kept.values()), np.int64)
    new_ids = {old: new for new, old in enumerate(rows.tolist())}
    pairs = (pair.split(" ") if isinstance(pair, str) else pair for pair in model["merges"])
    merges = [p for p in pairs if p[0] in kept and p[1] in kept and p[0] + p[1] in kept]
    added = [{**t, "id": new_ids[t["id"]]} for t in tokenizer.get("added_tokens", []) if t["id"] in new_ids]
    small = {**model, "vocab": {t: new_ids[i] for t, i in kept.items()}, "merges": _short(merges)}
    return {**tokenizer, "model": small, "added_tokens": added}, rows


def _short(merges: list[list[str]]) -> list[list[str]] | list[str]:
    """The pairs as texts with a space between both, where no token holds one.

    The library takes 120 MB less for reading 380,000 of them, and keeps 6 MB less.
    """
    return merges if any(" " in token for pair in merges for token in pair) else [" ".join(p) for p in merges]


def is_kept(token: str) -> bool:
    """Whether English or Chinese texts need a token of SentencePiece, in which "▁" is a space."""
    if token.startswith("<unused"):
        return False
    if len(token) == 1 and not token.isascii():
        return _is_kept_character(token) or unicodedata.name(token, "").startswith(_ALPHABETS)
    return token.isascii() or all(map(_is_kept_character, token))


def _is_kept_character(character: str) -> bool:
    if character.isascii() or is_han(character) or character in _JOINERS:
        return True
    return unicodedata.category(character)[0] in "PSZ" or unicodedata.category(character) in ("No", "Nl")


def _is_for_these_languages(folder: Path) -> bool:
    """Whether the model's manifest names no other languages than those of the program."""
    try:
        manifest = manifests.read(folder)
    except ModelError as error:
        raise EngineError(error.sentence) from error
    return manifest is None or set(manifest.languages) <= set(LANGUAGES)


def _make(source: Path, count: int, place: Path) -> bool:
    """Write the trimmed vocabulary into the folder `place`, whole; False where there is none."""
    try:
        whole = read_json_file(source, dict[str, Any], _MAX_FILE_BYTES, _MAX_VALUES)
        trimmed = trim(whole, count)
    except (DamagedError, AttributeError, KeyError, TypeError, IndexError) as error:
        log.warning("the vocabulary in %s is not trimmed: %s", source.parent.name, type(error).__name__)
        return False
    if trimmed is None:
        return False
    place.parent.mkdir(parents=True, exist_ok=True)
    with temporary_folder(new_name(place.parent)) as making:
        trimmed[1].tofile(making / "rows.bin")
        (making / _TOKENIZER).write_text(json.dumps(trimmed[0], ensure_ascii=False), encoding="utf-8")
        try:
            atomic_file.move(making, place)
        except OSError:
            if not (place / _TOKENIZER).is_file():  # or another process was first
                raise
    for other in set(place.parent.glob(f"{_FOLDER}-*")) - {place}:
        shutil.rmtree(other, ignore_errors=True)
    return True
