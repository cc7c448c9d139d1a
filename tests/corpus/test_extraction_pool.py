"""Every kind of document gives all its words; what is hostile, broken or locked is named, and only that."""

from __future__ import annotations

import io
import json
import os
import random
import stat
import sys
import threading
import time
import zipfile
from datetime import date
from pathlib import Path

import pytest

from tests.corpus.documents import CHINESE, EXPECTED, MARKDOWN, SENTENCE, TABLE, pdf, rtf, through_pandoc
from tests.fakes.odd_files import NO_FILES, odd_file
from tests.fakes.processes import children
from writer.base import paths
from writer.base.progress import Cancelled, Progress
from writer.corpus import extraction_pool as extracting
from writer.corpus.build import build_corpus
from writer.corpus.document import CorpusError, RejectionReason, SourceDocument
from writer.corpus.extraction_pool import Extracted, extract
from writer.corpus.scan import scan


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "texts"
    folder.mkdir()
    return folder


@pytest.fixture
def cache(tmp_path):
    folder = tmp_path / "cache"
    folder.mkdir()
    return folder


def read(folder: Path, cache: Path, **more) -> Extracted:
    return extract(scan(folder), cache, more.pop("on_progress", lambda _step: None), **more)


def test_every_kind_gives_all_its_words_tables_included(folder, cache):
    for ending, target in (("docx",) * 2, ("odt",) * 2, ("epub",) * 2, ("html",) * 2, ("tex", "latex"),
                           ("org",) * 2, ("rst",) * 2, ("fb2",) * 2):  # fmt: skip
        (folder / f"a.{ending}").write_bytes(through_pandoc(target))
    (folder / "a.md").write_text(MARKDOWN)
    (folder / "a.txt").write_bytes(MARKDOWN.encode("gb18030"))
    (folder / "a.rtf").write_bytes(rtf())
    (folder / "a.pdf").write_bytes(pdf([[SENTENCE], [" ".join(TABLE)]]))
    found = read(folder, cache)
    assert found.rejections == ()
    missing = {d.name: [w for w in EXPECTED if w not in d.text] for d in found.documents}
    lost = {
        "a.fb2": [*TABLE],
        "a.pdf": [CHINESE],
    }  # pandoc skips tables of FictionBook; our PDF has no Chinese
    assert {name: words for name, words in missing.items() if words} == lost
    assert {d.kind for d in found.documents} == {
        "docx", "odt", "epub", "html", "tex", "org", "rst", "fb2", "md", "txt", "rtf", "pdf"
    }  # fmt: skip


def test_lines_of_a_page_become_paragraphs_and_page_numbers_go(folder, cache):
    pages = [
        [
            "The Ferry",
            f"It was a long line of {word} that went from one side of the page to the oth-",
            "er and then a second line of the same length that goes on with what it says",
            f"and ends {word} here.",
            f"A new paragraph begins with this line, which is as long as {word} before",
            f"and ends, too, after {word}.",
            f"page {number}",
        ]
        for number, word in enumerate(("lines", "words", "marks", "signs"), 1)
    ]
    (folder / "a.pdf").write_bytes(pdf(pages))
    text = read(folder, cache).documents[0].text
    assert "from one side of the page to the other and then a second line" in text
    assert "says and ends words here.\n\nA new paragraph" in text
    assert "page 3" not in text
    assert "The Ferry" not in text


def test_halves_of_characters_are_joined_or_replaced_and_stop_nothing(folder, cache):
    (folder / "a.rtf").write_bytes(rb"{\rtf1\ansi Smile \u-10179?\u-8704? and half \u-10179? of one.}")
    (folder / "b.txt").write_text(SENTENCE)
    texts = [document.text for document in read(folder, cache).documents]
    assert texts == ["Smile \U0001f600 and half \ufffd of one.", SENTENCE]
    assert build_corpus(folder, cache, lambda _step: None).rejections == ()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"<a>" * (300 << 20 >> 2))
    return file.getvalue()


