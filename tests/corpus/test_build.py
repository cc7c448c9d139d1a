"""From a folder to packed tokens: nothing is lost or leaks, and what cannot be done is one sentence."""

from __future__ import annotations

import random
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from tests.corpus.documents import SENTENCE
from writer.app.desktop.stored_data import remove
from writer.base.progress import Cancelled
from writer.corpus.build import MIN_WORDS, Corpus, build_corpus
from writer.corpus.document import CorpusError, make_document
from writer.corpus.pack import PackedCorpus, PackSettings, open_rows, pack
from writer.corpus.split import LEAST_CHARACTERS, LEAST_TEXTS, split_documents
from writer.evaluation.documents import MIN_CHARACTERS, MIN_TEXTS

END = 0


def encode(text: str) -> list[int]:
    return [ord(c) for c in text]


def decode(ids) -> list[str]:
    return "".join(map(chr, ids)).split(chr(END))


def quiet(_step: object) -> None:
    pass


def fill(folder: Path, count: int = 12, words: int = 200) -> None:
    draw = random.Random(3)
    folder.mkdir(exist_ok=True)
    for i in range(count):
        day = date(2020, 1, 1) + timedelta(days=i)
        text = " ".join("".join(draw.choices("abcdefgh", k=5)) for _ in range(words))
        (folder / f"{day}_note.txt").write_text(text)


@pytest.fixture
def folder(tmp_path):
    fill(tmp_path / "texts")
    return tmp_path / "texts"


@pytest.fixture
def corpus(folder, tmp_path):
    return build_corpus(folder, tmp_path / "cache", quiet)


def packed(corpus: Corpus, cache: Path, window: int = 64) -> PackedCorpus:
    return pack(corpus, PackSettings(encode, END, window, "characters"), cache, quiet)


def test_the_newest_documents_are_held_out(corpus):
    assert [d.name for d in corpus.held_out] == ["2020-01-11_note.txt", "2020-01-12_note.txt"]
    assert [d.name for d in corpus.choosing] == ["2020-01-10_note.txt"]
    assert len(corpus.training) == 9


def test_documents_of_a_day_and_later_can_be_held_out(folder, tmp_path):
    corpus = build_corpus(folder, tmp_path / "cache", quiet, since=date(2020, 1, 5))
    assert {d.name[:10] for d in corpus.training} == {f"2020-01-0{n}" for n in range(1, 4)}
    assert {d.name[:10] for d in corpus.choosing} == {"2020-01-04"}


@pytest.mark.parametrize("window", [7, 64, 100_000])
def test_packing_loses_nothing_and_mixes_nothing(corpus, tmp_path, window):
    found = packed(corpus, tmp_path / "packed", window)
    for path, documents, tokens in (
        (found.training, corpus.training, found.tokens),
        (found.held_out, corpus.choosing, found.held_out_tokens),
    ):
        rows = [np.asarray(row["input_ids"]) for row in open_rows(path)]
        assert {len(row) for row in rows[:-1]} <= {window}
        assert 0 < len(rows[-1]) <= window
        assert sum(map(len, rows)) == tokens
        assert decode(np.concatenate(rows)) == [d.text for d in documents] + [""]


@pytest.mark.parametrize("start", [(END,), (7, END), (7,)])
@pytest.mark.parametrize("window", [7, 64, 100_000])
def test_each_row_begins_as_the_engine_begins_a_text(corpus, tmp_path, window, start):
    settings = PackSettings(encode, END, window, "characters", start)
    found = pack(corpus, settings, tmp_path / "packed", quiet)
    rows = [row["input_ids"].tolist() for row in open_rows(found.training)]
    assert {tuple(row[: len(start)]) for row in rows} == {start}
    assert {len(row) for row in rows[:-1]} <= {window}
    assert len(rows[-1]) <= window
    assert found.tokens == sum(map(len, rows))
    texts = [row[len(start) :] for row in rows]
    if start[-1] == END:
        assert not any(row[:1] == [END] for row in texts)
    joined = "".join(chr(one) for row in texts for one in row if one != END)
    assert joined == "".join(document.text for document in corpus.training)


