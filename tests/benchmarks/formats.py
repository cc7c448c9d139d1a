"""Reads many documents and damaged copies of them: `python -m tests.benchmarks.formats`.

All files of ../shared/data/formats go through the program's own reading, then seeded copies of them, damaged
in nine ways. Prints what became of them, how long each took, what memory the children held, and which share
of the words arrived where a known text lies beside the file; the exit status says whether all of it holds.

The known text of a web page names the words of nested tables once for each table around them: no word counts
more often than the page has it. A scanned page has no text but what OCR reads, and is left out.
"""

from __future__ import annotations

import argparse
import html
import logging
import os
import re
import resource
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.corpus.mutations import mutate
from writer.corpus.document import Rejection, SourceDocument
from writer.corpus.extraction_pool import Extractor
from writer.corpus.scan import FoundFile, scan

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "formats"
SECONDS, MEMORY, SHARE = 60.0, 1 << 30, 0.98
_BATCH = 200
_STR = re.compile(
    r'\bStr\s+"((?:[^"\\]|\\.)*)"|\b(?:Code|Math|CodeBlock)\b[^"]*(?:"[^"]*"[^"]*)*?"((?:[^"\\]|\\.)*)"'
)
_ESCAPE = re.compile(r"\\(\d+|x[0-9a-fA-F]+|[abfnrtv\\\"'&])")
_WORD = re.compile(r"\w+")
_SCANNED = ("ocr_text.pdf",)


@dataclass
class Tally:
    """What was seen of files. `seconds` holds the time of each, `peak` bytes, `gaps` errors unforeseen."""

    files: int = 0
    read: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    seconds: list[tuple[float, str]] = field(default_factory=list)
    peak: int = 0
    gaps: Counter[str] = field(default_factory=Counter)
    unnamed: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether all limits were kept and each refusal has its reason."""
        return not self.unnamed and self.peak <= MEMORY and all(s <= SECONDS for s, _ in self.seconds)

    def text(self, name: str) -> str:
        """What was seen, in lines."""
        slowest = ", ".join(f"{s:.1f} s {n}" for s, n in sorted(self.seconds, reverse=True)[:3])
        reasons = ", ".join(f"{count} {reason}" for reason, count in self.reasons.most_common())
        late = sum(s > SECONDS for s, _ in self.seconds)
        return (
            f"{name}: {self.files} files, {self.read} read, {self.files - self.read} refused ({reasons})\n"
            f"  unnamed {len(self.unnamed)}; over {SECONDS:.0f} s: {late}; slowest {slowest}\n"
            f"  highest memory of a child with its own: {self.peak >> 20} MB; "
            f"errors that nobody had foreseen: {dict(self.gaps)}"
        )


class Timed(Extractor):
    """Notes how long each file takes."""

    def __init__(self, cache: Path, tally: Tally) -> None:
        super().__init__(cache)
        self._tally = tally

    def read(self, found: FoundFile) -> SourceDocument | Rejection:
        started = time.monotonic()
        try:
            return super().read(found)
        finally:
            self._tally.seconds.append((time.monotonic() - started, found.name))


class MemoryWatch:
    """Looks at the memory of this process's children, each with its own children."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._over = threading.Event()
        self._before = 0
        self._thread = threading.Thread(target=self._run, name="memory-watch")

    def __enter__(self) -> None:
        self._before = _most(resource.RUSAGE_CHILDREN)
        self._thread.start()

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()
        largest = _most(resource.RUSAGE_CHILDREN)
        # or it was a child of earlier, or what this process held when it started one
        if largest > max(self._before, _most(resource.RUSAGE_SELF)):
            self._tally.peak = max(self._tally.peak, largest)

    def _run(self) -> None:
        me = psutil.Process()
        while not self._over.wait(0.02):
            for child in me.children():
                self._tally.peak = max(self._tally.peak, _memory(child))


def _most(whose: int) -> int:
    """The most bytes of memory that this process has held, or the largest of its children that have ended."""
    return resource.getrusage(whose).ru_maxrss * 1024


class Gaps(logging.Handler):
    """Counts the errors that the reading had not foreseen, and crashes, from the log."""

    def __init__(self, tally: Tally) -> None:
        super().__init__()
        self._tally = tally

    def emit(self, record: logging.LogRecord) -> None:
        told = record.getMessage()
        self._tally.gaps["crash" if "died" in told else told.rpartition(": ")[2]] += 1