def encrypted_odt() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("META-INF/manifest.xml", "<manifest:encryption-data x='1'/>")
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("bomb.docx", bomb(), RejectionReason.TOO_LARGE),
        ("garbage.docx", b"PK\x03\x04" + bytes(range(256)), RejectionReason.DAMAGED),
        ("locked.odt", encrypted_odt(), RejectionReason.ENCRYPTED),
        ("locked.docx", OLE + "EncryptedPackage".encode("utf-16-le"), RejectionReason.ENCRYPTED),
        ("old.docx", OLE + bytes(2000), RejectionReason.OLD_FORMAT),
        ("old.doc", b"anything", RejectionReason.OLD_FORMAT),
        ("picture.txt", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0", RejectionReason.NOT_TEXT),
        ("unsure.txt", "你好".encode("gb18030"), RejectionReason.UNSURE),
        *((f"empty.{ending}", b"", RejectionReason.EMPTY) for ending in ("txt", "docx", "pdf", "mbox")),
        ("blank.md", b"\n \n--\n", RejectionReason.NO_TEXT),
        ("empty.pdf", pdf([[]]), RejectionReason.NO_TEXT),
        ("half.pdf", pdf([[SENTENCE]])[:150], RejectionReason.DAMAGED),
        ("half.docx", through_pandoc("docx")[:3000], RejectionReason.DAMAGED),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named_and_the_rest_is_read(folder, cache, name, data, reason):
    (folder / name).write_bytes(data)
    (folder / "good.txt").write_text(SENTENCE)
    listed = scan(folder)
    found = extract(listed, cache, lambda _step: None)
    assert [(r.name, r.reason) for r in (*listed.rejections, *found.rejections)] == [(name, reason)]
    assert [d.name for d in found.documents] == ["good.txt"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ((SENTENCE + " ").encode() * 20 + "It’s a café.".encode("cp1252"), "It’s a café."),
        ((CHINESE * 40).encode()[:-1], CHINESE),
        ((CHINESE * 20).encode() + b"\xe9" + (CHINESE * 20).encode(), CHINESE * 2),
    ],
    ids=["two marks of Windows", "cut within a character", "a stray byte"],
)
def test_a_text_of_which_a_character_is_doubtful_is_learned_all_the_same(folder, cache, data, expected):
    (folder / "a.txt").write_bytes(data)
    found = read(folder, cache)
    assert found.rejections == ()
    assert expected in found.documents[0].text
    assert "\ufffd" not in found.documents[0].text


def test_a_document_that_takes_too_long_is_left_and_its_child_killed(folder, cache, monkeypatch):
    monkeypatch.setattr(extracting, "LIMITS", extracting.Limits(seconds=1.0, memory=900 << 20, patience=60))
    (folder / "slow.html").write_text(("<div>" * 3000 + "x" + "</div>" * 3000) * 60)
    (folder / "z.txt").write_text(SENTENCE)
    found = read(folder, cache)
    assert [(r.name, r.reason) for r in found.rejections] == [("slow.html", RejectionReason.TOO_SLOW)]
    assert len(found.documents) == 1
    assert children() == []


def test_a_child_that_is_killed_takes_one_document_with_it(folder, cache):
    for i in range(12):
        (folder / f"{i:02}.html").write_text(f"<p>{SENTENCE} {i}</p>" * 400)
    killed = threading.Event()

    def kill(progress: Progress) -> None:
        if progress.done and not killed.is_set():
            for child in children():
                child.kill()
            killed.set()

    found = read(folder, cache, on_progress=kill)
    assert killed.is_set()
    assert len(found.documents) + len(found.rejections) == 12
    assert len(found.documents) >= 12 - extracting._child_count()
    assert {r.reason for r in found.rejections} <= {RejectionReason.TOO_MUCH_MEMORY}


