"""The documents of an evaluation, read from files and folders, and the passages drawn from them by a seed."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from writer.base.errors import UserError, os_reason
from writer.base.regular_file import TooLargeError, read_regular
from writer.documents.file_name import title_of
from writer.documents.text_file import MAX_BYTES, MAX_MEGABYTES

SUFFIXES = frozenset({".txt", ".md", ".markdown", ".text"})
PASSAGE_LENGTH = 1_000
"""The most characters of a passage."""

MIN_CHARACTERS = 200
"""The least number of characters of a document that passages are drawn from."""

MIN_TEXTS = 8
"""The least number of texts that are drawn from, where there are as many. Fewer allow no verdict."""


@dataclass(frozen=True, slots=True)
class EvaluationDocument:
    """A text and the path of its file."""

    name: str
    text: str

    @property
    def title(self) -> str:
        """The title that the window gives a text with this file."""
        return title_of(self.name)


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage that is replayed: code points `start` to `end` of `text`."""

    name: str
    title: str
    text: str
    start: int
    end: int


def read_documents(paths: Sequence[Path]) -> list[EvaluationDocument]:
    """The documents of `MIN_CHARACTERS` or more in `paths`, files and folders; of equal texts the first.

    Files in folders that are not UTF-8 are skipped. Raises UserError where a path does not exist, a file
    given by its path cannot be read or is not UTF-8, or no document is long enough.
    """
    found = [_read(path) for path in paths if path.is_file()]
    for folder in paths:
        if folder.is_dir():
            found += [document for p in _texts(folder) if (document := _read_if_text(p)) is not None]
        elif not folder.exists():
            raise UserError("There is no file or folder named {path}.", path=folder)
        elif not folder.is_file():
            raise UserError("{path} is neither file nor folder; name texts or folders of them.", path=folder)
    if not any(len(document.text) >= MIN_CHARACTERS for document in found):
        raise UserError(
            "No text of at least {least} characters was found; name text files or folders of them.",
            least=MIN_CHARACTERS,
        )
    by_text: dict[str, EvaluationDocument] = {}
    for document in found:
        by_text.setdefault(document.text, document)
    return [document for document in by_text.values() if len(document.text) >= MIN_CHARACTERS]


def draw_passages(
    documents: Sequence[EvaluationDocument], limit: int, seed: int, longest: int = PASSAGE_LENGTH
) -> list[Passage]:
    """Passages of `limit` characters in all, or fewer where the documents are shorter.

    They depend on these arguments alone. Every document is drawn from once before any is drawn from again;
    passages never overlap. None is longer than `longest` and a MIN_TEXTS-th of `limit`.
    """
    rng = random.Random(seed)
    order = sorted(documents, key=lambda document: document.name)
    rng.shuffle(order)
    length = max(1, min(longest, limit // MIN_TEXTS))
    free = [_split(document, length, rng) for document in order]
    chosen: list[Passage] = []
    left = limit
    while left > 0 and any(free):
        for passages in free:
            if passages and left > 0:
                passage = passages.pop()
                end = min(passage.end, passage.start + left)
                chosen.append(Passage(passage.name, passage.title, passage.text, passage.start, end))
                left -= end - passage.start
    return chosen


def _split(document: EvaluationDocument, length: int, rng: random.Random) -> list[Passage]:
    """All passages of a document in random order; the first in the text begins at a random offset."""
    text, title = document.text, document.title
    first = rng.randint(0, (len(text) - MIN_CHARACTERS) % length)
    cuts = [
        Passage(document.name, title, text, start, min(len(text), start + length))
        for start in range(first, len(text) - MIN_CHARACTERS + 1, length)
    ]
    rng.shuffle(cuts)
    return cuts


def _texts(folder: Path) -> list[Path]:
    """The text files of a folder, by their names; what goes while they are listed is left out."""
    paths = (Path(place, name) for place, _, names in os.walk(folder) for name in names)
    return sorted(path for path in paths if path.suffix.lower() in SUFFIXES and path.is_file())


def _read(path: Path) -> EvaluationDocument:
    try:
        text = read_regular(path, MAX_BYTES)[0].decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError("{path} is not text in UTF-8; convert it or leave it out.", path=path) from error
    except TooLargeError as error:
        raise UserError(
            "{path} is larger than {limit} MB; split it or leave it out.", path=path, limit=MAX_MEGABYTES
        ) from error
    except OSError as error:
        raise UserError("{path} cannot be read: {reason}.", path=path, reason=os_reason(error)) from error
    return EvaluationDocument(str(path), text.replace("\r\n", "\n").replace("\r", "\n"))


def _read_if_text(path: Path) -> EvaluationDocument | None:
    try:
        return _read(path)
    except UserError:
        return None
