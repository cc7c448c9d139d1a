"""A converter from a SentencePiece model to the `tokenizer.json` of the same pieces, without the library.

The format is the protocol buffer of https://github.com/google/sentencepiece (sentencepiece_model.proto). Two
kinds are converted: unigram models, and BPE models, whose merges follow from the pieces' scores.
"""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from writer.base.regular_file import read_regular
from writer.models.manifest import ModelError

MAX_BYTES = 64 << 20
MAX_PIECES = 1 << 20
MAX_PIECE = 512
"""Bytes of a piece, a few times as many as any has; BPE pieces are cut at each place."""

SPACE = "▁"
UNIGRAM, BPE = 1, 2
_UNKNOWN, _CONTROL, _USER_DEFINED, _UNUSED = 2, 3, 4, 5
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


class _FormatError(Exception):
    """The file is no SentencePiece model, or damaged."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece with its score, and its type, of which 1 is an ordinary one."""

    text: str
    score: float = 0.0
    kind: int = 1


@dataclass(slots=True)
class PieceModel:
    """What of a SentencePiece model decides its tokens, with the format's defaults."""

    pieces: list[Piece] = field(default_factory=list)
    kind: int = UNIGRAM
    unknown: int = 0
    start: int = 1
    byte_fallback: bool = False
    charsmap: bytes = b""
    dummy_prefix: bool = True
    trims_spaces: bool = True


def tokenizer_json(file: Path, adds_start: bool = True) -> bytes:
    """The content of the `tokenizer.json` for the SentencePiece model in `file`.

    `adds_start` says whether BPE models put their start token before a text. Raises ModelError where the file
    is damaged, or of a kind that cannot be converted, and OSError.
    """
    return json.dumps(_tokenizer(read_pieces(file), adds_start), ensure_ascii=False).encode()


def read_pieces(file: Path) -> PieceModel:
    """What the SentencePiece model in `file` says of its tokens. Raises as `tokenizer_json` does."""
    try:
        return _read(read_regular(file, MAX_BYTES)[0])
    except (_FormatError, struct.error, UnicodeDecodeError) as error:
        raise unreadable(file) from error


def unreadable(file: Path) -> ModelError:
    """The error for a model of a kind that cannot be converted."""
    return ModelError(
        "The list of words of this model ({file}) is of a kind that Writer cannot read; choose another.",
        file=file.name,
    )


def _read(data: bytes) -> PieceModel:
    model = PieceModel()
    for number, value in _fields(data):
        if number == 1:
            model.pieces.append(_piece(_as_bytes(value)))
        elif number == 2:
            _read_trainer(_as_bytes(value), model)
        elif number == 3:
            _read_normalizer(_as_bytes(value), model)
    texts = {piece.text for piece in model.pieces}
    if not 0 < len(model.pieces) <= MAX_PIECES or len(texts) != len(model.pieces):
        raise _FormatError("pieces")
    if model.kind not in (UNIGRAM, BPE) or not 0 <= model.unknown < len(model.pieces):
        raise _FormatError("kind")
    return model


def _piece(data: bytes) -> Piece:
    values = dict(_fields(data))
    text, score = values.get(1, b""), values.get(2, b"\0\0\0\0")
    kind = values.get(3, 1)
    if not isinstance(text, bytes) or not 0 < len(text) <= MAX_PIECE or not isinstance(kind, int):
        raise _FormatError("a piece")
    return Piece(text.decode("utf-8"), struct.unpack("<f", _as_bytes(score))[0], kind)


def _read_trainer(data: bytes, model: PieceModel) -> None:
    values = {number: value for number, value in _fields(data) if isinstance(value, int)}
    model.kind = values.get(3, UNIGRAM)
    model.byte_fallback = bool(values.get(35, 0))
    model.unknown = values.get(40, 0)
    start = values.get(41, 1)
    model.start = start if start < 1 << 31 else -1


