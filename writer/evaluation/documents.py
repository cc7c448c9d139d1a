"""The texts that are replayed: read from files and folders, and drawn from by a seed."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from writer.base.errors import UserError

ENDINGS = frozenset({".txt", ".md", ".markdown", ".text"})
STRETCH = 1_000
"""Characters that are replayed in one go."""

LEAST = 200
"""Characters that a text must have to be drawn from."""

_DATE = re.compile(r"^\d{4}-\d\d-\d\d[-_ ]")


@dataclass(frozen=True, slots=True)
class EvaluationDocument:
    """A text and where it came from."""

    name: str
    text: str

    @property
    def title(self) -> str:
        """What the file's name says of the text."""
        words = re.sub(r"[-_]+", " ", _DATE.sub("", Path(self.name).stem)).strip()
        return words[:1].upper() + words[1:]


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a text that is typed again: characters `start` to `end` of `text`."""

    name: str
    title: str
    text: str
    start: int
    end: int


def read_documents(paths: Sequence[Path]) -> list[EvaluationDocument]:
    """All texts in `paths`, files and folders. Raises UserError where one cannot be used or none is there."""
    found = [_read(path) for path in paths if path.is_file()]
    for folder in paths:
        if folder.is_dir():
            files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in ENDINGS and p.is_file())
            found += [document for p in files if (document := _read_if_text(p)) is not None]
        elif not folder.is_file():
            raise UserError(f"There is no file or folder named {folder}.")
    if not any(len(document.text) >= LEAST for document in found):
        raise UserError(
            f"No text of at least {LEAST} characters was found; name text files or folders of them."
        )
    return [document for document in found if len(document.text) >= LEAST]


def draw_passages(documents: Sequence[EvaluationDocument], limit: int, seed: int) -> list[Passage]:
    """Stretches of altogether `limit` characters (fewer where the texts are shorter), in a fixed order.

    Every text is drawn from once before any is drawn from again; stretches never overlap.
    """
    chance = random.Random(seed)
    order = sorted(documents, key=lambda document: document.name)
    chance.shuffle(order)
    free = [_cut(document, chance) for document in order]
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


def _cut(document: EvaluationDocument, chance: random.Random) -> list[Passage]:
    """All stretches of a document in a chance order; the first one begins at a chance offset."""
    text = document.text
    first = chance.randint(0, (len(text) - LEAST) % STRETCH)
    cuts = [
        Passage(document.name, document.title, text, start, min(len(text), start + STRETCH))
        for start in range(first, len(text) - LEAST + 1, STRETCH)
    ]
    chance.shuffle(cuts)
    return cuts


def _read(path: Path) -> EvaluationDocument:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not text in UTF-8; convert it or leave it out.") from error
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from error
    return EvaluationDocument(str(path), text.replace("\r\n", "\n").replace("\r", "\n"))


def _read_if_text(path: Path) -> EvaluationDocument | None:
    try:
        return _read(path)
    except UserError:
        return None
