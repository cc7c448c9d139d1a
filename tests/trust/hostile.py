"""Servers, models and documents that mean harm: seconds, memory, and a sentence or a text for each."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.benchmarks import formats, hostile_models, hostile_servers
from tests.benchmarks.hostile_servers import CLIENTS, QUICK
from tests.corpus import documents
from tests.trust.scorecard import Figure, Row
from writer.corpus.scan import FoundFile, scan

MEGABYTES = 1 << 10
SERVER_SECONDS, MODEL_SECONDS = 10.0, 60.0
SIZE, LEAST_SIZE = 5_000_000_000, 20_000_000
MUTATIONS, COPIES = 600, 2_000
SLOW = ("head_count", "token_id", "model_type")
"""Parts of the names of models for which transformers is imported, which a small run leaves out."""

MARKUP = ("docx", "odt", "epub", "html", "latex", "rst")


def servers(seed: int, scale: float) -> Figure:
    """Play answers to all clients, which have little patience."""
    only = _some(seed, max(scale, 0.06))
    size = max(LEAST_SIZE, int(SIZE * scale))
    rows = hostile_servers.run(lambda client, answer: only(f"{client} {answer}"), size, QUICK)
    bad = [f"{row.client} {row.answer}: {row.fault}" for row in rows if row.fault]
    bad += [f"{row.client} {row.answer}: nothing is said" for row in rows if not row.sentence]
    used = [(row.seconds, row.megabytes, f"{row.client} {row.answer}") for row in rows]
    return _figure(f"{len(rows)} answers of up to {size / 1e6:.0f} MB", used, bad, SERVER_SECONDS)


def models(seed: int, scale: float) -> Figure:
    """Import models and let them write; the sound ones between them must still do so."""
    some = _some(seed, max(scale, 0.03))
    count = int(MUTATIONS * min(scale, 1.0))

    def only(name: str) -> bool:
        slow = scale < 0.1 and any(part in name for part in SLOW)
        return not slow and (name.startswith(("sound", "mutated")) or some(name))

    rows = hostile_models.run(count, seed, only)
    bad = [f"{row.name}: {row.fault}" for row in rows if row.fault]
    bad += [f"{row.name}: {row.sentence}" for row in rows if row.name.startswith("sound") and row.sentence]
    used = [(row.seconds, row.megabytes, row.name) for row in rows]
    refused = sum(bool(row.sentence) for row in rows)
    return _figure(f"{len(rows)} models, {refused} refused", used, bad, MODEL_SECONDS)


def hostile_documents(seed: int, scale: float) -> Figure:
    """Read all shared documents, or some made here where there are none, and damaged copies of them."""
    whole, damaged = formats.Tally(), formats.Tally()
    with tempfile.TemporaryDirectory(prefix="hostile-documents-") as name:
        cache, copies, made = (Path(name, part) for part in ("cache", "copies", "made"))
        copies.mkdir()
        files = _documents(made)
        if scale < 1:
            files = random.Random(seed).sample(files, min(len(files), max(6, int(len(files) * scale))))
        formats.read_all(files, cache, whole)
        for lot in formats.copies(files, max(18, int(COPIES * scale)), seed, copies):
            formats.read_all(lot, cache, damaged)
    both = (whole, damaged)
    bad = [f"{found}: no reason" for tally in both for found in tally.unnamed]
    bad += [f"{error}: {count} times" for tally in both for error, count in tally.gaps.items()]
    used = [(seconds, 0.0, found) for tally in both for seconds, found in tally.seconds]
    used.append((0.0, max(tally.peak for tally in both) / (1 << 20), "a reader with its children"))
    what = f"{whole.files} documents, {whole.read} read; {damaged.files} damaged copies, {damaged.read} read"
    return _figure(what, used, bad, formats.SECONDS)


def _documents(folder: Path) -> Sequence[FoundFile]:
    if formats.FOLDER.is_dir():
        return scan(formats.FOLDER).files
    folder.mkdir()
    for kind in MARKUP:
        name = f"ferry.{'tex' if kind == 'latex' else kind}"
        (folder / name).write_bytes(documents.through_pandoc(kind))
    (folder / "ferry.rtf").write_bytes(documents.rtf())
    (folder / "ferry.pdf").write_bytes(documents.pdf([[documents.SENTENCE], ["The second page."]]))
    (folder / "ferry.txt").write_text(documents.MARKDOWN, "utf-8")
    return scan(folder).files


def _some(seed: int, share: float) -> Callable[[str], bool]:
    """Which names are taken: this share of them, and always the same ones."""
    return lambda name: random.Random(f"{seed}/{name}").random() < share


def _figure(
    what: str, used: Sequence[tuple[float, float, str]], bad: Sequence[str], seconds: float
) -> Figure:
    """The figure of what was `used`: seconds, megabytes and a name each."""
    slowest, largest = max(used), max(used, key=lambda one: one[1])
    text = f"{what}; at most {slowest[0]:.1f} s ({slowest[2]}) and {largest[1]:.0f} MB ({largest[2]})"
    if bad:
        text += f"; {len(bad)} bad: {'; '.join(bad[:3])}"
    return Figure(text, passed=not bad and slowest[0] <= seconds and largest[1] <= MEGABYTES)


_LIMIT = "{:.0f} s and 1 GB each, no traceback"

ROWS = (
    Row(
        "hostile-servers",
        f"answers without end, slow, packed or nested to {len(CLIENTS)} clients with little patience",
        _LIMIT.format(SERVER_SECONDS) + ", a sentence",
        servers,
        minutes=1.5,
    ),
    Row(
        "hostile-models",
        "GGUF files, folders and archives that announce too much, fail on a text or are damaged",
        _LIMIT.format(MODEL_SECONDS) + ", sound models still write",
        models,
        minutes=3,
    ),
    Row(
        "hostile-documents",
        "documents of all kinds and copies damaged in nine ways, bombs among them",
        _LIMIT.format(formats.SECONDS) + ", a reason for each refusal",
        hostile_documents,
        minutes=3.5,
    ),
)
