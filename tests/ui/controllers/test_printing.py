"""What goes to paper: laid out in a thread, previewed page by page, written as PDF."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from pypdfium2 import PdfDocument
from PySide6.QtCore import QBuffer, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtPrintSupport import QPrintDialog
from PySide6.QtTest import QTest

from writer.ui.common.fonts import SANS, SERIF, families_of
from writer.ui.printing.page_layout import (
    default_page_layout,
    lay_out,
    paint_page,
    pdf_writer,
    print_pages,
    with_hard_breaks,
)
from writer.ui.printing.print_preview import PrintPreview

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|does not support (raise|grabbing)")
TEXT = "# The garden\n\nIt *rained*.\nIt stopped.\n\n下了**雨**。\n" + "It had rained all night. " * 900


def test_a_thread_lays_out_and_a_pdf_holds_every_word_of_it(qapp, tmp_path):
    paper, path = default_page_layout(), tmp_path / "a.pdf"

    def work():
        pages, painted = lay_out(TEXT, True, families_of(SERIF), paper), QBuffer()
        painted.open(QBuffer.OpenModeFlag.WriteOnly)
        taken = print_pages(pdf_writer(painted, "The garden", paper), pages)
        path.write_bytes(painted.data().data())
        return pages.count, taken

    with ThreadPoolExecutor(1) as pool:
        count, taken = pool.submit(work).result()
    assert taken
    with PdfDocument(path) as read:
        assert len(read) == count > 2
        title = read.get_metadata_value("Title")
        words = " ".join(page.get_textpage().get_text_bounded() for page in read).split()
    assert words.count("rained") >= 901  # Qt puts some lines into both pages that they lie between
    assert words[:2] == ["The", "garden"]
    assert "*" not in "".join(words)
    assert title == "The garden"


def test_lines_stay_lines_and_code_stays_code():
    assert with_hard_breaks("a\nb\n\nc") == "a  \nb\n\nc"
    assert with_hard_breaks("```\na\nb\n```\nc\nd") == "```\na\nb\n```\nc  \nd"
    assert with_hard_breaks("# a\nb\n---\nc") == "# a\nb  \n---\nc"


def test_plain_text_keeps_its_marks(qapp):
    assert (
        lay_out("a *b*", False, families_of(SERIF), default_page_layout()).document.toPlainText() == "a *b*"
    )


def test_ink_is_black_in_every_theme(qapp):
    pages = lay_out("see [this](https://a.example) text", True, families_of(SANS), default_page_layout())
    image = QImage(pages.paper.toSize(), QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    paint_page(painter, pages, 0)
    painter.end()
    colours = {image.pixelColor(x, y).name() for x in range(80, 400) for y in range(80, 130)}
    assert len(colours) > 3
    assert all(QColor(name).saturation() == 0 for name in colours)


def test_the_preview_shows_the_pages(start):
    writing = start()
    writing.editor.set_text(TEXT)
    writing.actions["file.print_preview"].trigger()
    writing.until(lambda: any(p.isVisible() for p in writing.window.findChildren(PrintPreview)))
    [preview] = writing.window.findChildren(PrintPreview)
    count = preview._pages.count
    assert preview._number.text() == f"Page 1 of {count}"
    QTest.keyClick(preview.view, Qt.Key.Key_End)
    assert preview._number.text() == f"Page {count} of {count}"
    image = preview.view.viewport().grab().toImage()
    assert any(
        image.pixelColor(x, y).lightness() < 80
        for x in range(100, image.width(), 2)
        for y in range(0, 300, 2)
    )
    QTest.keyClick(preview.view, Qt.Key.Key_Escape)
    writing.until(lambda: not writing.window.findChildren(PrintPreview))


def test_keys_ask_for_the_printer_and_prints_to_it(start, tmp_path):
    writing = start()
    writing.editor.set_text(TEXT)
    writing.key("Ctrl+Shift+P")
    writing.until(lambda: any(d.isVisible() for d in writing.window.findChildren(QPrintDialog)))
    [dialog] = writing.window.findChildren(QPrintDialog)
    dialog.printer().setOutputFileName(str(tmp_path / "out.pdf"))
    dialog.done(QPrintDialog.DialogCode.Accepted)
    writing.until(lambda: writing.window.status.message.full_text() == "Printed.", 20)
    assert (tmp_path / "out.pdf").read_bytes().startswith(b"%PDF")
