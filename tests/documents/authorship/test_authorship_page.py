"""The page that shows where a text came from: whole, right and without anything that runs or is loaded."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from writer.documents.authorship.authorship_page import PageWords, authorship_page, shares
from writer.documents.authorship.origin import FIRST_BATCH, Origin, Run

NAMES = {
    Origin.TYPED: "Typed",
    Origin.TAKEN: "Taken",
    Origin.PASTED: "Pasted <b>",
    Origin.IMPORTED: "Imported",
}
TEXT = "a\U0001f600 <script>alert(1)</script> & “quotes”\n\tend"
RUNS: list[Run] = [(1, 0), (2, FIRST_BATCH), (10, 2), (25, 3), (1, 1), (6, 0)]
WORDS = PageWords(
    "en", "My <title>", NAMES, ("From", "Characters", "Share"), [("SHA-256", "ab12")], "A note."
)


class Reader(HTMLParser):
    """Collects the tags, and the text of the part with the document."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = self._inside or dict(attrs).get("class") == "text"

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "div"

    def handle_data(self, data: str) -> None:
        self.text += data if self._inside else ""


def test_the_page_holds_the_text_and_nothing_that_runs() -> None:
    page = authorship_page(TEXT, RUNS, WORDS)
    reader = Reader()
    reader.feed(page)
    assert reader.text == TEXT
    tags = {tag for tag, _ in reader.tags}
    assert not tags & {"script", "link", "img", "iframe", "b", "object"}
    assert not [name for _, attributes in reader.tags for name in attributes if name in ("src", "href")]
    assert "default-src 'none'" in page
    assert "ab12" in page
    assert "url(" not in page
    classes = [attributes.get("class") for tag, attributes in reader.tags if tag == "span"]
    assert classes == ["t", "k", "p", "i", "k", "p", "i", "k"]


def test_shares_count_characters_once() -> None:
    found = {share.origin: share.count for share in shares(TEXT, RUNS, NAMES)}
    assert found == {Origin.TYPED: 7, Origin.TAKEN: 2, Origin.PASTED: 10, Origin.IMPORTED: 25}
    assert [share.percent for share in shares("abcd", [(3, 0), (1, 2)], NAMES)] == [
        *("75.0 %", "0.0 %", "25.0 %", "0.0 %")
    ]
    assert shares("", [], NAMES)[0].percent == "–"
    assert re.search(r"<html lang=\"en\">", authorship_page("", [], WORDS))
