"""The HTML of the preview: no markup of the text itself, and the line of each block."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from writer.documents.pandoc import to_preview_html


def test_each_block_has_the_line_at_which_it_begins():
    text = "# A *b*\n\none\ntwo\n\n- x\n- y\n\n> 雨\n\n```\ncode\n```\n\n| a |\n|---|\n| b |\n\nLast\n===\n"
    lines = [int(line) for line in re.findall(r'<a name="line-(\d+)"></a>', to_preview_html(text))]
    assert lines[:6] == [1, 3, 6, 7, 9, 11]
    assert lines[-1] in (19, 20)


class _Tags(HTMLParser):
    """The tags of HTML, and what their attributes may load."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name not in ("alt", "title", "name")]


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "a <img src='http://x/y.png'> b",
        "<style>p { background: url(http://x/y) }</style>",
        "<div style='background: url(http://x/y)'>\n\nwords\n\n</div>",
        "<link rel=stylesheet href=http://x/y>",
        "<table background='http://x/y'><tr><td>words</td></tr></table>",
        "![a](http://x/y.png)",
        "![a](</dev/zero>)",
        "<iframe src=http://x/y></iframe>",
        '![a](x.png "<img src=http://x/y>")',
    ],
)
def test_no_markup_of_the_text_comes_through(text):
    found = _Tags()
    found.feed(to_preview_html(text))
    assert found.tags <= {"p", "a", "br", "img", "div", "b", "table", "thead", "tbody", "tr", "td", "th"}
    assert [value for value in found.addresses if not re.fullmatch("picture:[0-9a-f]+", value)] == []


def test_what_html_says_stays():
    html = to_preview_html("<div>\nkept <b>strong</b><br>next\n</div>\n\na<br>b <sup>c</sup>")
    assert "kept <strong>strong</strong>" in html
    assert "a<br />\nb c" in html
