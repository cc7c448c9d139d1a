"""What a run learns from, kept in its folder: token sequences, and the documents that were held out.

The person's folder is read once, before the first step; a resumed run asks for it no more.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from writer.base import atomic_file
from writer.corpus import build as corpora
from writer.corpus.build import Corpus
from writer.corpus.document import Step
from writer.corpus.pack import PackedCorpus, open_rows, pack
from writer.corpus.private_cache import corpus_cache
from writer.corpus.scan import EXCLUDED, FolderSnapshot, ScanRules
from writer.engine.generation.prompt import MARKERS
from writer.engine.tokenizer.vocabulary import Vocabulary
from writer.evaluation.documents import EvaluationDocument
from writer.training.events import OnEvent, Stage, TrainingRequest
from writer.training.run_folder import TrainingRun, link_or_copy, write

_ABOUT, _PACKED, _SNAPSHOT = "texts.json", "packed", "snapshot.json"
_INTERVAL = 0.1
"""Seconds between two words on how far it is."""


@dataclass(frozen=True, slots=True)
class TrainingTexts:
    """`rows` and `held_out` have `input_ids` of at most a window each; `proof` are the held-out documents.

    `documents` and `tokens` count what is learned from, `held_out_documents` what is not; `sha256` is the
    hash of all of it.
    """

    rows: Any
    held_out: Any
    proof: tuple[EvaluationDocument, ...]
    documents: int
    held_out_documents: int
    tokens: int
    sha256: str


def gather_texts(
    run: TrainingRun,
    vocabulary: Vocabulary,
    prefix: str,
    window: int,
    report: OnEvent,
    cancelled: Callable[[], bool],
) -> TrainingTexts:
    """Read a person's folder into sequences of `window` tokens. Raises UserError, Cancelled.

    `prefix` is the base's own word for what stands in front of prose (`Manifest.prefix`).
    """
    request = run.request()
    corpus = read_corpus(request, report, cancelled)
    corpus.require_enough()
    packed = pack_for(request, corpus, vocabulary, prefix, window, report, cancelled)
    about = {
        "documents": len(corpus.learned),
        "held_out_documents": len(corpus.held_out),
        "tokens": packed.tokens,
        "sha256": corpus.sha256,
        "proof": [asdict(EvaluationDocument(d.name, d.text)) for d in corpus.held_out],
    }
    write(run.path, lambda path: _save(path, packed, about))
    corpus.scan.snapshot().save(run.path / _SNAPSHOT)
    texts = load(run.path)
    assert texts is not None
    return texts


def read_corpus(request: TrainingRequest, report: OnEvent, cancelled: Callable[[], bool]) -> Corpus:
    """The documents of the wish's folder. Raises CorpusError, Cancelled."""
    rules = ScanRules((*EXCLUDED, *request.excluded))
    return corpora.build_corpus(
        Path(request.folder), corpus_cache(), _Teller(report), rules, cancelled=cancelled
    )


def pack_for(
    request: TrainingRequest,
    corpus: Corpus,
    vocabulary: Vocabulary,
    prefix: str,
    window: int,
    report: OnEvent,
    cancelled: Callable[[], bool],
) -> PackedCorpus:
    """The documents as the sequences that the wish's base reads. Raises CorpusError, Cancelled."""
    return pack(
        corpus,
        vocabulary.encode,
        end_token(vocabulary, prefix),
        window,
        request.base,
        corpora.cache_folder(corpus_cache(), Path(request.folder)) / _PACKED,
        _Teller(report),
        cancelled,
    )


def end_token(vocabulary: Vocabulary, prefix: str) -> int:
    """What stands between documents: what the engine puts in front of one, so that both look the same."""
    found = (vocabulary.id_of(name) for name in (prefix, *MARKERS))
    return next((i for i in found if i is not None), min(vocabulary.specials, default=0))


def mark_trained(run: TrainingRun) -> None:
    """A model of this run is out: later changes of its folder count from here."""
    if snapshot := FolderSnapshot.load(run.path / _SNAPSHOT):
        corpora.mark_trained(Path(run.request().folder), snapshot, corpus_cache())


def load(folder: Path) -> TrainingTexts | None:
    """The texts of a run, memory mapped; None where it did not come so far."""
    try:
        about = json.loads((folder / _ABOUT).read_text("utf-8"))
        proof = tuple(EvaluationDocument(**document) for document in about.pop("proof"))
        rows, held_out = (open_rows(folder / _PACKED / name) for name in PackedCorpus.NAMES)
        return TrainingTexts(rows=rows, held_out=held_out, proof=proof, **about)
    except (OSError, ValueError, KeyError, TypeError):
        shutil.rmtree(folder / _PACKED, ignore_errors=True)
        return None


def _save(folder: Path, packed: PackedCorpus, about: dict[str, Any]) -> None:
    """Put the rows into the run's folder: the same bytes on the disk, there also when the cache is not."""
    shutil.rmtree(folder / _PACKED, ignore_errors=True)
    shutil.copytree(packed.folder, folder / _PACKED, copy_function=link_or_copy)
    atomic_file.replace(folder / _ABOUT, json.dumps(about, ensure_ascii=False).encode())


class _Teller:
    """Says how far the reading is, but not too often."""

    def __init__(self, report: OnEvent) -> None:
        self._report = report
        self._stage = ""
        self._said = 0.0

    def __call__(self, step: Step) -> None:
        now = time.monotonic()
        if step.stage != self._stage or now - self._said > _INTERVAL:
            self._stage, self._said = step.stage, now
            self._report(Stage(step.stage, step.done, step.total))
