"""Damage in a journal: what is whole comes back, whatever byte has changed, and nothing is written to it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from writer.documents.journal.base_file import write_base
from writer.documents.journal.journal import JournalStart
from writer.documents.journal.journal_folder import JournalFolder, create
from writer.documents.journal.records import DocumentInfo, Edit, View, decode, encode
from writer.documents.journal.recovery import JournalError, read_newest
from writer.documents.text_file import read_document

WORDS = "All of this was written before anything was damaged, 都在这里. " * 8


def edits(text: str, at: int = 0) -> list[Edit]:
    """`text` typed key by key."""
    data = text.encode("utf-16-le")
    return [Edit(at + i // 2, 0, data[i : i + 2]) for i in range(0, len(data), 2)]


def typed(path: Path, text: str = WORDS, base: str = "") -> JournalFolder:
    """The journal of a text typed behind a base, which was never saved."""
    folder = create(path)
    JournalStart(folder, DocumentInfo(saved=not base, empty=not base)).write_log()
    if base:
        write_base(folder, 1, base)
    with folder.log(1).open("ab") as log:
        log.writelines(encode(edit) for edit in edits(text, len(base)))
    return folder


def test_without_damage_there_is_one_text(tmp_path: Path) -> None:
    found = read_newest(typed(tmp_path / "a", base="Once. "))
    assert (found.text, found.salvaged, found.damaged) == ("Once. " + WORDS, "", False)


def test_a_cut_log_is_no_damage(tmp_path: Path) -> None:
    folder = typed(tmp_path / "a")
    folder.log(1).write_bytes(folder.log(1).read_bytes()[:-5])
    found = read_newest(folder)
    assert (found.text, found.damaged) == (WORDS[:-1], False)


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 4
    path.write_bytes(data)


def test_behind_a_damaged_record_the_rest_is_read(tmp_path: Path) -> None:
    folder = typed(tmp_path / "a")
    size = folder.log(1).stat().st_size
    flip(folder.log(1), size // 4)
    found = read_newest(folder)
    assert found.damaged
    assert WORDS.startswith(found.text)
    assert len(found.text) > len(WORDS) // 5
    assert len(found.salvaged) == len(WORDS) - 1
    assert sum(a != b for a, b in zip(found.salvaged[::-1], WORDS[::-1], strict=False)) < len(WORDS) * 0.8


@pytest.mark.parametrize("at", [0, 5, 9, 30])
def test_damage_at_the_beginning_takes_no_text_along(tmp_path: Path, at: int) -> None:
    """The first record says what the document is; a text that was never saved comes back without it."""
    folder = typed(tmp_path / "a")
    flip(folder.log(1), at)
    found = read_newest(folder)
    assert found.damaged
    assert found.changed
    assert WORDS in (found.text, found.salvaged)


def test_any_byte_of_any_file_may_change(tmp_path: Path) -> None:
    """At least nine tenths of the text come back, and the reader raises nothing."""
    generator = random.Random(7)
    folder = typed(tmp_path / "a", WORDS, base="What lay in the file. " * 40)
    whole = "What lay in the file. " * 40 + WORDS
    for path in (folder.log(1), folder.base(1)):
        before = path.read_bytes()
        for _ in range(300):
            data = bytearray(before)
            at = generator.randrange(len(data))
            width = generator.choice([1, 1, 8, 64])
            kind = generator.choice(["flip", "zero", "junk"])
            for i in range(at, min(at + width, len(data))):
                data[i] = {"flip": data[i] ^ 1, "zero": 0, "junk": generator.randrange(256)}[kind]
            path.write_bytes(data)
            found = read_newest(folder)
            assert found.damaged == (bytes(data) != before)
            assert max(len(found.text), len(found.salvaged)) > 0.9 * len(whole)
        path.write_bytes(before)


@pytest.mark.parametrize("first", range(-60, 0))
def test_zeros_at_the_end_of_a_log_are_noticed(tmp_path: Path, first: int) -> None:
    """Also where they begin with a record, which is no way in which a killed process leaves it."""
    folder = typed(tmp_path / "a")
    whole = folder.log(1).read_bytes()
    data = whole[:first] + bytes(-first)
    folder.log(1).write_bytes(data)
    assert read_newest(folder).damaged == (data != whole)


def test_junk_at_the_end_of_a_log_is_noticed(tmp_path: Path) -> None:
    """Also where its first bytes are the length of a record that could have been cut."""
    folder, chance = typed(tmp_path / "a"), random.Random(5)
    data = folder.log(1).read_bytes()
    *_, (_, start), _ = decode(data)
    for _ in range(2_000):
        length = chance.randrange(200, 1 << 30).to_bytes(4, "little")
        folder.log(1).write_bytes(data[:start] + length + chance.randbytes(100))
        assert read_newest(folder).damaged


@pytest.mark.parametrize("cut", range(1, 40))
def test_no_cut_is_taken_for_damage(tmp_path: Path, cut: int) -> None:
    folder = typed(tmp_path / "a")
    whole = folder.log(1).read_bytes()
    for last in (b"", encode(View(3, 3)), encode(DocumentInfo("/a", saved=False))):
        folder.log(1).write_bytes((whole + last)[:-cut])
        assert not read_newest(folder).damaged


def test_a_wrong_length_of_the_last_record_is_noticed(tmp_path: Path) -> None:
    folder = typed(tmp_path / "a")
    data = folder.log(1).read_bytes()
    *_, (_, start), (_, end) = decode(data)
    assert end == len(data)
    for at in range(start, start + 4):
        for bit in range(8):
            changed = bytearray(data)
            changed[at] ^= 1 << bit
            folder.log(1).write_bytes(changed)
            assert read_newest(folder).damaged


def test_a_text_of_the_old_format_is_read(tmp_path: Path) -> None:
    folder = typed(tmp_path / "a", "x", base="y" * 9)
    folder.base(1).unlink()
    folder.plain_base(1).write_bytes(b"y" * 9)
    assert read_newest(folder).text == "y" * 9 + "x"
    folder.plain_base(1).write_bytes(b"y" * 4 + b"\xff" + b"y" * 4)
    found = read_newest(folder)
    assert (found.damaged, found.text) == (True, "y" * 4 + "\ufffd" + "y" * 4 + "x")


def test_where_nothing_is_left_it_says_so(tmp_path: Path) -> None:
    folder = typed(tmp_path / "a")
    folder.log(1).write_bytes(b"\xff" * 5000)
    with pytest.raises(JournalError):
        read_newest(folder)


def test_an_unsaved_text_that_its_file_holds_is_saved(tmp_path: Path) -> None:
    """As where a file was gone, and its disk is back."""
    file = tmp_path / "essay.txt"
    file.write_text(WORDS, encoding="utf-8")
    folder = create(tmp_path / "a")
    info = DocumentInfo(str(file), stamp=read_document(file).version, saved=False)
    JournalStart(folder, info).write_log()
    write_base(folder, 1, WORDS)
    assert not read_newest(folder).changed
    file.write_text(WORDS + ".", encoding="utf-8")
    assert read_newest(folder).changed
    file.unlink()
    assert (read_newest(folder).changed, read_newest(folder).text) == (True, WORDS)


@pytest.mark.parametrize("lost", ["missing", "emptied"])
def test_a_saved_text_whose_file_is_gone_is_read_from_the_journal(tmp_path: Path, lost: str) -> None:
    """As after a kill: the journal says that all was saved, and holds what the file held."""
    file = tmp_path / "essay.txt"
    file.write_text(WORDS, encoding="utf-8")
    folder = create(tmp_path / "a")
    title = DocumentInfo(str(file), stamp=read_document(file).version)
    JournalStart(folder, title).write_log()
    write_base(folder, 1, WORDS)
    assert not read_newest(folder).changed
    if lost == "missing":
        file.unlink()
    else:
        file.write_bytes(b"")
    found = read_newest(folder)
    assert (found.text, found.changed, found.damaged) == (WORDS, True, False)
