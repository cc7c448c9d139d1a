"""The log's format: what is written is read, and damage ends a log without a wrong character."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from writer.documents.journal.records import BEGUN, DocumentInfo, Edit, Saving, View, decode, encode
from writer.documents.journal.utf16_buffer import CHUNK, Utf16Buffer
from writer.documents.text_file import FileVersion
from writer.documents.text_format import TextFormat

forms = st.builds(
    TextFormat,
    newline=st.sampled_from(["\n", "\r\n"]),
    bom=st.booleans(),
    stand_ins=st.lists(st.tuples(st.characters(), st.characters()), max_size=3).map(tuple),
    encoding=st.sampled_from(["utf-8", "gb18030"]),
    spellings=st.lists(st.tuples(st.characters(), st.binary(max_size=4)), max_size=2).map(tuple),
)
paths = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
titles = st.builds(
    DocumentInfo,
    path=paths,
    form=forms,
    stamp=st.none()
    | st.builds(FileVersion, st.integers(0, 1 << 40), st.integers(0, 1 << 62), st.text("0123abc")),
    saved=st.booleans(),
    empty=st.booleans(),
    proposed=paths,
)
edits = st.builds(Edit, st.integers(0, 1 << 40), st.integers(0, 1 << 40), st.binary(max_size=50))
views = st.builds(View, st.integers(0, 99), st.integers(0, 99), st.integers(0, 99))
savings = st.builds(Saving, paths, forms)
records = st.lists(titles | edits | views | savings | st.just(BEGUN), max_size=12)


@given(records)
def test_what_is_written_is_read(some):
    data = b"".join(map(encode, some))
    read = list(decode(data))
    assert [record for record, _ in read] == some
    assert not read or read[-1][1] == len(data)


@pytest.mark.parametrize("encoding", ["", "x", "a\0b", "rot13", "base64", "undefined", "\ud800"])
def test_a_record_with_an_encoding_that_is_none_is_damaged(encoding):
    form = TextFormat(encoding=encoding)
    for record in (DocumentInfo("/a.txt", form), Saving("/a.txt", form)):
        assert list(decode(encode(record))) == []


@pytest.mark.parametrize("path", ["\ud800", "/a\0b"])
def test_a_record_with_a_path_that_is_none_is_damaged(path):
    for record in (DocumentInfo(path), DocumentInfo(proposed=path), Saving(path, TextFormat())):
        assert list(decode(encode(record))) == []
    assert list(decode(encode(DocumentInfo("/\udcff.txt"))))  # bytes that are no text are a path


@given(records, st.data())
def test_a_torn_or_damaged_log_is_read_up_to_the_damage(some, data):
    parts = [encode(record) for record in some]
    whole = b"".join(parts)
    cut = data.draw(st.integers(0, len(whole)))
    ends = [sum(map(len, parts[: i + 1])) for i in range(len(parts))]
    assert [end for _, end in decode(whole[:cut])] == [end for end in ends if end <= cut]
    if whole:
        at, bit = data.draw(st.integers(0, len(whole) - 1)), data.draw(st.integers(0, 7))
        damaged = bytearray(whole)
        damaged[at] ^= 1 << bit
        assert [end for _, end in decode(bytes(damaged))] == [end for end in ends if end <= at]


@given(
    st.text(max_size=50),
    st.lists(st.tuples(st.integers(0), st.integers(0), st.text(max_size=20)), max_size=30),
)
def test_edits_give_what_they_give_to_a_plain_text(text, changes):
    units, plain = Utf16Buffer(text), text.encode("utf-16-le")
    for position, removed, added in changes:
        length = len(plain) // 2
        start = position % (length + 1)
        gone = removed % (length - start + 1)
        data = added.encode("utf-16-le")
        units.apply(Edit(start, gone, data))
        plain = plain[: 2 * start] + data + plain[2 * (start + gone) :]
    assert units.text() == plain.decode("utf-16-le", "replace")


def test_edits_across_chunks():
    text = "".join(chr(0x4E00 + i % 5000) for i in range(CHUNK * 2))
    units = Utf16Buffer(text)
    units.apply(Edit(10, CHUNK + 77, "in".encode("utf-16-le")))
    text = text[:10] + "in" + text[10 + CHUNK + 77 :]
    units.apply(Edit(len(text), 0, (text * 2).encode("utf-16-le")))
    text += text * 2
    units.apply(Edit(0, len(text), b""))
    units.apply(Edit(0, 0, "x".encode("utf-16-le")))
    assert units.text() == "x"


def test_a_hundred_thousand_edits_in_ten_megabytes_take_seconds():
    units = Utf16Buffer("lorem ipsum " * 400_000)
    begin = time.perf_counter()
    place = 2_400_000
    for _ in range(100_000):
        place -= 1
        units.apply(Edit(place, 1, b""))
    assert time.perf_counter() - begin < 10
    assert len(units.text()) == 4_700_000
