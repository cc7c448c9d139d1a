"""Footnotes on paper: on the page of their reference, whole or carried over, in print and PDF."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdfium2 import PdfDocument
from PySide6.QtGui import QTextCursor

from writer.ui.common.fonts import SERIF, families_of
from writer.ui.printing import export
from writer.ui.printing.page_layout import default_page_layout, lay_out
from writer.ui.printing.pagination import Band, Note, paginate

WORDS = "It had rained all night. " * 30
GAP = 10.0


def pdf_pages(tmp_path, text: str, markdown: bool = True) -> list[str]:
    path = tmp_path / "a.pdf"
    export.write(path, text, "T", markdown, families_of(SERIF), lambda: False)
    with PdfDocument(path) as read:
        return [" ".join(page.get_textpage().get_text_bounded().split()) for page in read]


def test_a_note_is_on_the_page_of_its_reference(qapp, tmp_path):
    parts = (f"Part{n} and[^{n}] {WORDS}\n\n" for n in range(12))
    notes = (f"[^{n}]: Note{n} of *{n}*.\n" for n in reversed(range(12)))
    pages = pdf_pages(tmp_path, "".join((*parts, *notes)))
    assert len(pages) > 2
    for n in range(12):
        page = next(page for page in pages if f"Part{n} " in page)
        assert page.index(f"Part{n} ") < page.index(f"{n + 1} Note{n} of {n}.")
    assert "[^" not in "".join(pages)


def test_a_long_note_goes_on_below_the_next_page(qapp, tmp_path):
    pages = pdf_pages(tmp_path, f"{WORDS}[^1]\n\n{WORDS * 8}\n\n[^1]: {'word ' * 2000} last")
    assert "word" in pages[0]
    assert "word" in pages[1]
    assert sum(page.split().count("word") for page in pages) >= 2000
    assert any(page.split()[-2] == "last" for page in pages)  # before the page's number


def test_numbers_are_raised_and_keep_the_looks_beside_them(qapp):
    pages = lay_out("# A[^a]\n\n雨**b[^a]**\n\n[^a]: note", True, families_of(SERIF), default_page_layout())
    assert pages.document.toPlainText() == "A1\n雨b1"
    assert pages.notes.toPlainText() == "1 note"
    cursor = QTextCursor(pages.document)
    raised, weights = [], []
    for position in range(1, 6):
        cursor.setPosition(position)
        looks = cursor.charFormat()
        raised.append(looks.verticalAlignment() == looks.VerticalAlignment.AlignSuperScript)
        weights.append(looks.fontWeight())
    assert raised == [False, True, False, False, False]
    assert weights[0] == weights[1]
    assert pages.count == 1
    assert pages.pages[0].notes is not None


def test_without_markdown_references_stay(qapp, tmp_path):
    [page] = pdf_pages(tmp_path, "a[^1]\n\n[^1]: note", markdown=False)
    assert page == "a[^1] [^1]: note"


def test_front_matter_is_not_printed_but_its_title(qapp):
    def printed(text: str) -> str:
        return lay_out(text, True, families_of(SERIF), default_page_layout()).document.toPlainText()

    assert printed("---\ntitle: The Garden\nauthor: A\n---\nBody") == "The Garden\nBody"
    assert printed("---\ntitle: The Garden\n---\n\n# Own\n\nBody") == "Own\nBody"
    assert printed("---\nauthor: A\n---\n\nBody") == "Body"
    assert "Body" in printed("---\n\nBody\n\n---\n")


@pytest.mark.parametrize("text", ["", "\n\n", "---\ntitle: x\n---", "[^1]: alone", "[^1]"])
def test_little_texts_are_one_page(qapp, text):
    assert lay_out(text, True, families_of(SERIF), default_page_layout()).count == 1


def test_a_heading_stays_with_what_follows_it(qapp):
    for count in range(20, 40):
        text = "\n\n".join(["line"] * count) + "\n\n# Heading\n\nbelow"
        pages = lay_out(text, True, families_of(SERIF), default_page_layout())
        block = pages.document.findBlockByNumber(count)
        assert block.text() == "Heading"
        top = pages.document.documentLayout().blockBoundingRect(block).top()
        below = pages.document.documentLayout().blockBoundingRect(block.next()).top()
        assert any(p.text.top <= top + 1 and below + 1 < p.text.bottom for p in pages.pages)


heights = st.floats(1, 120)


@given(
    st.lists(st.tuples(heights, st.lists(st.lists(heights, min_size=1, max_size=5), max_size=3)), max_size=25)
)
def test_every_line_is_printed_once_and_nothing_overflows(spec):
    height, lines, notes, note_lines = 200.0, [], [], []
    y = note_y = 0.0
    for size, references in spec:
        for parts in references:
            begin = note_y
            for part in parts:
                note_lines.append(Band(note_y, note_y + part))
                note_y += part
            notes.append(Note(y, Band(begin, note_y)))
        lines.append(Band(y, y + size))
        y += size + 3
    pages = paginate(lines, notes, note_lines, height, GAP)
    printed = [line for page in pages for line in lines if page.text.top <= line.top < page.text.bottom]
    assert printed == lines
    shown = [page.notes for page in pages if page.notes is not None]
    assert sum(band.height for band in shown) == pytest.approx(note_y)
    assert all(a.bottom == pytest.approx(b.top) for a, b in pairwise(shown))
    for page in pages:
        below = page.notes.height + GAP if page.notes else 0
        assert page.text.height + below <= height + GAP + 1e-6