@pytest.mark.parametrize(
    "answer",
    [
        "rubbish",
        "[]",
        "[" * 100_000,
        '{"text": 7, "date": null}',
        '{"text": "words", "date": "tomorrow"}',
        '{"reason": "weather"}',
        '{"reason": ["damaged"]}',
        '{"sha256": "../../a", "text": "words", "date": null}',
        '{"text": "words \\ud800", "date": null}',
    ],
)
def test_rubbish_of_a_child_costs_one_document(folder, cache, monkeypatch, answer):
    good = json.dumps({"text": SENTENCE, "date": None})
    code = (
        "import sys\nprint('{}', flush=True)\nfor line in sys.stdin:"
        f" print({answer!r} if 'bad' in line else {good!r}, flush=True)"
    )
    monkeypatch.setattr(paths, "program", lambda: [sys.executable, "-c", code])
    for name in ("bad.txt", "one.txt", "two.txt"):
        (folder / name).write_text(f"{SENTENCE} {name}")
    found = read(folder, cache)
    assert [(r.name, r.reason) for r in found.rejections] == [("bad.txt", RejectionReason.DAMAGED)]
    assert [d.name for d in found.documents] == ["one.txt", "two.txt"]
    assert len(list(cache.iterdir())) == 3


def test_what_was_read_is_kept_for_its_owner_alone_and_what_is_gone_is_forgotten(folder, cache, monkeypatch):
    (folder / "a.docx").write_bytes(through_pandoc("docx"))
    (folder / "b.txt").write_text(SENTENCE)
    first = read(folder, cache)
    kept = list(cache.iterdir())
    assert len(kept) == 2
    assert {stat.S_IMODE(file.stat().st_mode) for file in kept} == {0o600}
    monkeypatch.setattr(extracting.JsonLinesChild, "ask", None)
    assert read(folder, cache) == first
    (folder / "b.txt").unlink()
    kept[0].with_name(f"{'0' * 64}.txt.1.json").touch()
    for file in kept:
        file.with_name(file.name.rsplit(".", 2)[0] + ".0.json").touch()
    read(folder, cache)
    assert len(list(cache.iterdir())) == 1


def test_kept_texts_that_are_damaged_are_read_again(folder, cache):
    (folder / "b.txt").write_text(SENTENCE)
    first = read(folder, cache)
    for content in (
        b"{",
        b"[]",
        b"[" * 100_000,
        json.dumps({"text": SENTENCE}).encode(),
        b'{"text": 7, "date": null}',
        b'{"text": "words", "date": "tomorrow"}',
        b'{"reason": "weather"}',
        b'{"text": "words \\ud800", "date": null}',
    ):
        next(cache.iterdir()).write_bytes(content)
        assert read(folder, cache) == first


def test_a_folder_that_goes_away_is_a_sentence(folder, cache):
    for i in range(20):
        (folder / f"{i}.txt").write_text(f"{SENTENCE} {i}")

    def unplug(_progress: Progress) -> None:
        if folder.exists():
            folder.rename(folder.with_name("unplugged"))

    with pytest.raises(CorpusError, match="went away while it was read; plug its disk in"):
        read(folder, cache, on_progress=unplug)


def test_a_single_file_that_goes_away_is_a_refusal(folder, cache):
    (folder / "a.txt").write_text(SENTENCE)
    (folder / "b.txt").write_text(SENTENCE)
    found = read(folder, cache, on_progress=lambda _step: (folder / "b.txt").unlink(missing_ok=True))
    assert [(r.name, r.reason) for r in found.rejections] == [("b.txt", RejectionReason.GONE)]


@pytest.mark.skipif(sys.platform == "win32", reason="pipes and devices of POSIX")
@pytest.mark.parametrize("kind", NO_FILES)
@pytest.mark.parametrize("ending", ["txt", "docx"])
def test_what_takes_the_place_of_a_file_meanwhile_is_not_waited_for(folder, cache, kind, ending):
    file = folder / f"b.{ending}"
    (folder / "a.txt").write_text(SENTENCE)
    file.write_text(SENTENCE)
    found = scan(folder)
    file.unlink()
    with odd_file(file, kind):
        extracted = extract(found, cache, lambda _step: None)
    assert [document.name for document in extracted.documents] == ["a.txt"]
    assert [(r.name, r.reason) for r in extracted.rejections] == [(file.name, RejectionReason.GONE)]


