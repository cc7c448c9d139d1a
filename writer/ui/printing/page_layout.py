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

from writer.text.markdown import closes_fence, fence

SIZE = 11
"""The text's size on paper."""

_MARGIN = 68.0
_LEADING = 125
_DPI = 96.0
_INK = QColor("#000000")


@dataclass(frozen=True, slots=True)
class PrintPages:
    """A text laid out for printing: `document` in units of 1/96 inch, on pages of the size `paper`."""

    document: QTextDocument
    paper: QSizeF
    count: int


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
    document = QTextDocument()
    font = QFont(list(families), SIZE)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    document.setDefaultFont(font)
    option = QTextOption()
    option.setUseDesignMetrics(True)
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    document.setDefaultTextOption(option)
    if markdown:
        document.setMarkdown(with_hard_breaks(text), QTextDocument.MarkdownFeature.MarkdownDialectGitHub)
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
    inner = paper.paintRect(QPageLayout.Unit.Point)
    scale = _DPI / 72
    document.setDocumentMargin(0)
    document.setPageSize(QSizeF(inner.width() * scale, inner.height() * scale))
    count = document.pageCount()
    application = QGuiApplication.instance()
    if application is not None and QThread.currentThread() is not application.thread():
        document.moveToThread(application.thread())
    return PrintPages(document, paper.fullRect(QPageLayout.Unit.Point).size() * scale, count)


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
    size = pages.document.pageSize()
    left = (pages.paper.width() - size.width()) / 2
    top = (pages.paper.height() - size.height()) / 2
    painter.save()
    painter.translate(left, top - index * size.height())
    context = QAbstractTextDocumentLayout.PaintContext()
    context.palette = QPalette(_INK, _INK)
    context.palette.setColor(QPalette.ColorRole.Text, _INK)
    area = QRectF(QPointF(0, index * size.height()), size)
    painter.setClipRect(area)
    context.clip = area.adjusted(0, 1, 0, -1)  # else an invisible line beside the page is in the PDF
    pages.document.documentLayout().draw(painter, context)
    painter.restore()
    if pages.count > 1:
        painter.save()
        painter.setPen(_INK)
        painter.setFont(QFont(pages.document.defaultFont().families(), SIZE - 2))
        foot = QRectF(0, pages.paper.height() - top * 0.7, pages.paper.width(), top * 0.4)
        painter.drawText(foot, Qt.AlignmentFlag.AlignCenter, str(index + 1))
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