def _read_normalizer(data: bytes, model: PieceModel) -> None:
    values = dict(_fields(data))
    model.charsmap = _as_bytes(values.get(2, b""))
    model.dummy_prefix = bool(values.get(3, 1))
    model.trims_spaces = bool(values.get(4, 1))


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of a message: number, and an integer, or the bytes of anything else."""
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            value, place = _varint(data, place)
            yield number, value
            continue
        if kind == _BYTES:
            length, place = _varint(data, place)
        elif kind in (_FIXED32, _FIXED64):
            length = 4 if kind == _FIXED32 else 8
        else:
            raise _FormatError("type of a field")
        if place + length > len(data):
            raise _FormatError("the data ends")
        yield number, data[place : place + length]
        place += length


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if place >= len(data):
            raise _FormatError("the data ends")
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
    raise _FormatError("a number")


def _as_bytes(value: int | bytes) -> bytes:
    if not isinstance(value, bytes):
        raise _FormatError("type of a field")
    return value


def _tokenizer(model: PieceModel, adds_start: bool) -> dict[str, Any]:
    """The content of `tokenizer.json`."""
    has_start = model.kind == BPE and adds_start and 0 <= model.start < len(model.pieces)
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [_added(i, piece) for i, piece in enumerate(model.pieces) if _is_added(piece)],
        "normalizer": _normalizer(model),
        "pre_tokenizer": _metaspace(model) if model.kind == UNIGRAM else None,
        "post_processor": _with_start(model) if has_start else None,
        "decoder": _metaspace(model) if model.kind == UNIGRAM else _bpe_decoder(model),
        "model": _unigram(model) if model.kind == UNIGRAM else _bpe(model),
    }


def _is_added(piece: Piece) -> bool:
    return piece.kind in (_UNKNOWN, _CONTROL, _USER_DEFINED)


def _added(number: int, piece: Piece) -> dict[str, Any]:
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    return {"id": number, "content": piece.text, **flags, "special": piece.kind != _USER_DEFINED}


def _normalizer(model: PieceModel) -> dict[str, Any] | None:
    steps: list[dict[str, Any]] = []
    if model.charsmap:
        charsmap = base64.b64encode(model.charsmap).decode()
        steps.append({"type": "Precompiled", "precompiled_charsmap": charsmap})
    if model.trims_spaces:
        steps.append({"type": "Strip", "strip_left": model.kind == BPE, "strip_right": True})
        single = SPACE if model.kind == UNIGRAM else " "
        steps.append({"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": single})
    if model.kind == BPE:
        if model.dummy_prefix:
            steps.append({"type": "Prepend", "prepend": SPACE})
        steps.append({"type": "Replace", "pattern": {"String": " "}, "content": SPACE})
    return {"type": "Sequence", "normalizers": steps} if steps else None


def _metaspace(model: PieceModel) -> dict[str, Any]:
    scheme = "always" if model.dummy_prefix else "never"
    return {"type": "Metaspace", "replacement": SPACE, "prepend_scheme": scheme, "split": True}


def _bpe_decoder(model: PieceModel) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"type": "Replace", "pattern": {"String": SPACE}, "content": " "}]
    steps += [{"type": "ByteFallback"}, {"type": "Fuse"}]
    if model.dummy_prefix:
        steps.append({"type": "Strip", "content": " ", "start": 1, "stop": 0})
    return {"type": "Sequence", "decoders": steps}


def _with_start(model: PieceModel) -> dict[str, Any]:
    token = model.pieces[model.start].text
    start, text = {"SpecialToken": {"id": token, "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}
    second = {"Sequence": {"id": "B", "type_id": 1}}
    return {
        "type": "TemplateProcessing",
        "single": [start, text],
        "pair": [start, text, second],
        "special_tokens": {token: {"id": token, "ids": [model.start], "tokens": [token]}},
    }


def _unigram(model: PieceModel) -> dict[str, Any]:
    return {
        "type": "Unigram",
        "unk_id": model.unknown,
        "vocab": [[piece.text, piece.score] for piece in model.pieces],
        "byte_fallback": model.byte_fallback,
    }


def _bpe(model: PieceModel) -> dict[str, Any]:
    return {
        "type": "BPE",
        "dropout": None,
        "unk_token": model.pieces[model.unknown].text,
        "continuing_subword_prefix": None,
        "end_of_word_suffix": None,
        "fuse_unk": True,
        "byte_fallback": model.byte_fallback,
        "ignore_merges": False,
        "vocab": {piece.text: i for i, piece in enumerate(model.pieces)},
        "merges": _merges(model),
    }


def _merges(model: PieceModel) -> list[list[str]]:
    """All pairs of pieces that make a piece, the best first: by its score, then by the first one's place."""
    places = {piece.text: i for i, piece in enumerate(model.pieces) if piece.kind not in (_CONTROL, _UNUSED)}
    found = []
    for piece in model.pieces:
        text = piece.text
        if text not in places or piece.kind == _UNKNOWN:
            continue
        cuts = [(text[:i], text[i:]) for i in range(1, len(text))]
        pairs = [pair for pair in cuts if pair[0] in places and pair[1] in places]
        found += [(piece.score, *pair) for pair in sorted(pairs, key=lambda p: (places[p[0]], places[p[1]]))]
    found.sort(key=lambda merge: (merge[0], len(merge[1]), len(merge[2])), reverse=True)
    return [[first, second] for _, first, second in found]
