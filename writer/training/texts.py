"""What a run learns from, kept in its folder: token sequences, and the documents that were held out.

The person's folder is read once, before the first step; a resumed run asks for it no more.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from writer.engine.tokens import Vocabulary
from writer.evaluation.documents import Document, read_documents
from writer.settings.files import replace_file
from writer.training.folder import TrainingError, write
from writer.training.job import Report, Stage
from writer.training.plan import LEAST_TOKENS

_ABOUT, _ROWS, _HELD_OUT = "texts.json", "learn", "held-out"

HELD_OUT = 0.1
"""The part of the documents that is held out."""


@dataclass(frozen=True, slots=True)
class Texts:
    """`rows` and `held_out` have `input_ids` of at most a window each; `proof` are the held-out documents.

    `documents` and `tokens` count what is learned from, `held_out_documents` what is not; `sha256` is the
    hash of all of it.
    """

    rows: Any
    held_out: Any
    proof: tuple[Document, ...]
    documents: int
    held_out_documents: int
    tokens: int
    sha256: str


def gather(
    folder: Path, excluded: Sequence[str], vocabulary: Vocabulary, window: int, report: Report
) -> Texts:
    """Read a person's folder into sequences of `window` tokens. Raises TrainingError, UserError."""
    import datasets

    del excluded
    report(Stage("reading"))
    documents = read_documents([folder])
    count = max(1, round(len(documents) * HELD_OUT))
    if len(documents) < 2:
        raise too_little(0)
    learned, proof = documents[:-count], documents[-count:]
    report(Stage("packing"))
    end = min(vocabulary.specials, default=0)

    def rows(some: Sequence[Document]) -> list[list[int]]:
        ids = [i for document in some for i in (*vocabulary.encode(document.text), end)]
        return [ids[start : start + window] for start in range(0, len(ids), window)]

    packed = rows(learned)
    tokens = sum(map(len, packed))
    if tokens < LEAST_TOKENS:
        raise too_little(tokens)
    digest = hashlib.sha256("\0".join(document.text for document in documents).encode()).hexdigest()
    return Texts(
        rows=datasets.Dataset.from_dict({"input_ids": packed}),
        held_out=datasets.Dataset.from_dict({"input_ids": rows(proof)}),
        proof=tuple(proof),
        documents=len(learned),
        held_out_documents=len(proof),
        tokens=tokens,
        sha256=digest,
    )


def too_little(tokens: int) -> TrainingError:
    """The sentence for a folder from which nothing can be learned."""
    return TrainingError(
        f"There is too little text in this folder: {_words(tokens):,} words can be learned from, and about "
        f"{_words(LEAST_TOKENS):,} in two or more documents are needed; add more of your texts."
    )


def _words(tokens: int) -> int:
    return round(tokens * 3 / 4)


def keep(texts: Texts, folder: Path) -> Texts:
    """Write the texts into a run's folder, and read them from there from now on. Raises TrainingError."""
    about = {name: getattr(texts, name) for name in ("documents", "held_out_documents", "tokens", "sha256")}
    about["proof"] = [asdict(document) for document in texts.proof]

    def put(path: Path) -> None:
        texts.rows.save_to_disk(path / _ROWS)
        texts.held_out.save_to_disk(path / _HELD_OUT)
        replace_file(path / _ABOUT, json.dumps(about, ensure_ascii=False).encode())

    write(folder, put)
    kept = load(folder)
    assert kept is not None
    return kept


def load(folder: Path) -> Texts | None:
    """The texts of a run, memory mapped; None where it did not come so far."""
    import datasets

    try:
        about = json.loads((folder / _ABOUT).read_text("utf-8"))
        proof = tuple(Document(**document) for document in about.pop("proof"))
        rows = datasets.load_from_disk(str(folder / _ROWS)).with_format("numpy")
        held_out = datasets.load_from_disk(str(folder / _HELD_OUT)).with_format("numpy")
        return Texts(rows=rows, held_out=held_out, proof=proof, **about)
    except (OSError, ValueError, KeyError, TypeError):
        for name in (_ROWS, _HELD_OUT):
            shutil.rmtree(folder / name, ignore_errors=True)
        return None