def read_all(
    files: Sequence[FoundFile], cache: Path, tally: Tally, refused: dict[str, str] | None = None
) -> dict[str, str]:
    """Read files and note what was seen; the texts by name. The reasons of refusals go into `refused`."""
    texts: dict[str, str] = {}
    handler = Gaps(tally)
    logging.getLogger("writer.corpus.extraction_pool").addHandler(handler)
    try:
        with MemoryWatch(tally), Timed(cache, tally) as extractor:
            for result in extractor.read_all(files):
                tally.files += 1
                if isinstance(result, SourceDocument):
                    tally.read += 1
                    texts[result.name] = result.text
                else:
                    if refused is not None:
                        refused[result.name] = result.reason
                    tally.reasons[result.reason] += 1
                    tally.unnamed += [] if str(result.sentence) else [result.name]
    finally:
        logging.getLogger("writer.corpus.extraction_pool").removeHandler(handler)
    return texts


def copies(originals: Sequence[FoundFile], count: int, seed: int, folder: Path) -> Iterator[list[FoundFile]]:
    """Damaged copies, some at a time; each lot lies in `folder` until the next one is asked for."""
    for first in range(0, count, _BATCH):
        lot = []
        for number in range(first, min(count, first + _BATCH)):
            source = originals[number * 7919 % len(originals)]
            how, data = mutate(source.path.read_bytes(), number, seed)
            path = folder / f"{number}-{how}{source.path.suffix}"
            path.write_bytes(data)
            lot.append(FoundFile(f"{how}: {source.name}", path, source.kind, len(data), 0))
        yield lot
        for found in lot:
            found.path.unlink()


def known_words(file: Path) -> Counter[str] | None:
    """The words that a file is known to hold; None where no known text lies beside it."""
    if file.name.endswith(_SCANNED):
        return None
    for truth in _truths(file):
        if truth.is_file():
            told = truth.read_text("utf-8", "replace")
            words = Counter(_WORD.findall(_of_native(told) if truth.suffix == ".native" else told))
            page = html.unescape(file.read_text("utf-8", "replace")) if file.suffix == ".html" else ""
            return words & Counter(_WORD.findall(page)) if page else words
    return None


def share(texts: dict[str, str], files: Sequence[FoundFile]) -> tuple[float, list[str]]:
    """The part of all known words that arrived, and lines about the files that lost most."""
    known = found = 0
    losses = []
    for file in files:
        words = known_words(file.path)
        if not words:
            continue
        got = Counter(_WORD.findall(texts.get(file.name, "")))
        arrived = sum((words & got).values())
        known, found = known + sum(words.values()), found + arrived
        missing = words - got
        if missing:
            losses.append((sum(missing.values()), file.name, " ".join(list(missing)[:8])))
    worst = [
        f"  {count} words of {name}: {some} …" for count, name, some in sorted(losses, reverse=True)[:12]
    ]
    return (found / known if known else 1.0), [f"{found} of {known} known words arrived", *worst]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; the exit status."""
    parser = argparse.ArgumentParser(prog="formats", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    parser.add_argument("--copies", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    files = list(scan(options.folder).files)
    if not files:
        print(f"formats: no documents in {options.folder}", file=sys.stderr)
        return 2
    whole, damaged = Tally(), Tally()
    with tempfile.TemporaryDirectory(prefix="formats-") as temporary:
        cache, lots = Path(temporary, "cache"), Path(temporary, "lots")
        lots.mkdir()
        part, lines = share(read_all(files, cache, whole), files)
        print(whole.text("originals"), *lines, sep="\n", flush=True)
        for lot in copies(files, options.copies, options.seed, lots):
            read_all(lot, cache, damaged)
            print(f"{damaged.files} copies, load {os.getloadavg()[0]:.1f}", file=sys.stderr, flush=True)
    print(damaged.text("damaged copies"))
    print(f"words: {part:.2%} (at least {SHARE:.0%})")
    return 0 if whole.holds and damaged.holds and part >= SHARE else 1


def _truths(file: Path) -> Iterator[Path]:
    yield file.with_suffix(".native")
    if file.suffix != ".txt":
        yield file.with_name(file.name.replace("__odt__odt__", "__odt__native__")).with_suffix(".native")
        yield file.with_name(file.name.replace("tests__rtf__", "tests__text__")).with_suffix(".txt")
        yield file.with_suffix(".txt")


def _of_native(text: str) -> str:
    """The words of a document in pandoc's own notation."""
    return " ".join(_ESCAPE.sub(_unescaped, a or b) for a, b in _STR.findall(text))


def _unescaped(found: re.Match[str]) -> str:
    told = found[1]
    if told[0].isdigit():
        return chr(int(told))
    if told[0] == "x":
        return chr(int(told[1:], 16))
    return {"n": "\n", "t": "\t", "&": ""}.get(told, told if told in "\\\"'" else " ")


def _memory(child: psutil.Process) -> int:
    total = 0
    try:
        for member in (child, *child.children(recursive=True)):
            total += member.memory_info().rss
    except psutil.Error:
        pass
    return total


if __name__ == "__main__":
    sys.exit(main())
