"""A search through many texts, whose matches come text by text."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from writer.base.progress import CancelCheck, Cancelled
from writer.documents.text_file import DocumentError, FileVersion, read_document
from writer.text.search import Matches, Query, compile_query, find_all
from writer.text.utf16 import code_point_positions

MAX_HITS = 20_000
"""The most matches of a search through all texts."""

_BEFORE, _FOUND, _AFTER = 32, 400, 80
"""The most characters that are kept of a line before a match, of the match, and behind it."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A match: the index of its line, its positions in UTF-16 code units, and the text around it."""

    line: int
    start: int
    end: int
    before: str
    found: str
    after: str


@dataclass(frozen=True, slots=True)
class TextHits:
    """The matches in a text.

    `version` is that of the file; None for an open text, which was searched as it is in the window, and whose
    path there is `open_path`.
    """

    name: str
    path: Path
    hits: tuple[Hit, ...]
    version: FileVersion | None
    open_path: Path | None = None


@dataclass(frozen=True, slots=True)
class SkippedText:
    """A text that cannot be read."""

    name: str


FileId = tuple[int, int]
"""The device and the inode of a file."""


def file_id(path: Path) -> FileId | None:
    """What is the same for all paths of a file; None where there is none."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino


def search_texts(
    query: Query,
    folder: Path,
    names: Iterable[str],
    open_texts: Mapping[Path, str],
    cancelled: CancelCheck,
) -> Iterator[TextHits | SkippedText]:
    """The texts with matches among the files `names` below `folder`, `MAX_HITS` matches at most.

    `open_texts` has the texts in the window by their paths. Raises SearchError, and Cancelled.
    """
    opened = {key: path for path in open_texts if (key := file_id(path)) is not None}
    pattern, left = compile_query(query), MAX_HITS
    for name in names:
        if cancelled():
            raise Cancelled
        path = folder / name
        open_path = opened.get(key) if opened and (key := file_id(path)) is not None else None
        version = None
        if open_path is not None:
            text = open_texts[open_path]
        else:
            try:
                loaded = read_document(path)
            except DocumentError:
                yield SkippedText(name)
                continue
            text, version = loaded.text, loaded.version
        if hits := _hits(find_all(query, text, cancelled, pattern), text, left):
            left -= len(hits)
            yield TextHits(name, path, hits, version, open_path)
        if left <= 0:
            return


def _hits(matches: Matches, text: str, limit: int) -> tuple[Hit, ...]:
    """The first `limit` matches in a text."""
    if not matches:
        return ()
    to_code_points = code_point_positions(text)
    found, line, begin = [], 0, 0
    for start, end in zip(matches.starts[:limit], matches.ends[:limit], strict=True):
        first, last = to_code_points(start), to_code_points(end)
        line += text.count("\n", begin, first)
        begin = first
        line_start = text.rfind("\n", 0, first) + 1
        line_end = text.find("\n", last)
        line_end = len(text) if line_end < 0 else line_end
        before = text[max(line_start, first - _BEFORE) : first]
        if first - _BEFORE > line_start:
            before = "…" + before
        after = text[last : min(line_end, last + _AFTER)]
        found.append(Hit(line, start, end, before.lstrip(), text[first : min(last, first + _FOUND)], after))
    return tuple(found)
