"""Packing: documents become rows of one window of tokens, in memory-mapped files.

Documents follow each other without padding, an end token behind each, and each row begins with the tokens
that the engine puts before any text, for models that foretell nothing without them; only the last row of a
group (`mixture.RowGroup`) may be shorter than the window. Packed corpora are cached by a hash of texts,
window and encoding.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, ClassVar

from writer.base import atomic_file
from writer.base.leftovers import new_name, temporary_folder
from writer.base.progress import CancelCheck, Cancelled, OnProgress, Progress, never
from writer.base.typed_data import Count, DamagedError, read_json_file
from writer.corpus.build import Corpus
from writer.corpus.document import SourceDocument
from writer.corpus.mixture import RowGroup, SourceWeight, by_readings, epoch_tokens
from writer.corpus.private_cache import disk_error, make_private_folder, write_private
from writer.corpus.rows.arrow_stream import read_arrow_stream
from writer.corpus.rows.row_file import RowWriter, TokenRows, read_row_file

Encode = Callable[[str], Sequence[int]]

log = logging.getLogger(__name__)

_LIMIT = 1 << 16
"""Bytes of the file with the numbers of a packed corpus."""

_PIECE = 250_000
"""The most characters that are encoded at a time: tokenizers take some 150 bytes for each."""

_TRAINING, _HELD_OUT, _ABOUT = "learned.rows", "held-out.rows", "packed.json"

EARLIER = ".arrow"
"""The end of the names of files of rows that earlier versions wrote."""


@dataclass(frozen=True, slots=True)
class PackSettings:
    """How texts become rows of at most `window` tokens.

    `encode` gives the token ids of a text without special tokens, `end` is the id behind each document, and
    `encoding` names the two in the cache key. `start` are the ids at the beginning of each row; an `end` that
    would stand behind them, and says the same, is left out. `weights` divide the rows into groups.
    """

    encode: Encode
    end: int
    window: int
    encoding: str
    start: tuple[int, ...] = ()
    weights: tuple[SourceWeight, ...] = ()

    def key(self, corpus: Corpus) -> str:
        """The cache key of a corpus that is packed in this way."""
        parts = f"{corpus.sha256} {self.window} {self.start} {self.end} {self.encoding}"
        if self.weights:
            parts += f" {self.weights}"
        return hashlib.sha256(parts.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class PackedCorpus:
    """The folder of a packed corpus, and its numbers of tokens; `open_rows` reads its files.

    `groups` are the training rows in their order; none are known of what an earlier version packed.
    """

    NAMES: ClassVar = (_TRAINING, _HELD_OUT)

    folder: Path
    window: int
    tokens: int
    held_out_tokens: int
    sha256: str
    groups: tuple[RowGroup, ...] = ()

    @property
    def epoch_tokens(self) -> int:
        """The tokens of an epoch, in which some are read more often, or not all."""
        return epoch_tokens(self.groups) if self.groups else self.tokens

    @property
    def training(self) -> Path:
        """The file of the training rows."""
        return self.folder / _TRAINING

    @property
    def held_out(self) -> Path:
        """The file of the rows that choose the checkpoint; those of the proof are not packed."""
        return self.folder / _HELD_OUT


@dataclass(frozen=True, slots=True)
class _PackedJson:
    """What the folder of a packed corpus says of it."""

    window: Count
    tokens: Count
    held_out_tokens: Count
    sha256: str
    groups: tuple[RowGroup, ...] = ()


def open_rows(path: Path) -> TokenRows:
    """The memory-mapped rows of a file; or those that an earlier version packed beside it, in another format.

    Raises DamagedError and OSError.
    """
    earlier = path.with_suffix(EARLIER)
    if not path.exists() and earlier.exists():
        return read_arrow_stream(earlier)
    return read_row_file(path)


def require_fitting(groups: Sequence[RowGroup], rows: Any) -> None:
    """Raise DamagedError where there are groups, but not of so many rows."""
    if groups and sum(group.rows for group in groups) != len(rows):
        raise DamagedError("groups of other rows")


def pack(
    corpus: Corpus,
    settings: PackSettings,
    cache: Path,
    on_progress: OnProgress,
    cancelled: CancelCheck = never,
) -> PackedCorpus:
    """The documents of `corpus` as rows of tokens, in `cache` in place of older ones.

    The stage of `on_progress` is "packing", counted in documents. Raises CorpusError where the disk cannot be
    written, and Cancelled.
    """
    key = settings.key(corpus)
    folder = make_private_folder(cache) / key[:16]
    if cached := _cached(folder, key):
        return cached
    try:
        encoder = _Encoder(settings, len(corpus.training + corpus.choosing), on_progress, cancelled)
        with temporary_folder(new_name(cache)) as part:
            packed = _write(part, corpus, encoder, settings, key)
            for older in cache.glob("[!.]*"):
                shutil.rmtree(older, ignore_errors=True)
            atomic_file.move(part, folder)
    except OSError as error:
        raise disk_error(folder, error) from error
    return replace(packed, folder=folder)


def _cached(folder: Path, key: str) -> PackedCorpus | None:
    try:
        about = read_json_file(folder / _ABOUT, _PackedJson, _LIMIT)
        packed = PackedCorpus(folder=folder, **{one.name: getattr(about, one.name) for one in fields(about)})
        require_fitting(packed.groups, read_row_file(packed.training))
        read_row_file(packed.held_out)
        return packed if packed.sha256 == key else None
    except FileNotFoundError:
        return None
    except (OSError, DamagedError) as error:
        log.warning("a packed corpus is damaged and made again: %s", type(error).__name__)
        return None


def _write(folder: Path, corpus: Corpus, encoder: _Encoder, settings: PackSettings, key: str) -> PackedCorpus:
    by_weight = by_readings(corpus.training, settings.weights)
    learned = _save(folder / _TRAINING, encoder, by_weight.values())
    [(_rows, held_out)] = _save(folder / _HELD_OUT, encoder, [corpus.choosing])
    groups = tuple(RowGroup(*numbers, readings) for readings, numbers in zip(by_weight, learned, strict=True))
    tokens = sum(group.tokens for group in groups)
    packed = PackedCorpus(folder, settings.window, tokens, held_out, key, groups)
    about = {name: value for name, value in asdict(packed).items() if name != "folder"}
    write_private(folder / _ABOUT, json.dumps(about).encode())
    return packed


def _save(file: Path, encoder: _Encoder, groups: Iterable[Sequence[SourceDocument]]) -> list[tuple[int, int]]:
    """Write the rows of groups of documents; returns the numbers of rows and tokens of each group."""
    numbers = []
    file.touch(mode=0o600)
    with RowWriter(file) as writer:
        for documents in groups:
            rows = tokens = 0
            for row in encoder.rows(documents):
                rows, tokens = rows + 1, tokens + len(row)
                writer.write(row)
            numbers.append((rows, tokens))
    return numbers


def _pieces(text: str) -> Iterator[str]:
    """The text in pieces of at most _PIECE characters, each up to the end of a line or word."""
    begin = 0
    while len(text) - begin > _PIECE:
        ends = (text.rfind(mark, begin + 1, begin + _PIECE) for mark in "\n ")
        end = next((end for end in ends if end > 0), begin + _PIECE)
        yield text[begin:end]
        begin = end
    yield text[begin:]


class _Encoder:
    """Encodes documents as rows and reports progress."""

    def __init__(
        self, settings: PackSettings, total: int, on_progress: OnProgress, cancelled: CancelCheck
    ) -> None:
        self._settings = settings
        self._total = total
        self._on_progress = on_progress
        self._cancelled = cancelled
        self._done = 0

    def rows(self, documents: Sequence[SourceDocument]) -> Iterator[list[int]]:
        """Rows of a window of tokens, the last one perhaps of fewer."""
        start = self._settings.start
        room = max(1, self._settings.window - len(start))
        pending: list[int] = []
        for ids in self._encoded(documents):
            pending += ids
            taken = self._repeated(pending, 0)
            while taken + room <= len(pending):
                yield [*start, *pending[taken : taken + room]]
                taken += room
                taken += self._repeated(pending, taken)
            pending = pending[taken:]
        if pending:
            yield [*start, *pending]

    def _encoded(self, documents: Sequence[SourceDocument]) -> Iterator[Sequence[int]]:
        """The ids of all documents, in pieces."""
        for document in documents:
            self._on_progress(Progress("packing", self._done, self._total))
            self._done += 1
            for piece in _pieces(document.text):
                if self._cancelled():
                    raise Cancelled
                yield self._settings.encode(piece)
            yield (self._settings.end,)

    def _repeated(self, ids: Sequence[int], place: int) -> int:
        """1 where the id at a place says what the start of a row says, else 0."""
        return int(ids[place : place + 1] == list(self._settings.start[-1:]) != [])
