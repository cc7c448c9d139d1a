"""Page layout of a Markdown text for the printer, the preview and PDF files.

Independent of the window, so that a long text can be laid out and printed in a thread. Lengths are points
(1/72 inch) unless stated otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QIODevice, QLocale, QMarginsF, QPointF, QRectF, QSizeF, Qt, QThread
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QFont,
    QGuiApplication,
    QPagedPaintDevice,
    QPageLayout,
    QPageSize,
    QPainter,
    QPalette,
    QPdfWriter,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextOption,
)

from writer.text.footnotes import Footnotes, footnotes
from writer.text.front_matter import front_matter_title, split_front_matter
from writer.text.markdown import closes_fence, fence, heading
from writer.ui.printing.note_numbers import raise_numbers
from writer.ui.printing.pagination import Band, Note, Page, lines_of, paginate, top_of

SIZE = 11
"""The text's size on paper."""

NOTE_SIZE = SIZE - 2
"""The size of footnotes and page numbers."""

NOTE_GAP = 20.0
"""The least distance of text and footnotes, with a line in its middle, in units of 1/96 inch."""

_MARGIN = 68.0
_LEADING = 125
_DPI = 96.0
_INK = QColor("#000000")


@dataclass(frozen=True, slots=True)
class PrintPages:
    """A text laid out for printing, in units of 1/96 inch.

    `document` and `notes` are laid out in one piece, `pages` says which part of each is where; `inner` is the
    part of the `paper` between the margins.
    """

    document: QTextDocument
    notes: QTextDocument
    pages: tuple[Page, ...]
    paper: QSizeF
    inner: QSizeF

    @property
    def count(self) -> int:
        """The number of pages."""
        return len(self.pages)


