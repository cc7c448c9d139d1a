"""No word of an OpenDocument text or a book is lost where pandoc looks elsewhere."""

from __future__ import annotations

import io
import zipfile

import pytest

from tests.corpus.documents import SENTENCE, through_pandoc
from writer.commands.workers.extract import PANDOC
from writer.corpus.document_reader import read_text
from writer.corpus.formats.small_formats import zipped_opendocument

OASIS = "urn:oasis:names:tc:opendocument:xmlns"


def odt(body: str) -> bytes:
    spaces = " ".join(
        f'xmlns:{name}="{OASIS}:{space}"'
        for name, space in (
            ("office", "office:1.0"), ("text", "text:1.0"), ("draw", "drawing:1.0"),
            ("svg", "svg-compatible:1.0"),
        )
    )  # fmt: skip
    return zipped_opendocument(
        f"<office:document {spaces}><office:body><office:text>{body}</office:text></office:body>"
        "</office:document>".encode()
    )


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<text:p>See <text:chapter>Two</text:chapter> of <text:page-count>7</text:page-count>.</text:p>",
         "See Two of 7."),
        ("<text:p>1 + 2 = <text:expression text:formula='a+b'>3</text:expression></text:p>", "1 + 2 = 3"),
        ("<text:p>out<draw:frame><draw:text-box><text:p>boxed</text:p></draw:text-box></draw:frame>side</text:p>"
         "<text:p>next</text:p>", "outside\n\nboxed\n\nnext"),
        ("<text:p><draw:rect draw:name='a'><svg:title>Name</svg:title><svg:desc>A box</svg:desc>"
         "<text:p>drawn</text:p></draw:rect><draw:line/></text:p>", "drawn"),
        ("<text:bibliography><text:bibliography-source><text:index-title-template>Title</text:index-title-template>"
         "</text:bibliography-source><text:index-body><text:p>An entry</text:p></text:index-body>"
         "</text:bibliography>", "An entry"),
    ],
    ids=["fields", "formula", "box", "shape", "index"],
)  # fmt: skip
def test_no_word_of_an_opendocument_text_is_lost(body, text):
    assert read_text(odt(body), "odt", PANDOC).text == text


def test_the_title_page_of_a_book_is_read_and_its_metadata_are_not():
    book = zipfile.ZipFile(io.BytesIO(through_pandoc("epub", SENTENCE)))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in book.namelist():
            page = book.read(name)
            if name.endswith("title_page.xhtml"):
                page = page.replace(b"</section>", b"<p>For Anna</p></section>")
            archive.writestr(name, page)
    text = read_text(file.getvalue(), "epub", PANDOC).text
    assert text.startswith("Ferry\n\nFor Anna")
    assert SENTENCE in text
