"""Which share of a document's body words arrives: `python -m tests.benchmarks.body_words FOLDER...`.

The words are counted twice, as multisets: straight from the file by the readers in `references`, which use
the standard library alone, and in what the program's own reading gives. Prints a table by kind, and the files
below 99 % with some of the words that are lost; the exit status says whether each kind reaches 99 %. Words of
files that are refused are lost, but for encrypted files. Mails are measured as if each had been sent.

Public documents: the folders `test-documents` of apache/tika, and `test-data/document` of apache/poi.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks.formats import FOLDER, Tally, read_all
from tests.benchmarks.references.mail import as_sent, mail_text
from tests.benchmarks.references.opendocument import opendocument_text
from tests.benchmarks.references.rich_text import rich_text
from tests.benchmarks.references.web import book_text, page_text
from tests.benchmarks.references.word import Word
from writer.corpus.document import RejectionReason
from writer.corpus.scan import FoundFile, scan

SHARE = 0.99
_REFERENCES: dict[str, Callable[[bytes], str]] = {
    "docx": lambda data: Word(data).text,
    "docm": lambda data: Word(data).text,
    "odt": opendocument_text,
    "fodt": opendocument_text,
    "rtf": rich_text,
    "epub": book_text,
    "html": page_text,
    "eml": mail_text,
}
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f\ufffd"))
_ALONE = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\U00020000-\U0003ffff"
_WORD = re.compile(f"[{_ALONE}]|[^\\W_{_ALONE}]+")


@dataclass
class Kind:
    """What was seen of the files of a kind: words in them and of those the ones that arrived."""

    files: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    words: int = 0
    arrived: int = 0
    below: list[tuple[float, str]] = field(default_factory=list)

    @property
    def share(self) -> float:
        """The part of all words that arrived."""
        return self.arrived / self.words if self.words else 1.0


def words(text: str) -> Counter[str]:
    """The words of a text; each Han character, kana and syllable of Hangul is one."""
    return Counter(_WORD.findall(unicodedata.normalize("NFKC", text).translate(_INVISIBLE)))


def reference(found: FoundFile) -> Counter[str] | str:
    """The body words of a file, or why its reference cannot be read."""
    try:
        return words(_REFERENCES[found.kind](found.path.read_bytes()))
    except Exception as error:  # noqa: BLE001  damaged in any way; the file is listed with it
        return f"{type(error).__name__}: {error}"


def measure(files: Sequence[FoundFile], texts: dict[str, str], refused: dict[str, str]) -> dict[str, Kind]:
    """What became of the body words of `files`, by kind."""
    kinds: dict[str, Kind] = {}
    for found in files:
        kind = kinds.setdefault(found.kind, Kind())
        kind.files += 1
        reason = refused.get(found.name, "")
        kind.refused.update([reason] if reason else [])
        if found.kind not in _REFERENCES or reason == RejectionReason.ENCRYPTED:
            continue
        known = reference(found)
        if isinstance(known, str):
            kind.below.append((1.0, f"{found.name}: {reason or 'read'}; no reference: {known[:80]}"))
            continue
        got = known & words(texts.get(found.name, ""))
        kind.words += known.total()
        kind.arrived += got.total()
        if got.total() < SHARE * known.total():
            lost = list((known - got).elements())
            share = got.total() / known.total()
            some = " ".join(lost[:12])
            kind.below.append((share, f"{found.name}: {share:.1%} of {known.total()} {reason}: {some}"))
    return kinds


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; the exit status."""
    parser = argparse.ArgumentParser(prog="body_words", description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, default=[FOLDER])
    parser.add_argument("--kinds", help="only these, with commas between")
    options = parser.parse_args(arguments)
    only = options.kinds.split(",") if options.kinds else None
    with tempfile.TemporaryDirectory(prefix="body-words-") as temporary:
        together = Path(temporary, "documents")
        cache = Path(temporary, "cache")
        cache.mkdir()
        for number, folder in enumerate(options.folders):
            for found in scan(folder).files:
                if only is None or found.kind in only:
                    data = found.path.read_bytes()
                    copy = together / str(number) / found.name
                    copy.parent.mkdir(parents=True, exist_ok=True)
                    copy.write_bytes(as_sent(data) if found.kind == "eml" else data)
        files = scan(together).files
        tally = Tally()
        refused: dict[str, str] = {}
        texts = read_all(files, cache, tally, refused)
        kinds = measure(files, texts, refused)
    print(tally.text("all"))
    for _name, kind in sorted(kinds.items()):
        for _share, line in sorted(kind.below):
            print(f"  {line}")
    print("kind   files refused   words  arrived   share")
    for name, kind in sorted(kinds.items()):
        told = f"{kind.words:8} {kind.arrived:8} {kind.share:8.3%}" if name in _REFERENCES else ""
        print(f"{name:6} {kind.files:5} {kind.refused.total():7} {told}  {dict(kind.refused) or ''}")
    return 0 if tally.holds and all(kind.share >= SHARE for kind in kinds.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
