"""Pages cut from a text that was laid out in one piece: between lines, with the notes of each page below it.

All lengths are in the units of the layout. A heading stays with what follows it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtGui import QTextBlock, QTextDocument

_TOLERANCE = 1.0
"""How far lines may overlap and still be two."""


@dataclass(frozen=True, slots=True)
class Band:
    """The part of a layout from `top` to `bottom`."""

    top: float
    bottom: float

    @property
    def height(self) -> float:
        """The height of the part."""
        return self.bottom - self.top


@dataclass(frozen=True, slots=True)
class Page:
    """The part of the text on a page, and that of the notes below it, None where there are none."""

    text: Band
    notes: Band | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """A note: where its reference stands in the layout of the text, and its part of that of the notes."""

    reference: float
    band: Band


def paginate(
    lines: Sequence[Band], notes: Sequence[Note], note_lines: Sequence[Band], height: float, gap: float
) -> tuple[Page, ...]:
    """The pages of the height `height`; `gap` is the least distance between text and notes.

    `lines` are what may not be divided, in order. Notes are on the page of their reference; what has no room
    there goes on below the next page.
    """
    pages: list[Page] = []
    pending, at = list(notes), 0
    carried: Band | None = None  # the part of the notes that had no room yet
    while at < len(lines) or carried is not None:
        first, due = at, carried
        top = bottom = lines[at].top if at < len(lines) else 0.0
        crowded = carried is not None and carried.height > height / 2
        while at < len(lines):
            wanted = _with_notes_up_to(due, pending, lines[at].bottom)
            full = lines[at].bottom - top + _notes_height(wanted, gap) > height
            if full and (at > first or crowded):
                break
            due, bottom = wanted, lines[at].bottom
            pending = [note for note in pending if note.reference >= bottom]
            at += 1
            if full:
                break
        shown, carried = _fitting(due, note_lines, height - (bottom - top) - gap, at == first)
        pages.append(Page(Band(top, bottom), shown))
    return tuple(pages)


def lines_of(document: QTextDocument, height: float) -> tuple[Band, ...]:
    """The lines of a laid out document that pages are cut between, none higher than `height`."""
    found = sorted(_lines(document), key=lambda line: line[0].top)
    merged: list[Band] = []
    keep = False
    for band, is_heading in found:
        if merged and (keep or band.top < merged[-1].bottom - _TOLERANCE):
            merged[-1] = Band(merged[-1].top, max(merged[-1].bottom, band.bottom))
        else:
            merged.append(band)
        keep = is_heading
    return tuple(part for band in merged for part in _parts(band, height))


def top_of(document: QTextDocument, position: int) -> float:
    """The upper edge of the line in which a position of a laid out document is."""
    block = document.findBlock(position)
    line = block.layout().lineForTextPosition(position - block.position())
    return _block_top(document, block) + (line.y() if line.isValid() else 0.0)


def _lines(document: QTextDocument) -> Iterator[tuple[Band, bool]]:
    block = document.begin()
    while block.isValid():
        top, layout = _block_top(document, block), block.layout()
        is_heading = block.blockFormat().headingLevel() > 0
        for number in range(layout.lineCount()):
            line = layout.lineAt(number)
            yield Band(top + line.y(), top + line.y() + line.height()), is_heading
        block = block.next()


def _block_top(document: QTextDocument, block: QTextBlock) -> float:
    top: float = document.documentLayout().blockBoundingRect(block).top()
    return top


def _parts(band: Band, height: float) -> Iterator[Band]:
    """A band in parts that fit a page."""
    top = band.top
    while band.bottom - top > height:
        yield Band(top, top + height)
        top += height
    yield Band(top, band.bottom)


def _with_notes_up_to(due: Band | None, pending: Sequence[Note], bottom: float) -> Band | None:
    """The notes `due` and those whose references stand above `bottom`; they follow each other."""
    for note in pending:
        if note.reference >= bottom:
            break
        due = note.band if due is None else Band(due.top, note.band.bottom)
    return due


def _notes_height(notes: Band | None, gap: float) -> float:
    return 0.0 if notes is None else notes.height + gap


def _fitting(
    notes: Band | None, lines: Sequence[Band], room: float, alone: bool
) -> tuple[Band | None, Band | None]:
    """The part of the notes that has room, and the rest; `alone` on a page there is at least one line."""
    if notes is None or notes.height <= room:
        return notes, None
    inside = [line for line in lines if notes.top < (line.top + line.bottom) / 2 < notes.bottom]
    fitting = [line for line in inside if line.bottom - notes.top <= room] or inside[: 1 if alone else 0]
    if not inside:
        return notes, None
    if not fitting:
        return None, notes
    rest = inside[len(fitting) :]
    return Band(notes.top, fitting[-1].bottom), (Band(rest[0].top, notes.bottom) if rest else None)
