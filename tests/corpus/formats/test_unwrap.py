"""What was wrapped is unwrapped, in English and in Chinese; what was written in lines stays in them."""

from __future__ import annotations

import textwrap

import pytest

from writer.corpus.formats.unwrap import unwrap

PARAGRAPHS = (
    "It was a long winter, and the ferryman's boat lay in the reeds while the river went by without a word "
    "about it; nobody came, and nobody asked for him. He mended what there was to mend, and read the three "
    "books that his sister had left, and then he read them once more from the last page to the first.",
    "“You will go,” she said, “when the ice has gone and the geese are back—not before.”",
    "He had a well-worn coat and a twenty-two-year-old lamp, and in the evenings he wrote down what he had "
    "seen, which was little: a heron, a boy with a sledge, and smoke above the houses of the other side.",
)
CHINESE = (
    "船夫一直等到河水退去，然后他唱起了歌。那年冬天很长，没有人来，也没有人问起他；他修好了能修的东西，"
    "又把姐姐留下的三本书从最后一页读到第一页。",
    "春天来了，冰化了，大雁也回来了。他把船推进水里，向对岸划去，岸上的孩子们一边跑一边喊着他的名字，"
    "他没有回头。",
    "后来的事情谁也不知道。有人说他在海边的城里开了一家小店，卖灯和旧书；也有人说，在起雾的早晨，"
    "还能听见他在河上唱歌，歌声很轻，像是唱给自己听的。",
)
VERSE = """Shall I compare thee to a summer's day?
Thou art more lovely and more temperate:
Rough winds do shake the darling buds of May,
And summer's lease hath all too short a date;
Sometime too hot the eye of heaven shines,
And often is his gold complexion dimm'd;
And every fair from fair sometime declines,
By chance or nature's changing course untrimm'd;
But thy eternal summer shall not fade,
Nor lose possession of that fair thou ow'st;"""
KEPT = (
    VERSE,
    "床前明月光\n疑是地上霜\n举头望明月\n低头思故乡",
    "Anna Berg\nHauptstraße 17, hinter dem Hof\n20095 Hamburg\nGermany",
    "- milk and bread from the shop at the corner of the street\n- a lamp\n- two books for the child",
    "| name | place |\n|---|---|\n| Anna | Hamburg |",
    "# The long winter of the ferryman and the river that went by\nIt was cold.",
    "The Long Winter\n===============",
    "    for name in names:\n        print(name, file=the_stream_that_was_opened_before_it)\n    return",
    "From: Anna Berg <anna@example.org>\nTo: Bert\nSubject: The ferry, and what we shall do in the winter",
    "\n".join(CHINESE),
    "\n".join(PARAGRAPHS),
)


def wrapped(paragraph: str, columns: int) -> str:
    return textwrap.fill(paragraph, columns)


def wrapped_chinese(paragraph: str, characters: int) -> str:
    return "\n".join(paragraph[i : i + characters] for i in range(0, len(paragraph), characters))


@pytest.mark.parametrize("columns", [58, 66, 72, 80, 100])
def test_wrapped_paragraphs_are_one_line_again(columns):
    text = "\n\n".join(PARAGRAPHS)
    assert unwrap("\n\n".join(wrapped(p, columns) for p in PARAGRAPHS)) == text


def test_chinese_lines_join_without_a_blank():
    assert unwrap("\n\n".join(wrapped_chinese(p, 32) for p in CHINESE)) == "\n\n".join(CHINESE)
    indented = "\n".join(wrapped_chinese("\u3000\u3000" + p, 32) for p in CHINESE)
    assert unwrap(indented) == "\n".join("\u3000\u3000" + p for p in CHINESE)


@pytest.mark.parametrize("text", KEPT)
def test_what_was_written_in_lines_stays_also_beside_wrapped_text(text):
    assert unwrap(text) == text
    before = "\n\n".join(wrapped(p, 72) for p in PARAGRAPHS)
    assert unwrap(f"{before}\n\n{text}\n\n{before}").split("\n\n", 3)[3].startswith(text + "\n\n")


def test_items_that_are_wrapped_become_lines():
    items = "\n".join(textwrap.fill("- " + p, 70, subsequent_indent="  ") for p in PARAGRAPHS)
    assert unwrap(items) == "\n".join("- " + p for p in PARAGRAPHS)


def test_line_breaks_that_markdown_means_stay():
    text = wrapped(PARAGRAPHS[0], 72).replace("\n", "  \n")
    assert unwrap(text) == text
