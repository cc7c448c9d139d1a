"""The files of the record of authorship: what was written is read again, and damage costs origins alone."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.conftest import ErrorLog
from writer.base.typed_data import DamagedError
from writer.documents.authorship import edit_log, record_folder
from writer.documents.authorship.batches import Batch, BatchStage
from writer.documents.authorship.edit_log import EditLog, Mark, read_log
from writer.documents.authorship.origin import Origin
from writer.documents.authorship.record_file import decode, encode
from writer.documents.authorship.record_folder import RecordFolder, RecoveredPlace
from writer.documents.authorship.tracked_text import Authorship, TrackedChange, TrackedText
from writer.documents.journal.records import BEGUN, DocumentInfo, Edit
from writer.documents.journal.records import encode as encode_record

AUTHORSHIP = Authorship(
    ((3, 0), (5, 4), (2, 2), (70_000, 3), (1, 5)), (Batch(10.5, 9, BatchStage.SAVED), Batch(11.0, 1))
)
DIGEST = "ab" * 32
END = Mark(1 << 60, 0)


def test_a_record_is_read_as_it_was_written() -> None:
    assert decode(encode(AUTHORSHIP)) == AUTHORSHIP
    assert decode(encode(Authorship())) == Authorship()


def test_every_damaged_byte_is_seen() -> None:
    data = encode(AUTHORSHIP)
    for at in range(len(data)):
        with pytest.raises(DamagedError):
            decode(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        with pytest.raises(DamagedError):
            decode(data[:at])


def logged(path: Path, count: int) -> list[tuple[Mark, Authorship]]:
    """A log with random changes, and the origins at each of its marks."""
    chance = random.Random(count)
    tracked = TrackedText(Authorship(((20, 3),)))
    log = EditLog(path, "name", tracked.authorship(), Mark(1, 50))
    states = [(Mark(1, 50), tracked.authorship())]
    for number in range(count):
        length = tracked.runs.length
        start = chance.randint(0, length)
        edit = Edit(start, chance.randint(0, min(3, length - start)), b"x\0" * chance.randint(1, 3))
        origin = Origin(chance.randint(0, 3))
        splices = tracked.apply(TrackedChange(edit, origin, number + 1), 100.0 + number)
        mark = Mark(1 + number // 8, 100 * number + 100)
        log.add(mark, splices, tracked.batches.newest if origin is Origin.TAKEN else None)
        states.append((mark, tracked.authorship()))
    log.close()
    return states


def test_a_log_gives_the_origins_at_each_mark(tmp_path: Path) -> None:
    for mark, state in logged(tmp_path / "log", 24):
        found = read_log(tmp_path / "log", mark)
        assert (found.authorship, found.mark, found.damaged) == (state, mark, False)


def test_a_cut_or_damaged_log_gives_what_stands_before(tmp_path: Path) -> None:
    path = tmp_path / "log"
    states = dict(logged(path, 12))
    data = path.read_bytes()
    whole = 0
    for at in range(0, len(data), 7):
        for hurt in (data[:at], data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :]):
            path.write_bytes(hurt)
            try:
                found = read_log(path, END)
            except DamagedError:
                continue
            assert states[found.mark].runs == found.authorship.runs
            whole += 1
    assert whole > 20


def test_a_log_that_is_begun_again_is_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edit_log, "LONG", 200)
    log = EditLog(tmp_path / "log", "name", Authorship(), Mark(1, 0))
    tracked = TrackedText(Authorship())
    while not log.is_long:
        log.add(Mark(1, 5), tracked.apply(TrackedChange(Edit(0, 0, b"a\0"), Origin.TYPED), 0.0), None)
    log.begin_again(tracked.authorship(), Mark(2, 7))
    log.add(Mark(2, 9), tracked.apply(TrackedChange(Edit(0, 0, b"b\0"), Origin.PASTED), 0.0), None)
    log.close()
    assert read_log(tmp_path / "log", END).authorship == tracked.authorship()
    with pytest.raises(DamagedError):
        read_log(tmp_path / "log", Mark(2, 6))


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """The folder of a journal whose log holds three edits."""
    folder = tmp_path / "journals" / ("c" * 32)
    folder.mkdir(parents=True)
    edits = [Edit(0, 0, b"a\0b\0"), Edit(2, 0, b"c\0"), Edit(0, 1, b"")]
    records = [encode_record(one) for one in (DocumentInfo(), *edits[:1], BEGUN, *edits[1:])]
    (folder / "2.log").write_bytes(b"".join(records))
    return folder


def offsets(journal: Path) -> list[int]:
    from writer.documents.journal.records import decode as decode_records

    return [end for _, end in decode_records((journal / "2.log").read_bytes())]


def test_edits_that_only_the_journal_has_count_as_typed(tmp_path: Path, journal: Path) -> None:
    ends = offsets(journal)
    folder = RecordFolder(tmp_path / "records")
    place = RecoveredPlace(journal, Mark(2, ends[-1]))
    for mark in (Mark(2, ends[2]), Mark(1, 999)):  # the log ends in this generation, or in the one before
        EditLog(folder.log_path(journal.name), journal.name, Authorship(((2, 2),)), mark).close()
        assert folder.read("", 2, place) == Authorship(((1, 2), (1, 0)))
    assert folder.read("", 3, place) is None
    assert folder.read(DIGEST, 2, RecoveredPlace(tmp_path / ("d" * 32), Mark(1, 0))) is None


def test_records_are_found_by_their_content(tmp_path: Path) -> None:
    folder = RecordFolder(tmp_path / "records")
    assert folder.read(DIGEST, AUTHORSHIP.length) is None
    folder.write(DIGEST, AUTHORSHIP)
    assert folder.read(DIGEST, AUTHORSHIP.length) == AUTHORSHIP
    assert folder.read(DIGEST, 5) is None
    folder.delete(DIGEST)
    assert folder.read(DIGEST, AUTHORSHIP.length) is None
    with pytest.raises(ValueError, match="digest"):
        folder.write("../x", AUTHORSHIP)


def test_a_damaged_record_is_none(tmp_path: Path, journal: Path, logged_errors: ErrorLog) -> None:
    folder = RecordFolder(tmp_path / "records")
    folder.write(DIGEST, AUTHORSHIP)
    (tmp_path / "records" / f"{DIGEST}.record").write_bytes(b"WRA1" + bytes(40))
    (tmp_path / "records" / f"{journal.name}.log").write_bytes(b"\xff" * 40)
    assert folder.read(DIGEST, AUTHORSHIP.length, RecoveredPlace(journal, Mark(2, 0))) is None


def test_old_records_and_logs_without_a_journal_go(
    tmp_path: Path, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_folder, "MAX_RECORDS", 2)
    folder = RecordFolder(tmp_path / "records")
    for number in range(4):
        folder.write(f"{number}" * 64, AUTHORSHIP)
    for name in (journal.name, "e" * 32):
        EditLog(folder.log_path(name), name, Authorship(), Mark(1, 0)).close()
    (tmp_path / "records" / "mine.txt").write_text("stays")
    folder.prune(journal.parent)
    names = sorted(path.name for path in (tmp_path / "records").iterdir())
    assert names == [f"{'2' * 64}.record", f"{'3' * 64}.record", f"{'c' * 32}.log", "mine.txt"]
    folder.clear()
    assert [path.name for path in (tmp_path / "records").iterdir()] == ["mine.txt"]
