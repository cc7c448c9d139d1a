"""A pandoc that stays reads each document as a new one would, and outlives the damaged ones."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator

import pytest

from tests.corpus.documents import MARKDOWN, through_pandoc
from tests.fakes.processes import children
from writer.base.child_process import ChildError, Limit, LimitError, Limits
from writer.documents import pandoc
from writer.documents.tree_reader import TreeReader

LIMITS = Limits(seconds=60.0, memory=800 << 20, output=64 << 20)
MORE = "<p>One\ttwo\r\nthree <a href='https://example.org'>four</a></p><pre>a\tb</pre>"
KINDS = {
    pandoc.DOCX: through_pandoc("docx"),
    pandoc.ODT: through_pandoc("odt"),
    pandoc.HTML: f"<html><head><title>Ferry</title></head><body>{MORE}</body></html>".encode(),
    pandoc.RST: b"Ferry\r\n=====\r\n\r\n.. include:: /etc/hostname\r\n\r\nA\tword.",
    pandoc.LATEX: b"\\title{Ferry}\\begin{document}\\input{/etc/hostname} Words.\\end{document}",
}


@pytest.fixture
def reader() -> Iterator[TreeReader]:
    with contextlib.closing(TreeReader(LIMITS)) as made:
        yield made


def test_trees_are_those_of_a_new_pandoc_and_no_file_is_opened(reader: TreeReader) -> None:
    for source, data in KINDS.items():
        assert json.loads(reader(data, source)) == json.loads(pandoc.to_tree(data, source, LIMITS))
    assert len(children()) == 1
    reader.close()
    assert children() == []


def test_a_damaged_document_costs_only_itself(reader: TreeReader) -> None:
    good = through_pandoc("docx", MARKDOWN)
    before = reader(good, pandoc.DOCX)
    for damaged in (good[:2000], b"", b"\0" * 100):
        with pytest.raises(ChildError):
            reader(damaged, pandoc.DOCX)
    assert reader(good, pandoc.DOCX) == before


def test_a_tree_without_end_is_a_limit_and_the_next_document_is_read() -> None:
    small = Limits(seconds=60.0, memory=800 << 20, output=20_000)
    with contextlib.closing(TreeReader(small)) as reader:
        with pytest.raises(LimitError) as error:
            reader(b"<p>a b c</p>" * 2000, pandoc.HTML)
        assert error.value.limit is Limit.OUTPUT
        assert b"still" in reader(b"<p>still here</p>", pandoc.HTML)
