"""The dataset of a run, saved in its folder: token rows, and the text of the held-out documents.

The source folder is read once, before the first step; a resumed run does not need it.
"""

from __future__ import annotations

import json
import logging
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from writer.base import atomic_file
from writer.base.progress import CancelCheck, OnProgress, throttled
from writer.base.typed_data import Count, DamagedError, read_json_file
from writer.corpus import build as corpora
from writer.corpus.build import Corpus, FolderTexts
from writer.corpus.document import make_document
from writer.corpus.languages import main_language, tell_languages
from writer.corpus.mixture import RowGroup, SourceWeight, epoch_tokens, require_covering
from writer.corpus.overlap import largest_overlap
from writer.corpus.pack import PackedCorpus, PackSettings, open_rows, pack, require_fitting
from writer.corpus.private_cache import corpus_cache
from writer.corpus.scan import EXCLUDED, FolderSnapshot, ScanRules
from writer.engine.tokenizer.vocabulary import Vocabulary
from writer.evaluation.documents import EvaluationDocument, read_documents
from writer.models import manifest as manifests
from writer.models import tokenizer_files
from writer.models.model_folder import ModelFolder
from writer.text.language import language_of
from writer.training.events import OnEvent, Stage, TrainingRequest
from writer.training.run_folder import TrainingRun, link_or_copy, write

log = logging.getLogger(__name__)

_ABOUT, _PACKED, _SNAPSHOT = "texts.json", "packed", "snapshot.json"
_LIMIT = 1 << 30
"""Bytes of the file with the held-out documents."""


@dataclass(frozen=True, slots=True)
class TrainingTexts:
    """The texts of a run. `rows` and `held_out` are `TokenRows`: `input_ids`, int32 [at most window].

    `choosing` are the documents of the `held_out` rows, by which the checkpoint is chosen, `proof` those that
    are looked at once, after the training. `documents` and `tokens` count the training documents,
    `held_out_documents` those of the proof; `sha256` is the hash of all texts (`Corpus.sha256`). `overlap` is
    the share of a text of the proof that is also learned, None where it is not known. `language` is that of
    most words of the proof. `groups` are those of the packed corpus (`PackedCorpus.groups`).
    """

    rows: Any
    held_out: Any
    proof: tuple[EvaluationDocument, ...]
    documents: int
    held_out_documents: int
    tokens: int
    sha256: str
    overlap: float | None = None
    choosing: tuple[EvaluationDocument, ...] = ()
    language: str = ""
    groups: tuple[RowGroup, ...] = ()

    @property
    def epoch_tokens(self) -> int:
        """The tokens of an epoch, as `PackedCorpus.epoch_tokens`."""
        return epoch_tokens(self.groups) if self.groups else self.tokens


@dataclass(frozen=True, slots=True)
class _TextsJson:
    """What a run's folder says of its texts."""

    proof: tuple[EvaluationDocument, ...]
    documents: Count
    held_out_documents: Count
    tokens: Count
    sha256: str
    overlap: float | None = None
    choosing: tuple[EvaluationDocument, ...] = ()
    language: str = ""
    groups: tuple[RowGroup, ...] = ()


def gather_texts(
    run: TrainingRun, corpus: Corpus, settings: PackSettings, on_event: OnEvent, cancelled: CancelCheck
) -> TrainingTexts:
    """Pack a corpus into rows of tokens and save them in the run's folder, with the texts of the proof.

    Raises CorpusError, TrainingError, Cancelled.
    """
    request = run.request()
    packed = pack_corpus(request, corpus, settings, on_event, cancelled)
    about = {
        "documents": len(corpus.training),
        "held_out_documents": len(corpus.held_out),
        "tokens": packed.tokens,
        "sha256": corpus.sha256,
        "overlap": _overlap(request, corpus, cancelled),
        "choosing": [asdict(EvaluationDocument(d.name, d.text)) for d in corpus.choosing],
        "proof": [asdict(EvaluationDocument(d.name, d.text)) for d in corpus.held_out],
        "language": _proof_language(request, corpus),
        "groups": [asdict(group) for group in packed.groups],
    }
    write(run.path, lambda path: _save(path, packed, about))
    corpus.scan.snapshot().save(run.path / _SNAPSHOT)
    texts = load(run.path)
    assert texts is not None
    return texts


