"""The places at which a single text is divided."""

from __future__ import annotations

import pytest

from writer.corpus.document import make_document
from writer.corpus.split import _divide_newest


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("One line of words. " * 20 + "\n\nThe end.\n\nMore of it.", "The end.\n\nMore of it."),
        ("Not much is said in this letter. " * 10, "Not much is said in this letter."),
        ("words without an end " * 20, "words without an end words without an end"),
        ("小溪从山上流下来，绕过村子，流进了湖里。" * 20, "小溪从山上流下来，绕过村子，流进了湖里。"),
        ("不" * 100, "不" * 10),
    ],
)
def test_the_end_begins_with_a_paragraph_a_sentence_or_a_word(text, end):
    rest, taken = _divide_newest([make_document("a.txt", "txt", text.strip(), None, "0" * 64)])
    whole = rest[0].text + taken[0].text
    assert "".join(whole.split()) == "".join(text.split())
    assert taken[0].text.startswith(end[:20])
    assert sum(part.words for part in (*rest, *taken)) == make_document("a", "txt", text, None, "").words