def default_page_layout() -> QPageLayout:
    """A4 or Letter, as the system's locale has it, in portrait, with margins."""
    size = QPageSize(QPageSize.PageSizeId.Letter if _uses_letter() else QPageSize.PageSizeId.A4)
    margins = QMarginsF(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
    return QPageLayout(size, QPageLayout.Orientation.Portrait, margins, QPageLayout.Unit.Point)


def lay_out(text: str, markdown: bool, families: Sequence[str], paper: QPageLayout) -> PrintPages:
    """Lay out `text` on `paper`, with its Markdown rendered if `markdown` is true.

    Line breaks are kept, because some writers put each paragraph on a line, as in Chinese. May be called in
    any thread; the result belongs to the window's thread.
    """
    scale = _DPI / 72
    inner = paper.paintRect(QPageLayout.Unit.Point).size() * scale
    found = footnotes(_with_title(text)) if markdown else Footnotes(text, (), "", "")
    document = _laid_out(found.text, markdown, families, SIZE, inner.width())
    marks = (f"{found.opening}{number}{found.closing} {note}" for number, note in enumerate(found.notes, 1))
    notes = _laid_out("\n\n".join(marks), markdown, families, NOTE_SIZE, inner.width())
    references = raise_numbers(document, found)
    places = [top_of(document, position) for position in references]
    starts = [top_of(notes, position) for position in raise_numbers(notes, found)]
    ends = [*starts[1:], notes.size().height()]
    pages = paginate(
        lines_of(document, inner.height()),
        [Note(*one) for one in zip(places, map(Band, starts, ends), strict=True)],
        lines_of(notes, inner.height()),
        inner.height(),
        NOTE_GAP,
    )
    application = QGuiApplication.instance()
    if application is not None and QThread.currentThread() is not application.thread():
        document.moveToThread(application.thread())
        notes.moveToThread(application.thread())
    return PrintPages(document, notes, pages, paper.fullRect(QPageLayout.Unit.Point).size() * scale, inner)


def _with_title(text: str) -> str:
    """The text behind the front matter, with the title as a heading unless it begins with one."""
    title = " ".join(front_matter_title(text).split())
    _lines, body = split_front_matter(text)
    first = next((line for line in body.split("\n", 20) if line.strip()), "")
    level = heading(first)
    return f"# {title}\n\n{body}" if title and not (level and level[0] == 1) else body


def _laid_out(text: str, markdown: bool, families: Sequence[str], size: int, width: float) -> QTextDocument:
    document = QTextDocument()
    font = QFont(list(families), size)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    document.setDefaultFont(font)
    option = QTextOption()
    option.setUseDesignMetrics(True)
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    document.setDefaultTextOption(option)
    if markdown:
        # The empty line keeps Qt from taking the text between two rules for front matter.
        markdown_text = "\n" + with_hard_breaks(text)
        document.setMarkdown(markdown_text, QTextDocument.MarkdownFeature.MarkdownDialectGitHub)
    else:
        document.setPlainText(text)
    cursor = QTextCursor(document)
    cursor.select(QTextCursor.SelectionType.Document)
    leading = QTextBlockFormat()
    leading.setLineHeight(_LEADING, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
    cursor.mergeBlockFormat(leading)
    ink = QTextCharFormat()
    ink.setForeground(_INK)  # links take their colour from the window's theme
    cursor.mergeCharFormat(ink)
    document.setDocumentMargin(0)
    document.setTextWidth(width)
    return document


def with_hard_breaks(text: str) -> str:
    """Markdown with hard line breaks in paragraphs; code blocks are unchanged."""
    lines, opening = text.split("\n"), ""
    for index, line in enumerate(lines):
        if opening:
            opening = "" if closes_fence(line, opening) else opening
        elif not (opening := fence(line)) and _TEXT_LINE.match(line) and index + 1 < len(lines):
            lines[index] = line + ("  " if lines[index + 1].strip() else "")
    return "\n".join(lines)


def paint_page(painter: QPainter, pages: PrintPages, index: int) -> None:
    """Paint a page and its number. The painter's units are 1/96 inch from the corner of the paper."""
    left = (pages.paper.width() - pages.inner.width()) / 2
    top = (pages.paper.height() - pages.inner.height()) / 2
    page = pages.pages[index]
    _paint_band(painter, pages.document, page.text, QPointF(left, top), pages.inner.width())
    if page.notes is not None:
        begin = top + pages.inner.height() - page.notes.height
        line = begin - NOTE_GAP / 2
        painter.save()
        painter.setPen(_INK)
        painter.drawLine(QPointF(left, line), QPointF(left + pages.inner.width() / 4, line))
        painter.restore()
        _paint_band(painter, pages.notes, page.notes, QPointF(left, begin), pages.inner.width())
    if pages.count > 1:
        painter.save()
        painter.setPen(_INK)
        painter.setFont(QFont(pages.document.defaultFont().families(), NOTE_SIZE))
        foot = QRectF(0, pages.paper.height() - top * 0.7, pages.paper.width(), top * 0.4)
        painter.drawText(foot, Qt.AlignmentFlag.AlignCenter, str(index + 1))
        painter.restore()


def _paint_band(
    painter: QPainter, document: QTextDocument, band: Band, corner: QPointF, width: float
) -> None:
    """Paint a part of a document at a place on the paper."""
    painter.save()
    painter.translate(corner.x(), corner.y() - band.top)
    context = QAbstractTextDocumentLayout.PaintContext()
    context.palette = QPalette(_INK, _INK)
    context.palette.setColor(QPalette.ColorRole.Text, _INK)
    area = QRectF(0, band.top, width, band.height)
    painter.setClipRect(area)
    context.clip = area.adjusted(0, 1, 0, -1)  # else an invisible line beside the page is in the PDF
    document.documentLayout().draw(painter, context)
    painter.restore()


def print_pages(
    device: QPagedPaintDevice,
    pages: PrintPages,
    first: int = 0,
    last: int | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> bool:
    """Paint the pages `first` to `last` (from 0, inclusive); False where the device failed."""
    device.setPageMargins(QMarginsF())
    painter = QPainter()
    if not painter.begin(device):
        return False
    try:
        scale = device.logicalDpiX() / _DPI
        painter.scale(scale, scale)
        end = pages.count - 1 if last is None else min(last, pages.count - 1)
        for index in range(first, end + 1):
            if cancelled():
                break
            if index > first and not device.newPage():
                return False
            paint_page(painter, pages, index)
    finally:
        painter.end()
    return True


def pdf_writer(device: QIODevice, title: str, paper: QPageLayout) -> QPdfWriter:
    """A paint device that writes PDF to an open device."""
    writer = QPdfWriter(device)
    writer.setPageLayout(paper)
    writer.setTitle(title)
    writer.setCreator("Writer")
    return writer


def _uses_letter() -> bool:
    return QLocale().measurementSystem() == QLocale.MeasurementSystem.ImperialUSSystem


_TEXT_LINE = re.compile(r"(?! {0,3}(?:#{1,6}(?:\s|$)|\||(?:[-*_][ \t]*){3,}$))\s*\S")
"""Lines that get a hard break: no headings, tables or rules."""