def test_rows_that_begin_otherwise_are_packed_again(corpus, tmp_path):
    with_start = PackSettings(encode, END, 64, "characters", (END,))
    assert (
        pack(corpus, with_start, tmp_path / "packed", quiet).folder
        != packed(corpus, tmp_path / "packed").folder
    )


def test_rows_are_memory_mapped_and_private(corpus, tmp_path):
    found = packed(corpus, tmp_path / "packed")
    rows = open_rows(found.training)
    assert str(found.training) in Path("/proc/self/maps").read_text() or sys.platform != "linux"
    assert len(rows) > 0
    assert {file.stat().st_mode & 0o777 for file in found.folder.iterdir()} == {0o600}


@pytest.mark.parametrize(
    ("mark", "least"), [("\n", 200_000), (" ", 200_000), ("x", 250_000)], ids=["lines", "words", "one word"]
)
def test_a_huge_text_is_encoded_in_pieces_and_can_be_stopped_within(corpus, tmp_path, mark, least):
    """A tokenizer needed 1.4 GB for ten million characters, and did not hear a stop before their end."""
    text = f"{'a' * 20_000}{mark}" * 40
    huge = replace(corpus, training=(make_document("huge.txt", "txt", text, None, ""),))
    pieces: list[str] = []

    def encode_piece(piece: str) -> list[int]:
        pieces.append(piece)
        return encode(piece)

    settings = PackSettings(encode_piece, END, 64, "pieces")
    found = pack(huge, settings, tmp_path / "packed", quiet)
    assert decode(t for row in open_rows(found.training) for t in row["input_ids"])[0] == text
    assert all(least <= len(piece) <= 250_000 for piece in pieces[:3])
    assert all(piece.startswith(mark) or mark == "x" for piece in pieces[1:3])
    pieces.clear()
    with pytest.raises(Cancelled):
        pack(huge, settings, tmp_path / "again", quiet, lambda: len(pieces) == 2)
    assert len(pieces) == 2


def test_packing_is_done_once(corpus, tmp_path):
    first = packed(corpus, tmp_path / "packed")

    def refuse(_text: str) -> list[int]:
        raise AssertionError

    again = pack(corpus, PackSettings(refuse, END, 64, "characters"), tmp_path / "packed", quiet)
    assert again == first
    first.training.write_bytes(b"damaged")
    assert packed(corpus, tmp_path / "packed") == first
    assert len(open_rows(first.training)) > 0


def test_of_several_packings_the_last_is_kept(corpus, tmp_path):
    first, second = packed(corpus, tmp_path / "packed"), packed(corpus, tmp_path / "packed", 32)
    assert first != second
    assert list((tmp_path / "packed").iterdir()) == [second.folder]


def test_a_packing_that_is_stopped_leaves_nothing(corpus, tmp_path):
    calls = iter([False] * 5)
    with pytest.raises(Cancelled):
        pack(
            corpus, PackSettings(encode, END, 64, "x"), tmp_path / "packed", quiet, lambda: next(calls, True)
        )
    assert list((tmp_path / "packed").iterdir()) == []


def test_the_hash_follows_the_texts(folder, tmp_path, corpus):
    assert build_corpus(folder, tmp_path / "cache", quiet).sha256 == corpus.sha256
    (folder / "2020-01-01_note.txt").write_text(SENTENCE)
    assert build_corpus(folder, tmp_path / "cache", quiet).sha256 != corpus.sha256


def test_a_deleted_cache_is_made_again(folder, tmp_path, corpus):
    cache = tmp_path / "cache"
    assert list(cache.rglob("*.json"))
    remove(cache)
    assert not cache.exists()
    assert build_corpus(folder, cache, quiet).sha256 == corpus.sha256
    assert list(cache.rglob("*.json"))


