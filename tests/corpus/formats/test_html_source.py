"""Of a web page the text is read, and nothing of what stands around it."""

from __future__ import annotations

import pytest

from writer.commands.workers.extract import PANDOC
from writer.corpus.document_reader import read_text
from writer.corpus.formats.html_source import own_text

TEXT = "<h1>The ferry</h1><p>It was <b>cold</b> &amp; the river went by, and nobody came for a long time."
KEPT = "The ferry\n\nIt was cold & the river went by, and nobody came for a long time."
MENU = "<ul>" + "".join(f"<li><a href='/{n}'>Page {n}</a>" for n in range(4)) + "</ul>"


def text_of(source: str) -> str:
    return read_text(source.encode(), "html", PANDOC).text


@pytest.mark.parametrize(
    "around",
    [
        "<nav>Home</nav>{}<footer>All rights reserved</footer>",
        "<header><h2>My blog</h2></header>{}<aside>Hints</aside>",
        "<div id='sidebar'>Hints</div><div class='content with-sidebar'>{}</div>",
        "<div class='post'>{}</div><section class='comments-area'><p>First!</p></section>",
        "<div role='banner'>My blog</div>{}<div role='contentinfo'>2024</div>",
        "{}" + MENU,
        "<div>" + MENU + "</div><div>{}</div>",
        "{}<form><p>Your name</p></form><div class=cookie-notice>Cookies!</div><p hidden>x</p>",
        "<p class=share-buttons>Tell others<p>{}",
        "<article><header><h1></h1></header>{}</article>",
        "<body class='sidebar'>{}</i></div></span>",
    ],
)
def test_what_stands_around_the_text_goes(around):
    assert text_of(f"<html><body>{around.format(TEXT)}</body></html>") == KEPT


def test_names_are_no_evidence_where_they_hold_the_text():
    assert text_of(f"<div class='comments'>{TEXT * 3}</div><p>More.") == "\n\n".join([KEPT] * 3 + ["More."])


def test_links_within_text_and_lists_of_sentences_stay():
    source = "<p>See <a href=a>one</a>, <a href=b>two</a> and, where it is open, <a href=c>three</a>.</p>"
    assert text_of(source) == "See one, two and, where it is open, three."


def test_pages_of_other_programs_are_decoded_and_pictures_are_not_described():
    page = "<head><meta content=text/html; charset = iso-8859-6></head><p>{}</p>"
    arabic = "انتظر الملاح حتى انخفض النهر ثم غنى اغنية قديمة عن الشاي"
    assert read_text(page.format(arabic).encode("iso-8859-6"), "html", PANDOC).text == arabic
    assert text_of("<p>It was \0cold, and nobody came for a long time. <img alt='logo' src=a></p>") == (
        "It was cold, and nobody came for a long time."
    )


def test_mails_are_read_without_what_they_quote():
    mail = (
        "<div>I come.</div><div class='moz-signature'>Anna</div><div class='gmail_quote'><div>On Monday Bert"
        " wrote:</div><blockquote>Do you come?</blockquote></div>"
    )
    assert own_text(mail) == "<div>I come.</div>"