def read_texts(request: TrainingRequest, on_event: OnEvent, cancelled: CancelCheck) -> FolderTexts:
    """The texts of the request's folder. Raises CorpusError, Cancelled."""
    rules = ScanRules((*EXCLUDED, *request.excluded))
    texts = corpora.read_folder(
        Path(request.folder),
        corpus_cache(),
        _stages(on_event),
        rules,
        cancelled,
        request.own_addresses,
    )
    require_covering(request.weights, texts.documents)
    return texts


def pack_settings(
    base: ModelFolder, vocabulary: Vocabulary, window: int, weights: tuple[SourceWeight, ...] = ()
) -> PackSettings:
    """The settings for packing for a base model, in rows of at most `window` tokens, by some weights.

    The cache is keyed by the content of its tokenizer. Raises OSError.
    """
    end, start = end_token(vocabulary), vocabulary.special.start
    return PackSettings(vocabulary.encode, end, window, _tokenizer_hash(base.path), start, weights)


def pack_corpus(
    request: TrainingRequest,
    corpus: Corpus,
    settings: PackSettings,
    on_event: OnEvent,
    cancelled: CancelCheck,
) -> PackedCorpus:
    """The packed corpus of the request's folder, from the cache where possible.

    Raises CorpusError, Cancelled.
    """
    cache = corpora.cache_folder(corpus_cache(), Path(request.folder)) / _PACKED
    return pack(corpus, settings, cache, _stages(on_event), cancelled)


def end_token(vocabulary: Vocabulary) -> int:
    """The id of the token between documents: the one that the engine puts before a document."""
    return next(reversed(vocabulary.special.start), min(vocabulary.special_ids, default=0))


def _tokenizer_hash(folder: Path) -> str:
    """The hash of the files that a tokenizer is made of."""
    files = (folder / name for name in tokenizer_files.FILES)
    return " ".join(manifests.sha256(file) for file in files if file.is_file())


def mark_trained(run: TrainingRun) -> None:
    """Save the folder's snapshot as that of its last training, for `build.changes`. Raises CorpusError."""
    if snapshot := FolderSnapshot.load(run.path / _SNAPSHOT):
        corpora.mark_trained(Path(run.request().folder), snapshot, corpus_cache())


def load(folder: Path) -> TrainingTexts | None:
    """The texts of the run in `folder`, memory mapped; None where they are missing or damaged."""
    try:
        about = read_json_file(folder / _ABOUT, _TextsJson, _LIMIT)
        rows, held_out = (open_rows(folder / _PACKED / name) for name in PackedCorpus.NAMES)
        require_fitting(about.groups, rows)
    except (OSError, DamagedError) as error:
        if not isinstance(error, FileNotFoundError):
            log.warning("the texts of a training are read again: %s", type(error).__name__)
        shutil.rmtree(folder / _PACKED, ignore_errors=True)
        return None
    return TrainingTexts(
        rows=rows,
        held_out=held_out,
        proof=about.proof,
        documents=about.documents,
        held_out_documents=about.held_out_documents,
        tokens=about.tokens,
        sha256=about.sha256,
        overlap=about.overlap,
        choosing=about.choosing,
        language=about.language or language_of("".join(document.text[:1_000] for document in about.proof)),
        groups=about.groups,
    )


def _overlap(request: TrainingRequest, corpus: Corpus, cancelled: CancelCheck) -> float:
    """The overlap of the texts of the proof with those to learn. Raises UserError, Cancelled."""
    if not request.proof:
        return corpus.overlap
    given = [document.text for document in read_documents([Path(request.proof)])]
    return largest_overlap((document.text for document in corpus.training), given, cancelled)


def _proof_language(request: TrainingRequest, corpus: Corpus) -> str:
    """The language of most words of the proof. Raises UserError."""
    documents = list(corpus.held_out)
    if request.proof:
        given = read_documents([Path(request.proof)])
        documents = tell_languages([make_document(d.name, "txt", d.text, None, "") for d in given])
    return main_language(documents) or ""


def _save(folder: Path, packed: PackedCorpus, about: dict[str, Any]) -> None:
    """Save the rows in the run's folder, as hard links into the cache where possible, and their metadata."""
    shutil.rmtree(folder / _PACKED, ignore_errors=True)
    shutil.copytree(packed.folder, folder / _PACKED, copy_function=link_or_copy)
    content = json.dumps(about, ensure_ascii=False).encode(errors="backslashreplace")
    atomic_file.replace(folder / _ABOUT, content)


def _stages(on_event: OnEvent) -> OnProgress:
    """Reports progress as events, but not too often."""
    return throttled(lambda progress: on_event(Stage.of(progress)))
