"""The corpus of a folder: scan, extract, clean, redact, and split into the parts of a training."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from writer.base.progress import CancelCheck, OnProgress, Progress, never
from writer.corpus.clean import clean, nothing_left
from writer.corpus.document import CorpusError, Rejection, SourceDocument
from writer.corpus.extraction_pool import MailOwner, extract
from writer.corpus.languages import tell_languages
from writer.corpus.overlap import MAX_OVERLAP, Separated, separate
from writer.corpus.private_cache import make_private_folder
from writer.corpus.redact import redact
from writer.corpus.scan import FolderChanges, FolderScan, FolderSnapshot, ScanRules, scan
from writer.corpus.split import Split, oldest_first, split_documents

_SNAPSHOT = "learned.snapshot"

MIN_WORDS = 1_500
"""The least number of words for a training."""


@dataclass(frozen=True, slots=True)
class FolderTexts:
    """The documents of a folder, cleaned and redacted, with their languages.

    `rejections` are the files that are left out; `repeated_lines` counts dropped lines, `secrets` redacted
    ones by kind (`text.secrets.Kind`), `contained` is that of `clean.CleanedDocuments`, `mails` that of
    `extraction_pool.Extracted`.
    """

    scan: FolderScan
    documents: tuple[SourceDocument, ...]
    rejections: tuple[Rejection, ...]
    repeated_lines: int
    secrets: dict[str, int]
    contained: dict[str, str]
    mails: MailOwner | None


@dataclass(frozen=True, slots=True)
class Corpus:
    """Documents of the folder `scan` in three parts (`split.Split`); `training` is ordered from old to new.

    `rejections` are those of the folder, and what the split leaves out. `shortened` and `overlap` are those
    of `overlap.Separated`. `sha256` is the hash of all texts and of the split.
    """

    scan: FolderScan
    training: tuple[SourceDocument, ...]
    choosing: tuple[SourceDocument, ...]
    held_out: tuple[SourceDocument, ...]
    rejections: tuple[Rejection, ...]
    shortened: dict[str, str]
    overlap: float
    sha256: str

    @property
    def documents(self) -> tuple[SourceDocument, ...]:
        """All documents, the held-out ones at the end."""
        return self.training + self.choosing + self.held_out

    @property
    def words(self) -> int:
        """The words of all documents."""
        return sum(document.words for document in self.documents)

    def require_enough(self) -> None:
        """Raise CorpusError where there are fewer than MIN_WORDS words."""
        folder = self.scan.folder
        if not self.documents:
            raise CorpusError(
                "There is no text to learn from in {folder}; put at least {least} words of yours there.",
                folder=folder,
                least=f"{MIN_WORDS:,}",
            )
        if self.words < MIN_WORDS:
            raise CorpusError(
                "There is too little text in {folder}: {words} words, and at least {least} are needed; "
                "add more of your texts.",
                folder=folder,
                words=f"{self.words:,}",
                least=f"{MIN_WORDS:,}",
            )


def build_corpus(
    folder: Path,
    cache: Path,
    on_progress: OnProgress,
    rules: ScanRules | None = None,
    since: date | None = None,
    cancelled: CancelCheck = never,
    own_addresses: Sequence[str] = (),
) -> Corpus:
    """The corpus of all documents of a folder. See `read_folder` and `divide`."""
    texts = read_folder(folder, cache, on_progress, rules, cancelled, own_addresses)
    return divide(texts, texts.documents, since, cancelled)


def read_folder(
    folder: Path,
    cache: Path,
    on_progress: OnProgress,
    rules: ScanRules | None = None,
    cancelled: CancelCheck = never,
    own_addresses: Sequence[str] = (),
) -> FolderTexts:
    """Read the documents of a folder; extracted texts are cached below `cache`.

    `own_addresses` are the person's, for mails; without any they are looked for in these. The stages of
    `on_progress` are "scanning", "reading" and "cleaning", counted in documents. Raises CorpusError where the
    folder or the disk cannot be used, and Cancelled.
    """
    on_progress(Progress("scanning"))
    found = scan(folder, rules, cancelled)
    folder = make_private_folder(cache_folder(cache, found.folder))
    extracted = extract(found, folder, on_progress, cancelled, own_addresses)
    cleaned = clean(extracted.documents, on_progress, cancelled)
    redacted, secrets = _redact_all(cleaned.documents, cancelled)
    documents = tell_languages([document for document in redacted if document.words], cancelled)
    rejections = (found.rejections, extracted.rejections, cleaned.rejections, nothing_left(redacted))
    return FolderTexts(
        scan=found,
        documents=tuple(documents),
        rejections=tuple(rejection for some in rejections for rejection in some),
        repeated_lines=cleaned.repeated_lines,
        secrets=secrets,
        contained=cleaned.contained,
        mails=extracted.mails,
    )


def divide(
    texts: FolderTexts,
    documents: Sequence[SourceDocument],
    since: date | None = None,
    cancelled: CancelCheck = never,
) -> Corpus:
    """The corpus of these documents of a folder. Raises Cancelled.

    Those of `since` and later are held out, else a tenth (`split.split_documents`).
    """
    split, separated = _divide(documents, since, cancelled)
    learned = tuple(oldest_first(separated.learned))
    return Corpus(
        scan=texts.scan,
        training=learned,
        choosing=split.choosing,
        held_out=split.held_out,
        rejections=tuple(sorted((*texts.rejections, *separated.rejections), key=lambda r: r.name)),
        shortened=separated.shortened,
        overlap=separated.overlap,
        sha256=_hash(learned, split.choosing, split.held_out),
    )


def changes(now: FolderScan, cache: Path) -> FolderChanges | None:
    """The changes of a folder since its last training; None where there was none."""
    before = FolderSnapshot.load(cache_folder(cache, now.folder) / _SNAPSHOT)
    return before.changes(now.snapshot()) if before else None


def mark_trained(folder: Path, snapshot: FolderSnapshot, cache: Path) -> None:
    """Save `snapshot` as that of the folder's last training. Raises CorpusError."""
    snapshot.save(cache_folder(cache, folder) / _SNAPSHOT)


def cache_folder(cache: Path, folder: Path) -> Path:
    """The folder below `cache` for the texts of `folder`, named by a hash of its path."""
    folder = folder.resolve()
    return cache / hashlib.sha256(str(folder).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _divide(
    documents: Sequence[SourceDocument], since: date | None, cancelled: CancelCheck
) -> tuple[Split, Separated]:
    """The split, with enough texts for a verdict where the others do not lose too much by that."""
    for verdict in (True, False):
        split = split_documents(documents, since, verdict)
        separated = separate(split.training, (*split.choosing, *split.held_out), cancelled)
        if separated.overlap <= MAX_OVERLAP:
            break
    return split, separated


def _redact_all(
    documents: Sequence[SourceDocument], cancelled: CancelCheck
) -> tuple[list[SourceDocument], dict[str, int]]:
    result, counts = [], Counter[str]()
    for document in documents:
        redacted = redact(document.text, cancelled)
        counts.update(redacted.secrets)
        result.append(document.with_text(redacted.text.strip()))
    return result, dict(counts.most_common())


def _hash(*parts: Sequence[SourceDocument]) -> str:
    digest = hashlib.sha256()
    for documents in parts:
        for document in documents:
            digest.update(hashlib.sha256(document.text.encode()).digest())
        digest.update(b"|")
    return digest.hexdigest()