def document(name: str, words: int, day: date | None = None):
    return make_document(name, "txt", "\n".join(f"{name}{i} word" for i in range(words // 2)), day, name)


def test_a_document_too_large_for_the_proof_is_learned():
    small = [document(f"s{i}", 40, date(2021, 1, i + 1)) for i in range(5)]
    documents = [document("old", 100, date(2020, 1, 1)), *small, document("new", 300, date(2022, 1, 1))]
    split = split_documents(documents)
    assert [d.name for d in split.held_out] == ["s3", "s4"]
    assert [d.name for d in split.choosing] == ["s2"]
    assert len(split.training) == 4


def test_documents_without_a_date_are_drawn_the_same_way_each_time():
    documents = [document(f"d{i}", 20) for i in range(40)]
    assert split_documents(documents) == split_documents(documents)
    split = split_documents(documents)
    assert (len(split.choosing), len(split.held_out)) == (2, 4)
    assert {*split.training, *split.choosing, *split.held_out} == set(documents)


def test_as_many_texts_as_a_verdict_needs_are_held_out_where_they_are_few_words():
    assert (LEAST_TEXTS, LEAST_CHARACTERS) == (MIN_TEXTS, MIN_CHARACTERS)
    documents = [document(f"d{i}", 100, date(2021, 1, 1) + timedelta(days=i)) for i in range(30)]
    assert [d.name for d in split_documents(documents).held_out] == [f"d{i}" for i in range(22, 30)]
    notes = [document(f"note {i}", 10, date(2022, 1, 1) + timedelta(days=i)) for i in range(5)]
    held_out = split_documents([*documents, *notes]).held_out
    assert sum(len(d.text) >= MIN_CHARACTERS for d in held_out) == MIN_TEXTS
    assert len(split_documents(documents[:20]).held_out) == 2


@pytest.mark.parametrize("count", [1, 2])
def test_of_one_or_two_documents_the_ends_of_the_newest_are_held_out(count):
    documents = [document(f"novel {n}", 2000, date(2020, 1, 1 + n)) for n in range(count)]
    split = split_documents(documents)
    [choosing], [held_out] = split.choosing, split.held_out
    learned = split.training[-1]
    assert len(split.training) == count
    assert f"{learned.text}\n{choosing.text}\n{held_out.text}" == documents[-1].text
    for part in (choosing, held_out):
        assert 0.05 * 2000 < part.words < 0.15 * 2000


def test_an_empty_folder_says_what_is_needed(tmp_path):
    (tmp_path / "texts").mkdir()
    corpus = build_corpus(tmp_path / "texts", tmp_path / "cache", quiet)
    with pytest.raises(CorpusError, match=f"no text to learn from in .* at least {MIN_WORDS:,} words"):
        corpus.require_enough()


def test_too_little_text_says_how_much_is_needed(tmp_path):
    fill(tmp_path / "texts", 2, 100)
    corpus = build_corpus(tmp_path / "texts", tmp_path / "cache", quiet)
    with pytest.raises(CorpusError, match=f"200 words, and at least {MIN_WORDS:,} are needed"):
        corpus.require_enough()


FULL = """
import sys
from pathlib import Path
from writer.corpus.build import build_corpus
from writer.corpus.document import CorpusError
from writer.corpus.pack import PackSettings, pack
texts, disk = map(Path, sys.argv[1:])
try:
    corpus = build_corpus(texts, disk / "cache" if "small" in disk.name else disk.parent / "cache", print)
    pack(corpus, PackSettings(lambda text: [ord(c) for c in text], 0, 64, "x"), disk / "packed", print)
except CorpusError as error:
    print("ERROR", error)
print("LEFT", sorted(p.name for p in (disk / "packed").glob("*")))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a test mount a small disk")
@pytest.mark.parametrize(("name", "size"), [("small", "16k"), ("medium", "48k")])
def test_a_full_disk_is_a_sentence_and_nothing_half_done_is_left(folder, tmp_path, name, size):
    disk = tmp_path / name
    disk.mkdir()
    mount = f'mount -t tmpfs -o size={size} tmpfs "{disk}" && exec "$@"'
    unshare = ["unshare", "-rm", "sh", "-c", mount, "sh"]
    if subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody mount a disk of their own")
    done = subprocess.run(
        [*unshare, sys.executable, "-c", FULL, str(folder), str(disk)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert f"ERROR The disk of {disk}" in done.stdout
    assert "is full; make room and start again." in done.stdout
    assert "LEFT []" in done.stdout