@pytest.mark.skipif(sys.platform == "win32", reason="pipes and devices of POSIX")
@pytest.mark.parametrize("ending", ["txt", "md", "docx", "pdf", "html"])
def test_five_gigabytes_are_too_large_before_they_are_read(folder, cache, ending):
    (folder / "a.txt").write_text(SENTENCE)
    with odd_file(folder / f"b.{ending}", "huge"):
        begin = time.monotonic()
        found = read(folder, cache)
    assert [(r.name, r.reason) for r in found.rejections] == [(f"b.{ending}", RejectionReason.TOO_LARGE)]
    assert time.monotonic() - begin < 60


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="everything is readable here")
def test_a_file_that_may_not_be_read_is_named(folder, cache):
    (folder / "a.txt").write_text(SENTENCE)
    (folder / "a.txt").chmod(0)
    assert [r.reason for r in read(folder, cache).rejections] == [RejectionReason.UNREADABLE]


def test_reading_can_be_stopped_at_any_moment(folder, cache):
    for i in range(30):
        (folder / f"{i}.html").write_text(f"<p>{i} {SENTENCE}</p>" * 2000)
    stop = threading.Event()
    threading.Timer(0.5, stop.set).start()
    begin = time.monotonic()
    with pytest.raises(Cancelled):
        read(folder, cache, cancelled=stop.is_set)
    assert time.monotonic() - begin < 20
    assert children() == []


@pytest.mark.parametrize(
    ("name", "data", "day"),
    [
        ("2024-02-29_notes.txt", SENTENCE, date(2024, 2, 29)),
        ("2023年5月6日.txt", SENTENCE, date(2023, 5, 6)),
        ("diary/2021/03/04.txt", SENTENCE, date(2021, 3, 4)),
        ("a.md", f"---\ntitle: x\ndate: 2022-07-08T10:00\n---\n{SENTENCE}", date(2022, 7, 8)),
        ("a.md", f"+++\ndate = 2022-07-09\n+++\n{SENTENCE}", date(2022, 7, 9)),
        ("a.html", f"<meta name='date' content='2020-01-02'><p>{SENTENCE}", date(2020, 1, 2)),
        ("a.org", f"#+DATE: July 28, 2014\n\n{SENTENCE}", date(2014, 7, 28)),
        ("notes 20.txt", SENTENCE, None),
        ("9999-12-31.txt", SENTENCE, None),
    ],
)  # fmt: skip
def test_the_day_of_a_text_is_found_where_it_is_given(folder, cache, name, data, day):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(data)
    [document] = read(folder, cache).documents
    assert document.date == day
    assert "title: x" not in document.text


def test_documents_know_their_size(folder, cache):
    (folder / "a.txt").write_text(SENTENCE)
    (folder / "b.txt").write_text(CHINESE)
    english, chinese = read(folder, cache).documents
    assert (english.words, english.characters) == (13, len(SENTENCE))
    assert chinese.words == 17


def test_mutated_documents_never_bring_the_reader_down(folder, cache):
    draw = random.Random(5)
    originals = [("docx", through_pandoc("docx")), ("rtf", rtf()), ("pdf", pdf([[SENTENCE]] * 3)),
                 ("odt", through_pandoc("odt")), ("html", through_pandoc("html"))]  # fmt: skip
    for i in range(25):
        ending, data = originals[i % len(originals)]
        changed = bytearray(data)
        for _ in range(draw.randint(1, 30)):
            changed[draw.randrange(len(changed))] = draw.randrange(256)
        (folder / f"{i:02}.{ending}").write_bytes(changed)
    found = read(folder, cache)
    assert len(found.documents) + len(found.rejections) == 25
    assert all(isinstance(d, SourceDocument) and d.words for d in found.documents)
