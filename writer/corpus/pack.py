"""Packing: documents become rows of one window of tokens, in memory-mapped Arrow files.

Documents follow each other without padding, an end token behind each; only the last row may be shorter than
the window. Packed corpora are cached by a hash of texts, window and encoding.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

from writer.base import atomic_file
from writer.base.progress import CancelCheck, Cancelled, OnProgress, Progress, never
from writer.corpus.build import Corpus
from writer.corpus.document import SourceDocument
from writer.corpus.private_cache import disk_error, make_private_folder, write_private

Encode = Callable[[str], Sequence[int]]

_TRAINING, _HELD_OUT, _ABOUT = "learned.arrow", "held-out.arrow", "packed.json"


@dataclass(frozen=True, slots=True)
class PackSettings:
    """How texts become rows of at most `window` tokens.

    `encode` gives the token ids of a text without special tokens, `end` is the id behind each document, and
    `encoding` names the two in the cache key.
    """

    encode: Encode
    end: int
    window: int
    encoding: str

    def key(self, corpus: Corpus) -> str:
        """The cache key of a corpus that is packed in this way."""
        parts = f"{corpus.sha256} {self.window} {self.end} {self.encoding}"
        return hashlib.sha256(parts.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class PackedCorpus:
    """The folder of a packed corpus, and its numbers of tokens; `open_rows` reads its files."""

    NAMES: ClassVar = (_TRAINING, _HELD_OUT)

    folder: Path
    window: int
    tokens: int
    held_out_tokens: int
    sha256: str

    @property
    def training(self) -> Path:
        """The file of the training rows."""
        return self.folder / _TRAINING

    @property
    def held_out(self) -> Path:
        """The file of the held-out rows."""
        return self.folder / _HELD_OUT


def open_rows(path: Path) -> Any:
    """A memory-mapped `datasets.Dataset` of rows with `input_ids`, int32 [at most window].

    Raises OSError or ValueError where the file is damaged.
    """
    import datasets

    return datasets.Dataset.from_file(str(path)).with_format("numpy")


def pack(
    corpus: Corpus, settings: PackSettings, cache: Path, report: OnProgress, cancelled: CancelCheck = never
) -> PackedCorpus:
    """The documents of `corpus` as rows of tokens, in `cache` in place of older ones.

    The stage of `report` is "packing", counted in documents. Raises CorpusError where the disk cannot be
    written, and Cancelled.
    """
    key = settings.key(corpus)
    folder = make_private_folder(cache) / key[:16]
    if cached := _cached(folder, key):
        return cached
    part = cache / f".{key[:16]}.{secrets.token_hex(4)}.part"
    try:
        encoder = _Encoder(settings, len(corpus.documents), report, cancelled)
        packed = _write(part, corpus, encoder, settings.window, key)
        for older in cache.glob("[!.]*"):
            shutil.rmtree(older, ignore_errors=True)
        atomic_file.move(part, folder)
    except OSError as error:
        raise disk_error(folder, error) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return PackedCorpus(folder, packed.window, packed.tokens, packed.held_out_tokens, key)


def _cached(folder: Path, key: str) -> PackedCorpus | None:
    try:
        about = json.loads((folder / _ABOUT).read_bytes())
        packed = PackedCorpus(folder, **about)
        open_rows(packed.training)
        open_rows(packed.held_out)
        return packed if packed.sha256 == key else None
    except (OSError, ValueError, TypeError):
        return None


def _write(folder: Path, corpus: Corpus, encoder: _Encoder, window: int, key: str) -> PackedCorpus:
    folder.mkdir(mode=0o700)
    tokens = _save(folder / _TRAINING, encoder, corpus.training)
    packed = PackedCorpus(folder, window, tokens, _save(folder / _HELD_OUT, encoder, corpus.held_out), key)
    about = {name: value for name, value in asdict(packed).items() if name != "folder"}
    write_private(folder / _ABOUT, json.dumps(about).encode())
    return packed


def _save(file: Path, encoder: _Encoder, documents: Sequence[SourceDocument]) -> int:
    """Write the rows of some documents; returns their number of tokens."""
    import datasets
    from datasets.arrow_writer import ArrowWriter

    features = datasets.Features({"input_ids": datasets.Sequence(datasets.Value("int32"))})
    tokens = 0
    file.touch(mode=0o600)
    with ArrowWriter(path=str(file), features=features) as writer:
        for row in encoder.rows(documents):
            tokens += len(row)
            writer.write({"input_ids": row})
        writer.finalize()
    return tokens


class _Encoder:
    """Encodes documents as rows and reports progress."""

    def __init__(
        self, settings: PackSettings, total: int, report: OnProgress, cancelled: CancelCheck
    ) -> None:
        self._settings = settings
        self._total = total
        self._report = report
        self._cancelled = cancelled
        self._done = 0

    def rows(self, documents: Sequence[SourceDocument]) -> Iterator[list[int]]:
        """Rows of a window of tokens, the last one perhaps of fewer."""
        window = self._settings.window
        pending: list[int] = []
        for document in documents:
            if self._cancelled():
                raise Cancelled
            self._report(Progress("packing", self._done, self._total))
            self._done += 1
            pending += (*self._settings.encode(document.text), self._settings.end)
            whole = len(pending) - len(pending) % window
            for start in range(0, whole, window):
                yield pending[start : start + window]
            pending = pending[whole:]
        if pending:
            yield pending
